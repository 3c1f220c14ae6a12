import type { Asked } from "../../src/runs/caller.ts";
import type { Viewer } from "../../src/mcp/where.ts";

/** A client of this name, as runs are started by it. */
export function byClient(client: string): Asked {
  return { by: client, channel: "mcp", level: "client" };
}

/** What a client without forms is shown, of a server without an inbox. */
export function viewOf(client: string, changes: Partial<Viewer> = {}): Viewer {
  return {
    client,
    canAsk: false,
    location: "/srv/runs.db",
    shared: false,

    ...changes,
  };
}
