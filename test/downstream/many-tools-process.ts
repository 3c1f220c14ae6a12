// A server whose tools come in pages without end: `<how many a page>`.
import { createInterface } from "node:readline";

const size = Number(process.argv[2]);

function answer({ method, params }: { method: string; params?: { cursor?: string } }): unknown {
  if (method === "initialize") {
    const serverInfo = { name: "many", version: "1.0.0" };
    return { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo };
  }
  const from = Number(params?.cursor ?? 0);
  const tools = Array.from({ length: size }, (_, index) => ({
    name: `tool_${from + index}`,
    inputSchema: { type: "object" },
  }));
  return { tools, nextCursor: `${from + size}` };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...request } = JSON.parse(line);
  if (id === undefined) continue;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: answer(request) })}\n`);
}
