// Answers like the Responses API, which repeats instructions and tools: a tool call, or the end where the request's metadata says so.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

let number = 0;

function answer(isLast: boolean, request: object): object {
  number += 1;
  const call = {
    type: "function_call",
    id: `fc_${number}`,
    call_id: `call_${number}`,
    name: "look",
    status: "completed",
    arguments: JSON.stringify({ key: `key ${number}` }),
  };
  return { ...toResponse(isLast ? toMessage("Done") : call), ...request };
}

function toMessage(text: string): object {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id: `msg_${number}`, role: "assistant", status: "completed", content };
}

function toResponse(item: object): object {
  return {
    id: `resp_${number}`,
    object: "response",
    created_at: 0,
    status: "completed",
    model: "stand-in",
    output: [item],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
}

function stream(response: ServerResponse, deltas: number): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sequence = 0;
  const send = (event: { type: string }): void => {
    const data = JSON.stringify({ ...event, sequence_number: (sequence += 1) });
    response.write(`event: ${event.type}\ndata: ${data}\n\n`);
  };
  const item = { item_id: `msg_${number}`, output_index: 0, content_index: 0 };
  send({ type: "response.created", response: toResponse(toMessage("")) } as { type: string });
  for (let delta = 0; delta < deltas; delta += 1) {
    send({ type: "response.output_text.delta", delta: "word ", ...item } as { type: string });
  }
  const whole = toResponse(toMessage("word ".repeat(deltas)));
  send({ type: "response.completed", response: whole } as { type: string });
  response.end();
}

const server = createServer((request, response) => {
  const turns = Number(request.headers["x-turns"] ?? 1);
  const deltas = Number(request.headers["x-deltas"] ?? 0);
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    if (body === "") return void response.writeHead(400).end();
    const outputs = body.split('"function_call_output"').length - 1;
    const { instructions, tools } = JSON.parse(body) as { instructions?: unknown; tools?: unknown };
    if (deltas > 0) return stream(response, deltas);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer(outputs >= turns - 1, { instructions, tools })));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`);
});
