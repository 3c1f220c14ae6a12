import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { CONFIG_NAME, userConfigDirectory } from "../config/choose-config.ts";
import { checkRoots } from "../config/guarded-roots.ts";
import type { ConfigFile } from "../config/schema.ts";
import { gather, isHoldpoint, type Gathered, type HostServers } from "../hosts/gather.ts";
import { hostFiles, projectFiles, type HostFile, type HostId } from "../hosts/host-files.ts";
import { exchange, exchangeBack, readHostText, type Exchange } from "../hosts/host-text.ts";
import { addMembers } from "../hosts/json-members.ts";
import { localServers } from "../hosts/local-servers.ts";
import { ownEntry, type OwnStart } from "../hosts/own-entry.ts";
import { readRecord, recordFile, removeRecord, writeRecord } from "../hosts/records.ts";
import { findToolRules, type ToolRule } from "../hosts/tool-rules.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Surroundings } from "../lib/paths.ts";
import { writePrivately } from "../lib/private-files.ts";
import { describeSystemFault } from "../lib/system-fault.ts";

/** Where everything is that connecting reads and writes. */
export interface ConnectSurroundings extends Surroundings {
  /** Where the command was started. */
  directory: string;
  stateDirectory: string;
  /** The file of the store that the gateway will use. */
  store: string;
  start: OwnStart;
}

type ReadHost = HostServers & { now: string; text: string };

/** What connecting would do. */
export interface ConnectPlan extends Gathered {
  /** Hosts with servers to move; the text as it would be if Holdpoint had never been there. */
  readonly hosts: readonly ReadHost[];
  /** Hosts whose file cannot be read. */
  readonly unread: readonly { host: HostFile; why: string }[];
  readonly config: { readonly file: string; readonly before: string | undefined };
  /** Servers of this project that its hosts start beside the gate. */
  readonly beside: readonly { host: HostFile; name: string }[];
  /** Servers that Claude Code starts beside it, each in one folder. */
  readonly local: readonly { directory: string; name: string }[];
  /** Rules of Claude Code that name tools as they were called. */
  readonly rules: readonly ToolRule[];
}

/** Reads the files of hosts, and what moving their servers comes to; changes nothing. @throws HoldpointError `config_invalid` */
export function planConnect(wanted: readonly HostId[], around: ConnectSurroundings): ConnectPlan {
  const { hosts, unread } = readHosts(wanted, around);
  const config = readOwnConfig(around);
  const gathered = gather(hosts, {
    existing: config.servers,
    envFiles: { ...around, read: (file) => readFileSync(file, "utf8") },
    refuse: (name, server) => whyNotGated(name, server, { around, file: config.file }),
  });
  const moving = hosts.filter(({ host }) => gathered.moves.some((move) => move.host === host));
  const claude = hosts.find(({ host }) => host.id === "claude-code");
  const local = localServers(claude?.text ?? "").filter(
    ({ name, server }) => !isHoldpoint(name, server),
  );
  return { ...gathered, hosts: moving, unread, config, local, ...findBeside(gathered, around) };
}

/** One host's broken file stops nothing for the others. */
function readHosts(
  wanted: readonly HostId[],
  around: ConnectSurroundings,
): { hosts: ReadHost[]; unread: ConnectPlan["unread"][number][] } {
  const hosts: ReadHost[] = [];
  const unread: ConnectPlan["unread"][number][] = [];
  for (const host of hostFiles(around)) {
    if (!wanted.includes(host.id) || !existsSync(host.file)) continue;
    try {
      const now = readFileSync(host.file, "utf8");
      const text = withoutUs(host, now, around);
      hosts.push({ host, now, text, servers: readHostText(text, host) });
    } catch (error) {
      unread.push({ host, why: describeSystemFault(error) ?? errorMessage(error) });
    }
  }
  return { hosts, unread };
}

/** As it would be without Holdpoint, where it is there already. */
function withoutUs(host: HostFile, now: string, { stateDirectory }: ConnectSurroundings): string {
  const done = readRecord(stateDirectory, host.id);
  if (done === undefined || done.file !== host.file) return now;
  return exchangeBack(now, { place: host, done })?.text ?? now;
}

function readOwnConfig({ platform, env, home }: ConnectSurroundings): {
  file: string;
  before: string | undefined;
  servers: JsonObject;
} {
  const file = join(userConfigDirectory({ platform, env, home }), CONFIG_NAME);
  if (!existsSync(file)) return { file, before: undefined, servers: {} };
  const before = readFileSync(file, "utf8");
  return {
    file,
    before,
    servers: readHostText(before, { file, format: "json", key: "mcpServers" }),
  };
}

/** A server that reaches the configuration or the store could approve its own calls. */
function whyNotGated(
  name: string,
  server: JsonObject,
  { around: { store, home }, file }: { around: ConnectSurroundings; file: string },
): string | undefined {
  const guarded = [
    { path: file, what: "Holdpoint's configuration" },
    { path: store, what: "what was decided" },
  ];
  const servers = { [name]: server } as ConfigFile["mcpServers"];
  const [problem] = checkRoots(servers, { guarded, directory: () => home });
  return problem === undefined ? undefined : `an argument of it ${problem.message}`;
}

