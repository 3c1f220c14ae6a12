// An MCP server with a tool that reads and one that has an effect, without the SDK: `lines.ts FILE`.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [file = ""] = process.argv.slice(2);
const inputSchema = { type: "object", properties: { line: { type: "string" } } };
const tools = [
  { name: "read", inputSchema, annotations: { readOnlyHint: true } },
  { name: "write", inputSchema, annotations: { readOnlyHint: false } },
];

interface Message {
  id?: number | string;
  method?: string;
  params?: { name?: string; protocolVersion?: string; arguments?: { line?: string } };
}

function answer({ method, params = {} }: Message): object {
  if (method === "initialize") {
    const { protocolVersion } = params;
    const serverInfo = { name: "lines", version: "1" };
    return { protocolVersion, capabilities: { tools: {} }, serverInfo };
  }
  if (method === "tools/list") return { tools };
  if (method !== "tools/call") return {};
  const { line = "" } = params.arguments ?? {};
  if (params.name === "write") appendFileSync(file, `${line}\n`);
  return { content: [{ type: "text", text: `line ${line}` }] };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined) return;
  const reply = { jsonrpc: "2.0", id: message.id, result: answer(message) };
  process.stdout.write(`${JSON.stringify(reply)}\n`);
});
