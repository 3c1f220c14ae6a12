import { fileURLToPath } from "node:url";

import type { ServerSpec } from "../../src/downstream/server-spec.ts";
import { canaries } from "./canaries.ts";
import { peerFile } from "./peers.ts";

/** Servers that others wrote. */
const servers = {
  filesystem: peerFile("@modelcontextprotocol/server-filesystem/dist/index.js"),
  memory: peerFile("@modelcontextprotocol/server-memory/dist/index.js"),
  everything: peerFile("@modelcontextprotocol/server-everything/dist/index.js"),
  playwright: peerFile("@playwright/mcp/cli.js"),
};

/** How to start one of them, without `npx`, with a secret that must stay where it is. */
export function foreignServer(
  name: keyof typeof servers,
  args: readonly string[] = [],
): { command: string; args: string[]; env: Record<string, string> } {
  const env = { API_KEY: canaries.env };
  return { command: process.execPath, args: [servers[name], ...args], env };
}

/** A server of our own whose tools a test changes; `test/support/fickle-server-process.ts`. */
export function fickleServer(stateFile: string): ServerSpec & { command: string; args: string[] } {
  const file = fileURLToPath(new URL("./fickle-server-process.ts", import.meta.url));
  return { command: process.execPath, args: [file, stateFile] };
}
