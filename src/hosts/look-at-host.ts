import { readFileSync } from "node:fs";

import { isJsonObject } from "../lib/json.ts";
import { isHoldpoint } from "./gather.ts";
import type { HostFile } from "./host-files.ts";
import { readHostText } from "./host-text.ts";

/** How a host starts Holdpoint, where it does. */
export interface OwnEntry {
  readonly name: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Our entries in a host's file, and how many others it has. @throws HoldpointError `config_invalid` */
export function lookAtHost(host: HostFile): { ours: OwnEntry[]; others: number } {
  const servers = Object.entries(readHostText(readFileSync(host.file, "utf8"), host));
  const ours = servers.filter(([name, server]) => isHoldpoint(name, server));
  return {
    ours: ours.map(([name, server]) => toOwnEntry(name, server)),
    others: servers.length - ours.length,
  };
}

function toOwnEntry(name: string, server: unknown): OwnEntry {
  const { command, args, env } = isJsonObject(server) ? server : {};
  const words = [command, args].flat().filter((word) => typeof word === "string");
  const values = Object.entries(isJsonObject(env) ? env : {}).filter(
    (each): each is [string, string] => typeof each[1] === "string",
  );
  return { name, words, env: Object.fromEntries(values) };
}
