import * as z from "zod";
import type {
  AgentOutputItem,
  AssistantMessageItem,
  FunctionCallResultItem,
  HostedToolCallItem,
  InputContent,
  ReasoningItem,
} from "../agents/items.ts";
import { Usage } from "../agents/usage.ts";
import { unreadable } from "./model-error.ts";

const text = z.string();
const optional = text.nullish().transform((value) => value ?? undefined);
const status = z.enum(["in_progress", "completed", "incomplete"]).nullish().catch("incomplete");

const rawItem = z.looseObject({ type: text });
type RawItem = z.infer<typeof rawItem>;

const count = z.number().nullish().catch(undefined);
const counts = z.record(text, z.unknown()).nullish().catch(undefined);
const rawUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  total_tokens: count,
  input_tokens_details: counts,
  output_tokens_details: counts,
});

const rawResponse = z.looseObject({
  id: optional,
  status: optional,
  incomplete_details: z.looseObject({ reason: optional }).nullish(),
  error: z.looseObject({ code: optional, message: optional }).nullish(),
  output: z.array(rawItem),
  usage: rawUsage.nullish(),
});

export type RawResponse = z.infer<typeof rawResponse>;

/** @throws ModelError `invalid_response` when `value` is not a response of the Responses API. */
export function parseResponse(value: unknown): RawResponse {
  return parse(rawResponse, value);
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw unreadable(result.error.issues);
  return result.data;
}

/** Usage of one request; a server that does not say is taken to have used nothing. */
export function toResponsesUsage(usage: RawResponse["usage"]): Usage {
  const one = {
    inputTokens: usage?.input_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
    totalTokens: usage?.total_tokens ?? 0,
    inputTokensDetails: toCounts(usage?.input_tokens_details),
    outputTokensDetails: toCounts(usage?.output_tokens_details),
  };
  return new Usage({
    requests: 1,
    ...one,
    requestUsageEntries: [{ ...one, endpoint: "responses.create" }],
  });
}

function toCounts(details: z.infer<typeof counts>): Record<string, number> {
  const known: Record<string, number> = {};
  for (const [name, value] of Object.entries(details ?? {})) {
    if (typeof value === "number") known[name] = value;
  }
  return known;
}

/**
 * Output items of the Responses API as ours, in order. What has no type here becomes an `unknown`
 * item that goes back unchanged.
 *
 * @throws ModelError `invalid_response` when an item lacks what its type promises.
 */
export function fromResponsesOutput(items: readonly RawItem[]): AgentOutputItem[] {
  return items.map((item) => fromItem(item));
}

function fromItem(item: RawItem): AgentOutputItem {
  switch (item.type) {
    case "message":
      return fromMessage(item);
    case "function_call":
      return fromFunctionCall(item);
    case "function_call_output":
      return fromFunctionCallOutput(item);
    case "reasoning":
      return fromReasoning(item);
    case "web_search_call":
    case "file_search_call":
    case "code_interpreter_call":
    case "image_generation_call":
    case "mcp_call":
    case "mcp_list_tools":
    case "mcp_approval_request":
      return fromHostedCall(item);
    case "compaction":
      return fromCompaction(item);
    default:
      return defined({
        type: "unknown",
        id: typeof item["id"] === "string" ? item["id"] : undefined,
        providerData: item,
      });
  }
}

const outputPart = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("output_text"), text }),
  z.looseObject({ type: z.literal("refusal"), refusal: text }),
]);

const messageItem = z.looseObject({
  id: optional,
  type: text,
  role: z.literal("assistant"),
  content: z.array(outputPart),
  status,
  phase: z.enum(["commentary", "final_answer"]).optional().catch(undefined),
});

function fromMessage(item: RawItem): AssistantMessageItem {
  const { id, role, content, status: state, phase } = parse(messageItem, item);
  return defined({
    type: "message",
    id,
    role,
    status: state ?? "completed",
    content: content.map((part) => fromOutputPart(part)),
    phase,
    providerData: without(item, ["id", "type", "role", "content", "status"]),
  });
}

function fromOutputPart(part: z.infer<typeof outputPart>): AssistantMessageItem["content"][number] {
  if (part.type === "output_text") {
    const { type, text: said, ...providerData } = part;
    return { type, text: said, providerData };
  }
  const { type, refusal, ...providerData } = part;
  return { type, refusal, providerData };
}

