// A server whose tools are what a file says, and change when it does.
import { appendFileSync, readFileSync, watchFile } from "node:fs";

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

interface State {
  tools: { name: string; description: string; annotations?: Record<string, boolean> }[];
  /** A tool that ends the process instead of answering, once it has had its effect. */
  dies?: string;
  /** Where calls leave their names. */
  effects: string;
}

const stateFile = process.argv[2] ?? "";
const read = (): State => JSON.parse(readFileSync(stateFile, "utf8")) as State;
const server = new Server(
  { name: "fickle", version: "1.0.0" },
  { capabilities: { tools: { listChanged: true } } },
);
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: read().tools.map((tool) => ({
    inputSchema: { type: "object" as const, properties: { text: { type: "string" } } },
    ...tool,
  })),
}));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const { dies, effects } = read();
  appendFileSync(effects, `${params.name}\n`);
  if (params.name === dies) process.exit(1);
  return { content: [{ type: "text", text: `${params.name} done` }] };
});
watchFile(stateFile, { interval: 20 }, () => void server.sendToolListChanged());
process.stdin.on("end", () => process.exit(0));
process.stderr.write(`started with ${process.env["KEY"] ?? "no key"}\n`);
await server.connect(new StdioServerTransport());
