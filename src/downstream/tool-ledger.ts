import type { ToolDefinition } from "../engine/definition-change.ts";

/**
 * The definitions of tools that were accepted, by server and tool: what a server says of a tool
 * later is held against them.
 */
export interface ToolLedger {
  /** By name of the tool; `undefined` for a server that was never seen. */
  of(server: string): ReadonlyMap<string, ToolDefinition> | undefined;
  accept(server: string, tools: ReadonlyMap<string, ToolDefinition>): void;
}

/** Remembers for as long as the process lives. */
export function createMemoryLedger(): ToolLedger {
  const servers = new Map<string, Map<string, ToolDefinition>>();
  return {
    of: (server) => servers.get(server),
    accept(server, tools) {
      servers.set(server, new Map([...(servers.get(server) ?? []), ...tools]));
    },
  };
}
