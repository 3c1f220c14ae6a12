import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { withEnvFile, type EnvFiles } from "../hosts/env-file.ts";
import { isHoldpoint } from "../hosts/gather.ts";
import { readHostText } from "../hosts/host-text.ts";
import { moveServer } from "../hosts/move-server.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { packageFile } from "../lib/own-files.ts";

/** The servers of a host's file, but for ourselves. @throws HoldpointError `config_invalid` */
export function readHostServers(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new HoldpointError("config_invalid", `Cannot read ${file}: ${errorMessage(error)}`);
  }
  const servers = file.endsWith(".toml")
    ? readHostText(text, { file, format: "toml", key: "mcp_servers" })
    : ofJson(text, file);
  return Object.fromEntries(
    Object.entries(servers).filter(([name, server]) => !isHoldpoint(name, server)),
  );
}

function ofJson(text: string, file: string): JsonObject {
  for (const key of ["mcpServers", "servers"] as const) {
    const servers = readHostText(text, { file, format: "json", key });
    if (Object.keys(servers).length > 0) return servers;
  }
  throw new HoldpointError("config_invalid", `${file} has no servers: no object mcpServers`);
}

/** Servers of a host as a configuration has them. */
export interface TakenServers {
  readonly servers: JsonObject;
  /** Secrets that stand in them as `${NAME}`, by these names. */
  readonly given: Readonly<Record<string, string>>;
  /** Those that a host alone can start, and why. */
  readonly left: readonly { name: string; why: string }[];
}

/** Takes servers of a host: no secret of theirs is in what is written. */
export function takeServers(found: JsonObject, files: EnvFiles): TakenServers {
  const servers: JsonObject = {};
  const given: Record<string, string> = {};
  const left: TakenServers["left"][number][] = [];
  for (const [name, server] of Object.entries(found)) {
    const whole = withEnvFile(server, files);
    const moved = "stays" in whole ? whole : moveServer(name, whole.server, given);
    if ("stays" in moved) {
      left.push({ name, why: moved.stays });
      continue;
    }
    Object.assign(given, moved.given);
    servers[name] = moved.server;
  }
  // One that is missing is told by name, instead of an empty one being used.
  const text = JSON.stringify(servers).replaceAll(/\$\{(\w+):-\}/g, (whole, name: string) =>
    name in given ? `\${${name}}` : whole,
  );
  return { servers: JSON.parse(text) as JsonObject, given, left };
}

/** The text of a configuration that is a start, with comments that say what to change. */
export function starterText({
  servers,
  folder,
}: {
  servers: JsonObject | undefined;
  folder: string;
}): string {
  const own = {
    filesystem: {
      command: "npx",
      args: ["-y", "@modelcontextprotocol/server-filesystem", `./${folder}`],
      trusted: true,
    },
  };
  const all = servers ?? own;
  const [first = "files"] = Object.keys(all);
  const schema = fileURLToPath(packageFile("holdpoint.schema.json"));
  return `{
  "$schema": ${JSON.stringify(schema)},

  // Servers in the shape of Claude Desktop. "trusted": true lets tools run freely that a server
  // calls read-only; every other call asks. \${NAME} and \${NAME:-default} put the environment in.
  "mcpServers": ${indented(all)},

  "agents": [
    {
      "name": "Assistant",
      "description": "Works with the tools of all configured servers.",
      "instructions": "You help with the tools that you have. Say plainly what you did and what you did not."
    }
  ],

  // Deny beats ask beats allow, in whatever order. Conditions are on arguments, by their names.
  "policy": [
    // { "verdict": "deny", "server": ${JSON.stringify(first)}, "paths": { "outside": "./${folder}" }, "reason": "Only ./${folder} is the agent's." },
    // { "verdict": "ask", "tool": "delete_*", "approver": "person" }
  ]
}
`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", "\n  ");
}
