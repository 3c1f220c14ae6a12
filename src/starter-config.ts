import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { withoutComments } from "./config/json-comments.ts";
import { errorMessage, HoldpointError } from "./lib/errors.ts";
import { isJsonObject, type JsonObject } from "./lib/json.ts";
import { packageFile } from "./lib/own-files.ts";
import { parseStrictJson } from "./lib/strict-json.ts";

/** The `mcpServers` of a host's configuration, but for ourselves. @throws HoldpointError `config_invalid` */
export function readHostServers(file: string): JsonObject {
  let servers: unknown;
  try {
    const host = parseStrictJson(withoutComments(readFileSync(file, "utf8")));
    servers = isJsonObject(host) ? (host["mcpServers"] ?? host["servers"]) : undefined;
  } catch (error) {
    const why = errorMessage(error).replace("Cannot parse JSON: ", "it is not JSON: ");
    throw new HoldpointError("config_invalid", `Cannot read ${file}: ${why}`, { cause: error });
  }
  if (!isJsonObject(servers)) {
    throw new HoldpointError("config_invalid", `${file} has no object mcpServers`);
  }
  return Object.fromEntries(Object.entries(servers).filter(([name]) => name !== "holdpoint"));
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
  const schema = fileURLToPath(packageFile("holdpoint.schema.json"));
  return `{
  "$schema": ${JSON.stringify(schema)},

  // Servers in the shape of Claude Desktop. "trusted": true lets tools run freely that a server
  // calls read-only; every other call asks. \${NAME} and \${NAME:-default} put the environment in.
  "mcpServers": ${indented(servers ?? own)},

  "agents": [
    {
      "name": "Assistant",
      "description": "Works with the tools of all configured servers.",
      "instructions": "You help with the tools that you have. Say plainly what you did and what you did not."
    }
  ],

  // Deny beats ask beats allow, in whatever order. Conditions are on arguments, by their names.
  "policy": [
    // { "verdict": "deny", "server": "filesystem", "paths": { "outside": "./${folder}" }, "reason": "Only ./${folder} is the agent's." },
    // { "verdict": "ask", "tool": "delete_*", "approver": "person" }
  ]
}
`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", "\n  ");
}
