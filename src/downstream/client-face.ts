import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

import type { Redact } from "./secrets.ts";

/** Who is behind the calls of a connection, as its servers meet them. */
export interface ClientFace {
  /** What they can do. */
  capabilities(): ClientCapabilities;
  /** Told of a client that is about to connect to a server, and what strikes that server's secrets. */
  opening(client: Client, server: string, redact: Redact): void;
  /** Told of a server that was connected, of one that cannot be used, and of changed tools. */
  changed(server: string): void;
}
