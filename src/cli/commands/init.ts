import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { stateDirectory } from "../../app/open-store.ts";
import { CONFIG_NAME } from "../../config/choose-config.ts";
import { recordTrust } from "../../config/trust.ts";
import { hostFiles, type HostFile } from "../../hosts/host-files.ts";
import { HoldpointError } from "../../lib/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import {
  readHostServers,
  starterText,
  takeServers,
  type TakenServers,
} from "../../app/starter-config.ts";
import { hostSurroundings } from "../host-surroundings.ts";
import type { Given } from "../literals.ts";
import { callerHere, provePerson } from "../person.ts";
import { chooseTrusted, surveyAloud } from "../propose-trust.ts";
import type { CommandContext } from "../terminal.ts";

const STARTER_FOLDER = "files";

/** Writes a starter configuration, once somebody said yes. */
export async function run(given: Given<"init">, context: CommandContext): Promise<number> {
  const { env, terminal } = context;
  const { from, yes } = given;
  const file = resolve(given.config ?? CONFIG_NAME);
  if (existsSync(file)) {
    throw new HoldpointError("invalid_input", `${file} exists already: it is left as it is`);
  }
  const taken = from === undefined ? undefined : takeFrom(from, env);
  const names = taken === undefined ? ["filesystem"] : Object.keys(taken.servers);
  terminal.print(visibleLine(`${file} will have these servers: ${names.join(", ") || "none"}`));
  const servers = taken === undefined ? undefined : await proposeTrust(taken, given, context);
  if (!yes && (await terminal.confirm("Write it?")) !== true) {
    terminal.error("Nothing was written.");
    return 1;
  }
  const { level } = await provePerson(callerHere(context), { context, isWanted: true });
  mkdirSync(dirname(file), { recursive: true });
  if (servers === undefined) mkdirSync(join(dirname(file), STARTER_FOLDER), { recursive: true });
  const text = starterText({ servers, folder: STARTER_FOLDER });
  writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  // Who writes it here, at a terminal of their own, trusts what is written.
  const isTrusted = level === "person";
  if (isTrusted)
    recordTrust({ path: realpathSync(file), text, files: new Map() }, stateDirectory(env));
  const lines = describeDone({ file, from, given: taken?.given ?? {}, isTrusted });
  for (const line of lines) terminal.print(terminal.typed(visibleLine(line)));
  return 0;
}

/** @throws HoldpointError `config_invalid` which says where hosts here have such files */
function takeFrom(from: string, env: CommandContext["env"]): TakenServers {
  const around = hostSurroundings({ env });
  if (!existsSync(from)) {
    const here = hostFiles(around).filter(({ file }) => existsSync(file));
    const places = here.map(({ label, file }: HostFile) => `${file} (${label})`).join(", ");
    const hint = places === "" ? "no host that is known has one here" : `there are ${places}`;
    throw new HoldpointError("config_invalid", `There is no ${from}: ${hint}`);
  }
  return takeServers(readHostServers(from), { ...around, read });
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}

/** The servers, those with `trusted` that somebody believes, once they were looked at. */
async function proposeTrust(
  { servers, given, left }: TakenServers,
  { yes, trust }: Given<"init">,
  context: CommandContext,
): Promise<JsonObject> {
  const { env, terminal } = context;
  for (const { name, why } of left) terminal.print(visibleLine(`! ${name} is left out: ${why}`));
  if (Object.keys(servers).length === 0) return servers;
  terminal.print("\nStarting them, to read what their tools say of themselves ...");
  const text = starterText({ servers, folder: STARTER_FOLDER });
  const surveyed = await surveyAloud(text, servers, { ...context, env: { ...env, ...given } });
  const trusted = await chooseTrusted(surveyed, { given: trust, isAsked: !yes, terminal });
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [
      name,
      trusted.includes(name) ? { ...(server as JsonObject), trusted: true } : server,
    ]),
  );
}

function describeDone({
  file,
  from = "",
  given,
  isTrusted,
}: {
  file: string;
  from: string | undefined;
  given: TakenServers["given"];
  isTrusted: boolean;
}): string[] {
  const names = Object.keys(given);
  return [
    ...(names.length === 0
      ? []
      : [
          `Secrets are not in it, but named: ${names.join(", ")}. Their values are in ${from}: put them into the environment of what starts Holdpoint (export ${names[0]}=...), or into "env" of holdpoint in your host's file.`,
        ]),
    ...(isTrusted
      ? []
      : ["It is not trusted yet: a person does that in a terminal, with holdpoint trust"]),
    `Written. See what it allows: holdpoint check --config ${file}`,
  ];
}
