import { fileURLToPath } from "node:url";

import type { ServerSpec } from "../../src/downstream/server-spec.ts";
import { canaries } from "./canaries.ts";

/** Servers that others wrote. */
const servers = {
  filesystem: import.meta.resolve("@modelcontextprotocol/server-filesystem/dist/index.js"),
  memory: import.meta.resolve("@modelcontextprotocol/server-memory/dist/index.js"),
  everything: import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"),
};

/** How to start one of them, without `npx`, with a secret that must stay where it is. */
export function foreignServer(
  name: keyof typeof servers,
  args: readonly string[] = [],
): { command: string; args: string[]; env: Record<string, string> } {
  const env = { API_KEY: canaries.env };
  return { command: process.execPath, args: [fileURLToPath(servers[name]), ...args], env };
}

/** A server of our own whose tools a test changes; `test/support/fickle-server-process.ts`. */
export function fickleServer(stateFile: string): ServerSpec & { command: string; args: string[] } {
  const file = fileURLToPath(new URL("./fickle-server-process.ts", import.meta.url));
  return { command: process.execPath, args: [file, stateFile] };
}