const functionCall = z.looseObject({
  id: optional,
  call_id: text,
  name: text,
  namespace: optional,
  arguments: text,
  status,
});

function fromFunctionCall(item: RawItem): AgentOutputItem {
  const parsed = parse(functionCall, item);
  const own = ["call_id", "name", "namespace", "arguments", "status", "caller"];
  return defined({
    type: "function_call",
    id: parsed.id,
    callId: parsed.call_id,
    name: parsed.name,
    namespace: parsed.namespace,
    status: parsed.status ?? undefined,
    arguments: parsed.arguments,
    caller: parsed["caller"],
    providerData: without(item, own),
  });
}

const resultPart = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("input_text"), text }),
  z.looseObject({
    type: z.literal("input_image"),
    image_url: optional,
    file_id: optional,
    detail: optional,
  }),
  z.looseObject({
    type: z.literal("input_file"),
    file_data: optional,
    file_url: optional,
    file_id: optional,
    filename: optional,
  }),
]);

const functionCallOutput = z.looseObject({
  id: optional,
  call_id: text,
  name: optional,
  function_name: optional,
  namespace: optional,
  output: z.union([text, z.array(resultPart)]),
  status,
});

function fromFunctionCallOutput(item: RawItem): FunctionCallResultItem {
  const parsed = parse(functionCallOutput, item);
  const { call_id: callId, name, function_name: functionName, output, namespace } = parsed;
  const own = ["call_id", "name", "function_name", "namespace", "output", "status", "caller"];
  return defined({
    type: "function_call_result",
    id: parsed.id,
    callId,
    name: name ?? functionName ?? callId,
    namespace,
    status: parsed.status ?? "completed",
    output: typeof output === "string" ? output : output.map((part) => fromResultPart(part)),
    caller: parsed["caller"],
    providerData: without(item, own),
  });
}

function fromResultPart(part: z.infer<typeof resultPart>): InputContent {
  if (part.type === "input_text") return { type: "input_text", text: part.text };
  const byId = part.file_id === undefined ? undefined : { id: part.file_id };
  if (part.type === "input_image") {
    return defined({ type: "input_image", image: part.image_url ?? byId, detail: part.detail });
  }
  const byUrl = part.file_url === undefined ? undefined : { url: part.file_url };
  const file = part.file_data ?? byUrl ?? byId;
  return defined({ type: "input_file", file, filename: part.filename });
}

const reasoningItem = z.looseObject({
  id: optional,
  summary: z
    .array(z.looseObject({ text }))
    .nullish()
    .transform((value) => value ?? []),
});

function fromReasoning(item: RawItem): ReasoningItem {
  const { summary, ...rest } = parse(reasoningItem, item);
  return defined({
    type: "reasoning",
    id: rest.id,
    content: summary.map(({ text: said, ...more }) => ({
      type: "input_text" as const,
      text: said,
      providerData: more,
    })),
    providerData: defined(rest),
  });
}

const hostedCall = z.looseObject({ id: optional, status: optional });

function fromHostedCall(item: RawItem): HostedToolCallItem {
  const { id, status: state } = parse(hostedCall, item);
  const isMcp = item.type.startsWith("mcp_");
  const outputField = { mcp_call: "output", image_generation_call: "result" }[item.type];
  const output = outputField === undefined ? undefined : item[outputField];
  const lifted = item.type === "mcp_call" || typeof output === "string" ? [outputField ?? ""] : [];
  return defined({
    type: "hosted_tool_call",
    id,
    name: item.type,
    status: state ?? (isMcp ? "completed" : undefined),
    output: typeof output === "string" ? output : undefined,
    providerData: without(item, isMcp ? lifted : [...lifted, "status"]),
  });
}

const compaction = z.looseObject({ id: optional, encrypted_content: text, created_by: optional });

function fromCompaction(item: RawItem): AgentOutputItem {
  const { encrypted_content: encrypted, created_by: createdBy, ...rest } = parse(compaction, item);
  return defined({
    type: "compaction",
    id: rest.id,
    encrypted_content: encrypted,
    created_by: createdBy,
    providerData: defined(rest),
  });
}

function without(fields: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== undefined && !names.includes(name)),
  );
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): T {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) Reflect.deleteProperty(fields, key);
  }
  return fields;
}
