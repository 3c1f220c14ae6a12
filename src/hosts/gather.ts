import { isDeepStrictEqual } from "node:util";

import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { withEnvFile, type EnvFiles } from "./env-file.ts";
import type { HostFile } from "./host-files.ts";
import { moveServer } from "./move-server.ts";

/** One host's file as it was read. */
export interface HostServers {
  readonly host: HostFile;
  readonly servers: JsonObject;
}

/** What the servers of hosts come to, taken together. */
export interface Gathered {
  /** Of the configuration, with those that were there already. */
  readonly servers: JsonObject;
  /** Of `servers`, those that are new in it. */
  readonly added: JsonObject;
  readonly given: Readonly<Record<string, string>>;
  readonly moves: readonly Move[];
  readonly stays: readonly { host: HostFile; name: string; why: string }[];
}

interface Move {
  readonly host: HostFile;
  /** Its name in the host, and in the configuration. */
  readonly name: string;
  readonly as: string;
}

/**
 * Takes the servers of hosts together. The same server in two hosts is one; another of the same name
 * gets its host's name behind its own.
 *
 * @param refuse says why a server cannot be gated
 */
export function gather(
  hosts: readonly HostServers[],
  {
    existing,
    envFiles,
    refuse,
  }: {
    existing: JsonObject;
    envFiles: EnvFiles;
    refuse(name: string, server: JsonObject): string | undefined;
  },
): Gathered {
  const servers = { ...existing };
  const given: Record<string, string> = {};
  const moves: Move[] = [];
  const stays: Gathered["stays"][number][] = [];
  for (const { host, servers: theirs } of hosts) {
    for (const [name, server] of Object.entries(theirs)) {
      if (isHoldpoint(name, server)) continue;
      const whole = withEnvFile(server, envFiles);
      const moved = "stays" in whole ? whole : moveServer(name, whole.server, given);
      const why = "stays" in moved ? moved.stays : refuse(name, moved.server);
      if ("stays" in moved || why !== undefined) {
        stays.push({ host, name, why: why ?? "" });
        continue;
      }
      const as = nameFor(servers, { name, host, server: moved.server });
      servers[as] = keepsTrust(servers[as], moved.server);
      Object.assign(given, moved.given);
      moves.push({ host, name, as });
    }
  }
  const added = Object.entries(servers).filter(([name]) => !(name in existing));
  return { servers, added: Object.fromEntries(added), given, moves, stays };
}

/** Our own entry, under whatever name: it is not gated by itself. */
export function isHoldpoint(name: string, server: unknown): boolean {
  if (name === "holdpoint") return true;
  const words = isJsonObject(server) ? [server["command"], server["args"]].flat() : [];
  return words.some(
    (word) => typeof word === "string" && /(?:^|[\\/])holdpoint(?:\.js|@.*)?$/.test(word),
  );
}

function nameFor(
  servers: JsonObject,
  { name, host, server }: { name: string; host: HostFile; server: JsonObject },
): string {
  for (const each of [name, `${name}-${host.id}`]) {
    if (!(each in servers) || isSame(servers[each], server)) return each;
  }
  let count = 2;
  while (`${name}-${host.id}-${count}` in servers) count += 1;
  return `${name}-${host.id}-${count}`;
}

/** But for what Holdpoint's own words say of it. */
function isSame(one: unknown, other: JsonObject): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

function keepsTrust(before: unknown, server: JsonObject): JsonObject {
  return isJsonObject(before) ? before : server;
}

function plain(each: unknown): unknown {
  if (!isJsonObject(each)) return each;
  const { trusted: _trusted, paths: _paths, timeoutMs: _timeout, type: _type, ...rest } = each;
  return Object.fromEntries(
    Object.entries(rest).filter(([, part]) => !["{}", "[]"].includes(JSON.stringify(part))),
  );
}
