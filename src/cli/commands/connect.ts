import { existsSync } from "node:fs";

import {
  configText,
  connect,
  isConnected,
  planConnect,
  type ConnectPlan,
} from "../../app/connect.ts";
import { hostFiles, hostIds } from "../../hosts/host-files.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { hostSurroundings } from "../host-surroundings.ts";
import type { Given } from "../literals.ts";
import { chooseTrusted, surveyAloud } from "../propose-trust.ts";
import type { CommandContext } from "../terminal.ts";

/** Moves the servers of hosts behind the gateway, once somebody said yes. */
export async function run(
  { hosts, dryRun, trust, yes }: Given<"connect">,
  context: CommandContext,
): Promise<number> {
  const { env, terminal } = context;
  const around = hostSurroundings({ env });
  const wanted = hosts.length === 0 ? hostIds : hosts;
  const plan = planConnect(wanted, around);
  if (plan.moves.length === 0) {
    terminal.print("No host here has a server to move. Looked at:");
    for (const { id, label, file } of hostFiles(around)) {
      if (!wanted.includes(id)) continue;
      terminal.print(`  ${label} (${file})${existsSync(file) ? "" : ", which is not there"}`);
    }
    for (const line of describeLeft(plan)) terminal.print(visibleLine(line));
    return plan.unread.length === 0 ? 0 : 1;
  }
  if (isConnected(plan, around)) {
    const labels = plan.hosts.map(({ host }) => host.label).join(", ");
    terminal.print(`Connected already: ${labels}. The rules are in ${plan.config.file}`);
    for (const line of describeLeft(plan)) terminal.print(visibleLine(line));
    return 0;
  }
  for (const line of describePlan(plan)) terminal.print(visibleLine(line));
  if (Object.keys(plan.added).length > 0) {
    terminal.print("\nStarting them, to read what their tools say of themselves ...");
  } else terminal.print("Their servers are there already.");
  const means = { ...context, env: { ...env, ...plan.given } };
  const surveyed = await surveyAloud(configText(plan, []), plan.added, means);
  for (const line of describeLeft(plan)) terminal.print(visibleLine(line));
  if (dryRun) {
    terminal.print("\nNothing was changed.");
    return 0;
  }
  const trusted = await chooseTrusted(surveyed, { given: trust, isAsked: !yes, terminal });
  if (!yes && (await terminal.confirm("\nMove them?")) !== true) {
    terminal.error("Nothing was changed.");
    return 1;
  }
  connect(plan, trusted, around);
  for (const line of describeDone(plan)) terminal.print(terminal.typed(line));
  return 0;
}

function describePlan({ hosts, moves, config }: ConnectPlan): string[] {
  return [
    `These servers move to ${config.file}, and each host gets one in their place, holdpoint:`,
    ...hosts.flatMap(({ host }) => [
      `  ${host.label} (${host.file})`,
      ...moves
        .filter((move) => move.host === host)
        .map(({ name, as }) => `    ${name}${as === name ? "" : `, as ${as}`}`),
    ]),
    ...(hosts.length > 1 ? ["Each of these hosts is offered the tools of all of them."] : []),
  ];
}

/** What goes on past the gate, and what has another name now. */
function describeLeft({ unread, stays, local, beside, rules }: ConnectPlan): string[] {
  return [
    ...unread.map(({ host, why }) => `! ${host.label} is left as it is: ${why}`),
    ...stays.map(
      ({ host, name, why }) =>
        `! ${host.label} goes on starting ${name} itself, past the gate: ${why}`,
    ),
    ...local.map(
      ({ directory, name }) =>
        `! Claude Code starts ${name} past the gate in ${directory}, where alone it was added. There: claude mcp remove --scope local ${name}, then claude mcp add --scope user ${name} with its command, and connect again`,
    ),
    ...beside.map(
      ({ host, name }) =>
        `! ${host.label} starts ${name} past the gate in this folder: ${host.file} is the project's, and left as it is`,
    ),
    ...rules.map(
      ({ list, rule, instead }) => `! Claude Code's ${list} rule ${rule} is now ${instead}`,
    ),
  ];
}

function describeDone({ hosts, config, given }: ConnectPlan): string[] {
  const names = Object.keys(given);
  return [
    "",
    `Moved. The rules are in ${config.file}`,
    ...hosts.map(({ host }) => `  ${host.label}: ${host.restart}.`),
    ...(names.length === 0
      ? []
      : [
          `Secrets stand in the hosts' files, in env of holdpoint: ${names.join(", ")}. Only you can read those files now. Where you start Holdpoint yourself, put them in the environment.`,
        ]),
    "What a rule does not allow waits: decide in holdpoint inbox, or with holdpoint approvals and holdpoint approve ID.",
    "holdpoint disconnect puts everything back.",
  ];
}
