// A proxy that passes the tools of one server on and does nothing else: `plain-proxy.ts COMMAND...`.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const [command = "", ...args] = process.argv.slice(2);
const client = new Client({ name: "plain-proxy", version: "1" });
await client.connect(new StdioClientTransport({ command, args }));
const server = new Server({ name: "plain-proxy", version: "1" }, { capabilities: { tools: {} } });
server.fallbackRequestHandler = async ({ method, params }, { signal }) =>
  client.request({ method, params: { ...params } }, z.any(), { signal }) as Promise<
    Record<string, unknown>
  >;
await server.connect(new StdioServerTransport());
process.stdin.on("end", () => process.exit(0));
