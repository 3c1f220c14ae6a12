import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * An MCP server of records, as others have them: `record-server-process.ts FILE`, which holds one as
 * JSON. While `FILE.silent` is there nothing that reads is answered, or only what reads the record
 * whose number it has. `FILE.calls` has the name of each call. Without the SDK: it starts fast.
 */
const [file = ""] = process.argv.slice(2);

const properties = { id: { type: "integer" }, email: { type: "string" }, note: { type: "string" } };
const tools = [
  {
    name: "get_customer",
    description: "Reads a customer.",
    inputSchema: { type: "object", properties: { id: { type: "integer" } } },
    annotations: { readOnlyHint: true },
  },
  {
    name: "update_customer",
    description: "Changes a customer.",
    inputSchema: { type: "object", properties },
    annotations: { readOnlyHint: false },
  },
];

interface Message {
  id?: number | string;
  method?: string;
  params?: { name?: string; protocolVersion?: string; arguments?: Record<string, unknown> };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined) return;
  const result = answer(message);
  if (result === undefined) return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, result })}\n`);
});

function answer({ method, params = {} }: Message): object | undefined {
  const { name = "", protocolVersion } = params;
  switch (method) {
    case "initialize": {
      const serverInfo = { name: "records", version: "1" };
      return { protocolVersion, capabilities: { tools: {} }, serverInfo };
    }
    case "tools/list":
      return { tools };
    case "tools/call":
      appendFileSync(`${file}.calls`, `${name}\n`);
      return name === "get_customer" ? get(params.arguments) : update(params.arguments);
    default:
      return {};
  }
}

function get({ id }: { id?: unknown } = {}): object | undefined {
  const silent = existsSync(`${file}.silent`) ? readFileSync(`${file}.silent`, "utf8") : undefined;
  if (silent !== undefined && ["", String(id)].includes(silent)) return undefined;
  const text = readFileSync(file, "utf8");
  const [balance] = /"balance":\d+/.exec(text) ?? [];
  const more = balance === undefined ? [] : [{ type: "text", text: balance }];
  return { content: [{ type: "text", text }, ...more] };
}

function update(changes: object = {}): object {
  const record = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...record, ...changes }));
  return { content: [{ type: "text", text: "changed" }] };
}