function findBeside(
  { moves }: Gathered,
  { directory, platform, home, env }: ConnectSurroundings,
): Pick<ConnectPlan, "beside" | "rules"> {
  const moved = moves.filter(({ host }) => host.id === "claude-code").map(({ name }) => name);
  const settings = join(env["CLAUDE_CONFIG_DIR"] ?? join(home, ".claude"), "settings.json");
  const beside = projectFiles(directory, platform)
    .filter(({ file }) => existsSync(file))
    .flatMap((host) => {
      const servers = readHostText(readFileSync(host.file, "utf8"), host);
      const names = Object.keys(servers).filter((name) => !isHoldpoint(name, servers[name]));
      return names.map((name) => ({ host, name }));
    });
  const rules = existsSync(settings) ? findToolRules(readFileSync(settings, "utf8"), moved) : [];
  return { beside, rules };
}

/**
 * The text of the configuration as it will be.
 *
 * @param trusted names of servers that are believed where they say that a tool only reads
 */
export function configText(
  { config: { before }, added }: Pick<ConnectPlan, "config" | "added">,
  trusted: readonly string[],
): string {
  const servers = Object.fromEntries(
    Object.entries(added).map(([name, server]) => [
      name,
      trusted.includes(name) && isJsonObject(server) ? { ...server, trusted: true } : server,
    ]),
  );
  return addMembers(before ?? STARTER, "mcpServers", servers);
}

const STARTER = `{
  // Servers that the gateway offers to your agents. "trusted": true lets tools run freely that a
  // server calls read-only; every other call asks. \${NAME} and \${NAME:-default} put the environment in.
  "mcpServers": {},

  // Deny beats ask beats allow, in whatever order.
  "policy": []
}
`;

/** Whether all that a plan comes to is there already. */
export function isConnected(plan: ConnectPlan, around: ConnectSurroundings): boolean {
  return (
    Object.keys(plan.added).length === 0 &&
    plan.hosts.every((each) => exchangeOf(each, plan, around).after === each.now)
  );
}

function exchangeOf(
  { host, text }: ReadHost,
  plan: ConnectPlan,
  { start }: ConnectSurroundings,
): Exchange {
  const moved = plan.moves.filter((move) => move.host === host).map(({ name }) => name);
  const entry = ownEntry(start, {
    config: plan.config.file,
    given: plan.given,
    type: host.id === "claude-code" || host.id === "vscode",
  });
  return exchange(text, { place: host, moved, entry });
}

/** Carries a plan out: the configuration first, so that no host names one that is not there. */
export function connect(
  plan: ConnectPlan,
  trusted: readonly string[],
  around: ConnectSurroundings,
): void {
  for (const { host, now } of plan.hosts) {
    mustBeReplaceable(host);
    if (readFileSync(host.file, "utf8") === now) continue;
    throw new HoldpointError(
      "conflict",
      `Nothing was changed: ${host.file} was written to meanwhile. End ${host.label}, and try again`,
    );
  }
  writePrivately(plan.config.file, configText(plan, trusted));
  for (const each of plan.hosts) {
    const { host } = each;
    const done = exchangeOf(each, plan, around);
    const mode = modeBefore(host, plan, around);
    writeRecord(around.stateDirectory, host.id, {
      version: 1,
      file: host.file,
      ...done,
      ...(mode === undefined ? {} : { mode }),
    });
    replaceFile(host.file, done.after, mode === undefined ? undefined : mode & 0o700);
  }
}

/** @throws HoldpointError `config_invalid` where its folder takes no other file in its place */
function mustBeReplaceable({ label, file }: HostFile): void {
  const path = realpathSync(file);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new HoldpointError(
      "config_invalid",
      `Nothing was changed: ${label}'s file, ${path}, cannot be replaced, since nothing can be written into its folder. Where another program makes that file, change it there`,
      { cause: error },
    );
  }
}

/** Of a file that gets secrets: of other hosts, or of files that only this user can read. */
function modeBefore(
  { id, file }: HostFile,
  { given }: ConnectPlan,
  { stateDirectory }: ConnectSurroundings,
): number | undefined {
  const before = readRecord(stateDirectory, id);
  if (before?.file === file && before.mode !== undefined) return before.mode;
  return Object.keys(given).length === 0 ? undefined : modeOf(file);
}

export type Disconnected =
  | { readonly type: "restored"; readonly isExact: boolean }
  | { readonly type: "not_connected" }
  /** Our entry is no longer found where it was put. */
  | { readonly type: "changed"; readonly record: string };

/** Puts a host's servers back where they were. */
export function disconnect(host: HostFile, { stateDirectory }: ConnectSurroundings): Disconnected {
  const done = readRecord(stateDirectory, host.id);
  if (done === undefined || !existsSync(host.file)) return { type: "not_connected" };
  const back = exchangeBack(readFileSync(host.file, "utf8"), { place: host, done });
  if (back === undefined) return { type: "changed", record: recordFile(stateDirectory, host.id) };
  mustBeReplaceable(host);
  // Who changed meanwhile whom it is open to, meant that.
  const isOurs = done.mode !== undefined && modeOf(host.file) === (done.mode & 0o700);
  replaceFile(host.file, back.text, isOurs ? done.mode : undefined);
  removeRecord(stateDirectory, host.id);
  return { type: "restored", isExact: back.isExact };
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

/** As a whole, where it really lies, readable by whom it was where nothing else is said. */
function replaceFile(file: string, text: string, mode = modeOf(file)): void {
  const path = realpathSync(file);
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, mode);
  renameSync(draft, path);
}
