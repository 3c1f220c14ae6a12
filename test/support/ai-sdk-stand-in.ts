import { createServer } from "node:http";

import { isJsonObject, type JsonObject, type JsonValue } from "../../src/lib/json.ts";

export const providers = ["openai", "anthropic", "google"] as const;
export type ProviderName = (typeof providers)[number];

/** What of the first answer a provider must see again, as these stand-ins give it. */
export const proofs: Record<ProviderName, string> = {
  openai: "ENCRYPTED-THOUGHT",
  anthropic: "THOUGHT-SIGNATURE",
  google: "CALL-SIGNATURE",
};

interface Failure {
  status: number;
  body: JsonValue;
  headers?: Record<string, string>;
}

interface AiSdkStandIn {
  readonly url: string;
  readonly bodies: JsonObject[];
  /** What the next requests get instead of an answer. */
  fail(...failures: Failure[]): void;
  close(): Promise<void>;
}

/** A local server that thinks and calls `pay` once, and says "Done." when it got the output. */
export async function startAiSdkStandIn(provider: ProviderName): Promise<AiSdkStandIn> {
  const bodies: JsonObject[] = [];
  const failures: Failure[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const body: unknown = JSON.parse(text);
      if (!isJsonObject(body)) throw new Error("The stand-in takes objects only");
      bodies.push(body);
      const failure = failures.shift();
      if (failure !== undefined) {
        response.writeHead(failure.status, {
          "content-type": "application/json",
          ...failure.headers,
        });
        response.end(JSON.stringify(failure.body));
        return;
      }
      const answer = answers[provider](text.includes("PAID"));
      const isStream = body["stream"] === true || request.url?.includes("stream") === true;
      response.writeHead(200, {
        "content-type": isStream ? "text/event-stream" : "application/json",
      });
      response.end(
        isStream
          ? answer.events
              .map((event) => `${named(event)}data: ${JSON.stringify(event)}\n\n`)
              .join("")
          : JSON.stringify(answer.whole),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The stand-in has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies,
    fail: (...more) => void failures.push(...more),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function named({ type }: JsonObject): string {
  return typeof type === "string" ? `event: ${type}\n` : "";
}

interface Answer {
  whole: JsonObject;
  events: JsonObject[];
}

const answers: Record<ProviderName, (isPaid: boolean) => Answer> = {
  openai: ofOpenAi,
  anthropic: ofAnthropic,
  google: ofGoogle,
};

/** https://platform.openai.com/docs/api-reference/responses */
function ofOpenAi(isPaid: boolean): Answer {
  const output: JsonObject[] = isPaid
    ? [
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "Done.", annotations: [] }],
        },
      ]
    : [
        {
          type: "reasoning",
          id: "rs_1",
          encrypted_content: proofs.openai,
          summary: [{ type: "summary_text", text: "I must pay." }],
        },
        {
          type: "function_call",
          id: "fc_1",
          call_id: "call_A",
          name: "pay",
          arguments: '{"amount":7}',
          status: "completed",
        },
      ];
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 15,
  };
  const whole: JsonObject = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt-5.4",
    output,
    usage,
    incomplete_details: null,
    error: null,
  };
  const items = output.flatMap((item, output_index): JsonObject[] => [
    { type: "response.output_item.added", output_index, item: opened(item) },
    ...deltasOf(item).map((delta) => ({ ...delta, item_id: item["id"]!, output_index })),
    { type: "response.output_item.done", output_index, item },
  ]);
  return {
    whole,
    events: [
      { type: "response.created", response: { ...whole, status: "in_progress", output: [] } },
      ...items,
      { type: "response.completed", response: whole },
    ],
  };
}

function deltasOf({ type }: JsonObject): JsonObject[] {
  if (type === "message") {
    return [{ type: "response.output_text.delta", content_index: 0, delta: "Done." }];
  }
  if (type !== "reasoning") return [];
  return [
    {
      type: "response.reasoning_summary_part.added",
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    },
    {
      type: "response.reasoning_summary_text.delta",
      summary_index: 0,
      delta: "I must pay.",
    },
    {
      type: "response.reasoning_summary_part.done",
      summary_index: 0,
      part: { type: "summary_text", text: "I must pay." },
    },
  ];
}

function opened(item: JsonObject): JsonObject {
  if (item["type"] === "message") return { ...item, content: [] };
  if (item["type"] === "function_call") return { ...item, arguments: "" };
  return { ...item, summary: [], encrypted_content: null };
}

/** https://platform.claude.com/docs/en/api/messages */
function ofAnthropic(isPaid: boolean): Answer {
  const head = { id: "msg_1", type: "message", role: "assistant", model: "claude-x" };
  const [reason, usage] = [
    isPaid ? "end_turn" : "tool_use",
    { input_tokens: 10, output_tokens: 5 },
  ];
  const content: JsonObject[] = isPaid
    ? [{ type: "text", text: "Done." }]
    : [
        { type: "thinking", thinking: "I must pay.", signature: proofs.anthropic },
        { type: "tool_use", id: "call_A", name: "pay", input: { amount: 7 } },
      ];
  const block = (index: number, content_block: JsonObject, ...deltas: JsonObject[]) => [
    { type: "content_block_start", index, content_block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
  const blocks: JsonObject[] = isPaid
    ? block(0, { type: "text", text: "" }, { type: "text_delta", text: "Done." })
    : [
        ...block(
          0,
          { type: "thinking", thinking: "", signature: "" },
          { type: "thinking_delta", thinking: "I must " },
          { type: "thinking_delta", thinking: "pay." },
          { type: "signature_delta", signature: proofs.anthropic },
        ),
        ...block(
          1,
          { type: "tool_use", id: "call_A", name: "pay", input: {} },
          { type: "input_json_delta", partial_json: '{"amount":' },
          { type: "input_json_delta", partial_json: "7}" },
        ),
      ];
  const start = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
  return {
    whole: { ...head, content, stop_reason: reason, stop_sequence: null, usage },
    events: [
      { type: "message_start", message: start },
      ...blocks,
      {
        type: "message_delta",
        delta: { stop_reason: reason, stop_sequence: null },
        usage: { output_tokens: 5 },
      },
      { type: "message_stop" },
    ],
  };
}

/** https://ai.google.dev/api/generate-content */
function ofGoogle(isPaid: boolean): Answer {
  const parts: JsonObject[] = isPaid
    ? [{ text: "Done." }]
    : [
        { text: "I must pay.", thought: true },
        {
          functionCall: { name: "pay", args: { amount: 7 } },
          thoughtSignature: proofs.google,
        },
      ];
  const whole: JsonObject = {
    candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
    usageMetadata: {
      promptTokenCount: 10,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 3,
      totalTokenCount: 15,
    },
    responseId: "resp_1",
    modelVersion: "gemini-3",
  };
  return { whole, events: [whole] };
}
