import { readFileSync } from "node:fs";

import { isJsonObject } from "../lib/json.ts";
import { isHoldpoint } from "./gather.ts";
import type { HostFile } from "./host-files.ts";
import { readHostText } from "./host-text.ts";
import { localServers } from "./local-servers.ts";

/** How a host starts Holdpoint, where it does. */
export interface OwnEntry {
  readonly name: string;
  /** Where the host starts it in one folder alone. */
  readonly directory?: string | undefined;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Our entries in a host's file, and how many others it has. @throws HoldpointError `config_invalid` */
export function lookAtHost(host: HostFile): { ours: OwnEntry[]; others: number } {
  const text = readFileSync(host.file, "utf8");
  const everywhere = Object.entries(readHostText(text, host)).map(([name, server]) => ({
    name,
    server,
  }));
  const local = host.id === "claude-code" ? localServers(text) : [];
  const servers: Server[] = [...everywhere, ...local];
  const ours = servers.filter(({ name, server }) => isHoldpoint(name, server));
  return { ours: ours.map((each) => toOwnEntry(each)), others: servers.length - ours.length };
}

interface Server {
  name: string;
  server: unknown;
  directory?: string;
}

function toOwnEntry({ name, server, directory }: Server): OwnEntry {
  const { command, args, env } = isJsonObject(server) ? server : {};
  const words = [command, args].flat().filter((word) => typeof word === "string");
  const values = Object.entries(isJsonObject(env) ? env : {}).filter(
    (each): each is [string, string] => typeof each[1] === "string",
  );
  return { name, directory, words, env: Object.fromEntries(values) };
}
