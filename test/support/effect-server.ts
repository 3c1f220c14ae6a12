import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/**
 * An MCP server whose tools leave traces in a file: `effect-server.ts FILE`. As long as `FILE.wait`
 * is there, effects end only once it is gone. How often a call was given up is in `FILE.cancelled`.
 * Without the SDK: it starts fast. `effect-server.ts FILE asks` has a tool more, which asks the person
 * behind its client, with the form that it is called with; what it heard is in `FILE.heard`.
 */
const [file = "", more] = process.argv.slice(2);

const tools: object[] = [
  {
    name: "add",
    title: "Add",
    description: "Adds a line.",
    inputSchema: { type: "object", properties: { line: { type: "string" } } },
    annotations: { readOnlyHint: false },
    icons: [{ src: "data:image/png;base64,AAAA" }],
    _meta: { "example/kind": "effect" },
  },
  {
    name: "add_typed",
    description: "Adds a line, and says how many there are.",
    inputSchema: { type: "object", properties: { line: { type: "string" } } },
    outputSchema: {
      type: "object",
      properties: { count: { type: "number" } },
      required: ["count"],
    },
  },
  {
    name: "lines",
    description: "Reads the lines.",
    inputSchema: { type: "object", properties: {} },
    annotations: { readOnlyHint: true },
  },
];

if (more === "asks") {
  tools.push({
    name: "ask",
    description: "Asks the person.",
    inputSchema: { type: "object", properties: {} },
  });
}

const cancelled = new Set<unknown>();
/** What waits for an answer of the client, by the id of the question. */
const asked = new Map<unknown, (heard: unknown) => void>();

interface Message {
  id?: number | string;
  method?: string;
  params?: {
    name?: string;
    protocolVersion?: string;
    requestId?: unknown;
    arguments?: {
      line?: string;
      fail?: boolean;
      refuse?: boolean;
      whose?: boolean;
      form?: object;
      giveUp?: boolean;
    };
  };
  result?: unknown;
  error?: unknown;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.method === undefined) asked.get(message.id)?.(message.result ?? message.error);
  if (message.method === "notifications/cancelled") {
    cancelled.add(message.params?.requestId);
    appendFileSync(`${file}.cancelled`, "x");
  }
  if (message.id === undefined || message.method === undefined) return;
  void answer(message).then((reply) => {
    if (!cancelled.has(message.id)) {
      process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...reply })}\n`);
    }
  });
});

async function answer({ method, params = {} }: Message): Promise<object> {
  switch (method) {
    case "initialize":
      return {
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "effects", version: "1" },
        },
      };
    case "tools/list":
      return { result: { tools } };
    case "tools/call":
      return call(params);
    default:
      return { result: {} };
  }
}

async function call({
  name,
  arguments: args = {},
}: NonNullable<Message["params"]>): Promise<object> {
  if (name === "lines") {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return { result: { content: [{ type: "text", text }] } };
  }
  if (name === "ask") return ask(args);
  if (args.fail === true) return { error: { code: -32_123, message: "It broke", data: { a: 1 } } };
  if (args.refuse === true) return { error: { code: -32_602, message: "No such line" } };
  appendFileSync(`${file}.begun`, `${args.line ?? ""}\n`);
  appendFileSync(file, `${args.line ?? ""}\n`);
  while (existsSync(`${file}.wait`)) await delay(5);
  const count = readFileSync(file, "utf8").trim().split("\n").length;
  // Who started this server.
  const text = args.whose === true ? String(process.ppid) : `added ${args.line ?? ""}`;
  const content = [{ type: "text", text }];
  if (name === "add") return { result: { content, _meta: { "example/at": count } } };
  return { result: { content, structuredContent: { count } } };
}

/** With `giveUp` it stops waiting once a file is there, and says so to its client. */
async function ask({ form, giveUp }: { form?: object; giveUp?: boolean }): Promise<object> {
  const id = `q${asked.size + 1}`;
  const heard = new Promise<unknown>((resolve) => asked.set(id, resolve));
  send({ id, method: "elicitation/create", params: form });
  if (giveUp === true) {
    while (!existsSync(`${file}.enough`)) await delay(5);
    return { result: { content: [{ type: "text", text: "gave up" }] } };
  }
  appendFileSync(`${file}.heard`, `${JSON.stringify(await heard)}\n`);
  return { result: { content: [{ type: "text", text: "heard" }] } };
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}
