import { randomBytes } from "node:crypto";
import * as z from "zod";
import { toInputItems, type AgentInputItem, type AgentOutputItem } from "../agents/items.ts";
import { Usage } from "../agents/usage.ts";
import { reasoningContent } from "./chat-items.ts";
import { ModelError, unreadable } from "../openai/model-error.ts";

const text = z.string();
const optional = text.nullish().transform((value) => value ?? undefined);

const rawCall = z.looseObject({
  id: optional,
  index: z.number().nullish(),
  function: z
    .looseObject({
      name: optional,
      // Some servers send the parsed object.
      arguments: z.union([text, z.record(text, z.unknown())]).nullish(),
    })
    .nullish(),
});
export type RawCall = z.infer<typeof rawCall>;

const rawMessage = z.looseObject({
  content: optional,
  refusal: optional,
  reasoning: optional.catch(undefined),
  reasoning_content: optional.catch(undefined),
  tool_calls: z.array(rawCall).nullish(),
});
export type RawMessage = z.infer<typeof rawMessage>;

const count = z.number().nullish().catch(undefined);
const counts = z.record(text, z.unknown()).nullish().catch(undefined);
const rawUsage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: counts,
  completion_tokens_details: counts,
});
export type RawUsage = z.infer<typeof rawUsage>;

const completion = z.looseObject({
  id: optional,
  choices: z.tuple([z.looseObject({ finish_reason: optional, message: rawMessage })], z.unknown()),
  usage: rawUsage.nullish(),
});

const chunk = z.looseObject({
  id: optional,
  choices: z
    .array(z.looseObject({ finish_reason: optional, delta: rawMessage.nullish() }))
    .nullish(),
  usage: rawUsage.nullish(),
});

/** @throws ModelError `invalid_response` when `value` is not a chat completion. */
export function parseCompletion(value: unknown): z.infer<typeof completion> {
  const parsed = completion.safeParse(value);
  if (!parsed.success) throw unreadable(parsed.error.issues);
  return parsed.data;
}

/** @throws ModelError `invalid_response` when `value` is not a chunk of a chat completion. */
export function parseChunk(value: unknown): z.infer<typeof chunk> {
  const parsed = chunk.safeParse(value);
  if (!parsed.success) throw unreadable(parsed.error.issues);
  return parsed.data;
}

/** Usage of one request; a server that does not say is taken to have used nothing. */
export function toChatUsage(usage: RawUsage | null | undefined): Usage {
  const inputTokens = usage?.prompt_tokens ?? 0;
  const outputTokens = usage?.completion_tokens ?? 0;
  return new Usage({
    requests: 1,
    inputTokens,
    outputTokens,
    totalTokens: usage?.total_tokens ?? inputTokens + outputTokens,
    inputTokensDetails: toCounts(usage?.prompt_tokens_details),
    outputTokensDetails: toCounts(usage?.completion_tokens_details),
  });
}

function toCounts(details: Record<string, unknown> | null | undefined): Record<string, number> {
  const known: Record<string, number> = {};
  for (const [name, value] of Object.entries(details ?? {})) {
    if (typeof value === "number") known[name] = value;
  }
  return known;
}

export interface ChatAnswer {
  message: RawMessage;
  finishReason: string | undefined;
  /** What was asked: calls get ids that are not in it. */
  input: string | AgentInputItem[];
}

/**
 * The message as items: reasoning, text or refusal, then the calls in order. None has an id:
 * this API gives none, and the Responses API would refuse an invented one.
 */
export function fromChatMessage({ message, finishReason, input }: ChatAnswer): AgentOutputItem[] {
  const calls = (message.tool_calls ?? []).filter((call) => call.function?.name !== undefined);
  const content = toContent(message, { finishReason, hasCalls: calls.length > 0 });
  return [
    ...toReasoning(message),
    ...(content.length === 0
      ? []
      : [{ type: "message", role: "assistant", status: "completed", content } as const]),
    ...toCalls(calls, input),
  ];
}

function toReasoning(message: RawMessage): AgentOutputItem[] {
  const said = message.reasoning ?? message.reasoning_content;
  if (said === undefined || said === "") return [];
  return [
    {
      type: "reasoning",
      content: [],
      rawContent: [{ type: "reasoning_text", text: said }],
      ...(message.reasoning === undefined && { providerData: { field: reasoningContent } }),
    },
  ];
}

type Content = Extract<AgentOutputItem, { role: "assistant" }>["content"];

function toContent(
  { content, refusal }: RawMessage,
  { finishReason, hasCalls }: { finishReason: string | undefined; hasCalls: boolean },
): Content {
  if (finishReason === "content_filter" && !content && !refusal) {
    const withheld = "The model provider's content filter withheld the answer.";
    return [{ type: "refusal", refusal: withheld, providerData: {} }];
  }
  const parts: Content = [];
  // An empty text is what streams begin with; alone it is the whole answer.
  if (content || (content === "" && !hasCalls && !refusal)) {
    parts.push({ type: "output_text", text: content, providerData: {} });
  }
  if (refusal) parts.push({ type: "refusal", refusal, providerData: {} });
  return parts;
}

function toCalls(calls: readonly RawCall[], input: string | AgentInputItem[]): AgentOutputItem[] {
  const used = new Set(
    toInputItems(input).map((item) => (item.type === "function_call" ? item.callId : "")),
  );
  used.add("");
  return calls.map(({ id, index: _index, type: _type, function: called, ...providerData }) => {
    const callId = id !== undefined && !used.has(id) ? id : freshId();
    used.add(callId);
    return {
      type: "function_call",
      callId,
      name: called?.name ?? "",
      arguments: toJsonText(called?.arguments),
      status: "completed",
      providerData,
    };
  });
}

function freshId(): string {
  return `call_${randomBytes(16).toString("base64url")}`;
}

function toJsonText(given: string | Record<string, unknown> | null | undefined): string {
  if (typeof given === "string") return given.trim() === "" ? "{}" : given;
  return JSON.stringify(given ?? {});
}

/** @throws ModelError when the body of a successful answer tells of a failure. */
export function assertNoError(data: unknown): void {
  if (typeof data !== "object" || data === null || !("error" in data) || !data.error) return;
  throw new ModelError("server_error", "The model provider answered with an error");
}
