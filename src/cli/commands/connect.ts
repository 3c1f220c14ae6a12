import { configText, connect, planConnect, type ConnectPlan } from "../../connect.ts";
import { readOnlyTools, surveyServers, type Surveyed } from "../../survey-servers.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { hostSurroundings, parseHosts } from "../host-surroundings.ts";
import { parseOptions } from "../options.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

/** Moves the servers of hosts behind the gateway, once somebody said yes. */
export async function run(args: string[], { env, log, terminal }: CommandContext): Promise<number> {
  const { values, positionals } = parseOptions(args, {
    "dry-run": { type: "boolean" },
    yes: { type: "boolean" },
    trust: { type: "string" },
  });
  const around = hostSurroundings({ env });
  const plan = planConnect(parseHosts(positionals), around);
  if (plan.moves.length === 0) {
    terminal.print("No host here has a server to move.");
    for (const line of describeLeft(plan)) terminal.print(line);
    return 0;
  }
  for (const line of describePlan(plan)) terminal.print(visibleLine(line));
  terminal.print("\nStarting them, to read what their tools say of themselves ...");
  const surveyed = await surveyServers(configText(plan, []), {
    env: { ...env, ...plan.given },
    // What servers say at a start is for logs.
    log: { ...log, info: () => {} },
  });
  const found = surveyed.filter(({ name }) => name in plan.added);
  for (const server of found) terminal.print(visibleLine(describeServer(server)));
  for (const line of describeLeft(plan)) terminal.print(visibleLine(line));
  if (values["dry-run"] === true) {
    terminal.print("\nNothing was changed.");
    return 0;
  }
  const trusted = await chooseTrusted(found, {
    given: values.trust,
    isAsked: values.yes !== true,
    terminal,
  });
  if (values.yes !== true && (await terminal.confirm("\nMove them?")) !== true) {
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

function describeServer(server: Surveyed): string {
  const { name, tools, problem } = server;
  if (problem !== undefined) return `  ${name}: did not come up, and is moved as it is: ${problem}`;
  const reads = readOnlyTools(server);
  const rest = tools.length - reads.length;
  return `  ${name}: ${tools.length} tools, of which ${reads.length} say that they only read, and ${rest} ask in any case`;
}

/** What goes on past the gate, and what has another name now. */
function describeLeft({ stays, beside, rules }: ConnectPlan): string[] {
  return [
    ...stays.map(
      ({ host, name, why }) =>
        `! ${host.label} goes on starting ${name} itself, past the gate: ${why}`,
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

/** Proposed server by server, with what would run freely; assumed of none. */
async function chooseTrusted(
  servers: readonly Surveyed[],
  { given, isAsked, terminal }: { given: string | undefined; isAsked: boolean; terminal: Terminal },
): Promise<string[]> {
  if (given !== undefined) return namedTrusted(given, servers);
  const trusted: string[] = [];
  if (!isAsked) return trusted;
  for (const server of servers) {
    const reads = readOnlyTools(server);
    if (reads.length === 0) continue;
    terminal.print("");
    const question = `Believe ${server.name}? Then these run without asking: ${reads.join(", ")}`;
    if ((await terminal.confirm(visibleLine(question))) === true) trusted.push(server.name);
  }
  return trusted;
}

function namedTrusted(text: string, servers: readonly Surveyed[]): string[] {
  const names = text.split(",").map((name) => name.trim());
  const known = servers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new HoldpointError(
    "invalid_input",
    `--trust names "${unknown}", which does not move: there are ${known.join(", ")}`,
  );
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
