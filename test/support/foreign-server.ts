import { fileURLToPath } from "node:url";

import type { ServerSpec } from "../../src/downstream/server-spec.ts";

/** Packages of servers that others wrote. */
const packages = {
  filesystem: "@modelcontextprotocol/server-filesystem",
  memory: "@modelcontextprotocol/server-memory",
  everything: "@modelcontextprotocol/server-everything",
} as const;

/** How to start one of them, without `npx`. */
export function foreignServer(
  name: keyof typeof packages,
  args: readonly string[] = [],
): { command: string; args: string[] } {
  const file = new URL(`../../node_modules/${packages[name]}/dist/index.js`, import.meta.url);
  return { command: process.execPath, args: [fileURLToPath(file), ...args] };
}

/** A server of our own whose tools a test changes; `test/support/fickle-server-process.ts`. */
export function fickleServer(stateFile: string): ServerSpec & { command: string; args: string[] } {
  const file = fileURLToPath(new URL("./fickle-server-process.ts", import.meta.url));
  return { command: process.execPath, args: [file, stateFile] };
}
