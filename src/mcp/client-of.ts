import type { Server } from "@modelcontextprotocol/sdk/server/index.js";

import type { CallContext } from "./mcp-tool.ts";

/** Who is at the other end of a connection, by what it says of itself. */
export function clientOf(server: Server): Pick<CallContext, "client" | "canAsk"> {
  const { name = "unknown", version = "client" } = server.getClientVersion() ?? {};
  return {
    // The last word is the version.
    client: `${name} ${version.replaceAll(/\s+/g, "-")}`,
    canAsk: server.getClientCapabilities()?.elicitation !== undefined,
  };
}
