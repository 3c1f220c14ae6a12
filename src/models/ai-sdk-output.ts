import { randomBytes } from "node:crypto";
import { UserError } from "../agents/errors.ts";
import {
  toInputItems,
  type AgentInputItem,
  type AgentOutputItem,
  type AssistantMessageItem,
  type HostedToolCallItem,
} from "../agents/items.ts";
import { Usage } from "../agents/usage.ts";
import { isJsonObject } from "../lib/json.ts";
import { ModelError } from "../openai/model-error.ts";
import { keepPart } from "./ai-sdk-prompt.ts";
import { toKept, type AiSdkTarget, type AiSdkObject } from "./ai-sdk-spec.ts";

/** A whole answer, however it came. */
export interface AiSdkAnswer {
  content: readonly AiSdkObject[];
  finishReason: unknown;
  usage: unknown;
  providerMetadata?: unknown;
  warnings?: unknown;
}

/**
 * The parts of an answer as items, in their order; what the provider wants to see again goes with
 * each. Texts that follow each other are one message.
 *
 * @throws ModelError where the provider says that it failed
 */
export function toItems(
  target: AiSdkTarget,
  answer: AiSdkAnswer,
  input: string | AgentInputItem[],
): AgentOutputItem[] {
  const finish = reasonOf(answer.finishReason);
  if (finish.unified === "error") {
    const raw = finish.raw === undefined ? "" : `: ${finish.raw}`;
    throw new ModelError("server_error", `The model provider failed${raw}`);
  }
  const isWithheld = finish.unified === "content-filter";
  const items: AgentOutputItem[] = [];
  const callIds = freshIds(input);
  const calls = new Map<unknown, HostedToolCallItem>();
  for (const part of answer.content) {
    const kept = toKept(target, part["providerMetadata"]);
    switch (part["type"]) {
      case "text":
        addText(items, { text: textOf(part["text"]), kept, isWithheld });
        break;
      case "reasoning":
        addReasoning(items, textOf(part["text"]), kept);
        break;
      case "tool-call": {
        const item = toCall(part, kept, callIds);
        if (item.type === "hosted_tool_call") calls.set(part["toolCallId"], item);
        items.push(item);
        break;
      }
      case "tool-result":
        addResult(calls.get(part["toolCallId"]), part);
        break;
      case "file":
      case "reasoning-file":
      case "custom":
        items.push(keepPart(kept, toPlain(part)));
        break;
      case "tool-approval-request":
        throw new UserError(
          "Cannot go on: the provider asks to approve a tool that it runs itself, which aisdk() cannot answer. Let the provider ask for no approval, or give the tool to the agent",
        );
      default:
        break;
    }
  }
  if (isWithheld && !items.some(({ type }) => type === "message")) {
    const text = "The model provider's content filter withheld the answer.";
    addText(items, { text, kept: toKept(target, undefined), isWithheld });
  }
  return items;
}

/** Of version 2 a word, since then with what the provider said. */
function reasonOf(reason: unknown): { unified?: string; raw?: string } {
  if (typeof reason === "string") return { unified: reason };
  if (!isJsonObject(reason)) return {};
  const { unified, raw } = reason;
  return {
    ...(typeof unified === "string" && { unified }),
    ...(typeof raw === "string" && { raw }),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function addText(
  items: AgentOutputItem[],
  { text, kept, isWithheld }: { text: string; kept: AiSdkObject; isWithheld: boolean },
): void {
  const part: AssistantMessageItem["content"][number] = isWithheld
    ? { type: "refusal", refusal: text, providerData: kept }
    : { type: "output_text", text, providerData: kept };
  const last = items.at(-1);
  if (last?.type === "message" && isSameMessage(last, kept)) {
    last.content.push(part);
    return;
  }
  const { model } = kept;
  const message = { type: "message", role: "assistant", status: "completed" } as const;
  items.push({ ...message, content: [part], providerData: { model } });
}

/** Providers that name their messages mean two by two names. */
function isSameMessage({ content }: AssistantMessageItem, kept: AiSdkObject): boolean {
  const before = itemIdOf(content.at(-1)?.providerData);
  const now = itemIdOf(kept);
  return before === undefined || now === undefined || before === now;
}

function itemIdOf(kept: AiSdkObject | undefined): unknown {
  for (const fields of Object.values(kept ?? {})) {
    if (isJsonObject(fields) && typeof fields["itemId"] === "string") return fields["itemId"];
  }
  return undefined;
}

function addReasoning(items: AgentOutputItem[], text: string, kept: AiSdkObject): void {
  if (text === "" && Object.keys(kept).length === 1) return;
  items.push({
    type: "reasoning",
    content: text === "" ? [] : [{ type: "input_text", text }],
    rawContent: [{ type: "reasoning_text", text }],
    providerData: kept,
  });
}

function toCall(
  part: AiSdkObject,
  kept: AiSdkObject,
  callIds: (id: string) => string,
): Extract<AgentOutputItem, { type: "function_call" | "hosted_tool_call" }> {
  const { input, providerExecuted } = part;
  const [id, name] = [textOf(part["toolCallId"]), textOf(part["toolName"])];
  const text = typeof input === "string" ? input : JSON.stringify(input ?? {});
  const called = {
    name,
    arguments: text.trim() === "" ? "{}" : text,
    status: "completed",
  } as const;
  return providerExecuted === true
    ? { type: "hosted_tool_call", id, ...called, providerData: kept }
    : { type: "function_call", callId: callIds(id), ...called, providerData: kept };
}

/** A result that is not the last of its call says how far it is. */
function addResult(call: HostedToolCallItem | undefined, part: AiSdkObject): void {
  if (call === undefined || part["preliminary"] === true) return;
  const { result, isError, providerMetadata } = part;
  call.output = JSON.stringify(result ?? null);
  const said = isJsonObject(providerMetadata) ? providerMetadata : {};
  const told = { ...said, ...(isError === true && { isError }) };
  if (Object.keys(told).length > 0) call.providerData = { ...call.providerData, result: told };
}

/** Ids that no call of the conversation has: outputs find their calls by them. */
function freshIds(input: string | readonly AgentInputItem[]): (id: string) => string {
  const used = new Set([""]);
  for (const item of toInputItems(input)) if (item.type === "function_call") used.add(item.callId);
  return (id) => {
    const own = used.has(id) ? `call_${randomBytes(16).toString("base64url")}` : id;
    used.add(own);
    return own;
  };
}

/** As it can be written down: bytes as base64, an address as text; without what goes beside it. */
function toPlain({ providerMetadata: _metadata, ...part }: AiSdkObject): AiSdkObject {
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (value instanceof URL) return value.href;
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  };
  return plain(part) as AiSdkObject;
}

/** Usage of one request; what the provider does not say counts as nothing. */
export function toUsage(given: unknown): Usage {
  const usage = isJsonObject(given) ? given : {};
  const { inputTokens: input, outputTokens: output, totalTokens } = usage;
  const [into, out] = [detailsOf(input), detailsOf(output)];
  const inputTokens = count(input) ?? count(into["total"]) ?? 0;
  const outputTokens = count(output) ?? count(out["total"]) ?? 0;
  return new Usage({
    requests: 1,
    inputTokens,
    outputTokens,
    totalTokens: count(totalTokens) ?? inputTokens + outputTokens,
    inputTokensDetails: counts({
      cached_tokens: into["cacheRead"] ?? usage["cachedInputTokens"],
      cache_write_tokens: into["cacheWrite"],
    }),
    outputTokensDetails: counts({
      reasoning_tokens: out["reasoning"] ?? usage["reasoningTokens"],
      text_tokens: out["text"],
    }),
  });
}

function detailsOf(value: unknown): AiSdkObject {
  return isJsonObject(value) ? value : {};
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function counts(details: AiSdkObject): Record<string, number> {
  const known: Record<string, number> = {};
  for (const [name, value] of Object.entries(details)) {
    const number = count(value);
    if (number !== undefined) known[name] = number;
  }
  return known;
}

/** What else was said of the answer, as it can be kept. */
export function toResponseData(answer: AiSdkAnswer): AiSdkObject {
  const { finishReason, providerMetadata, warnings, content } = answer;
  const sources = content.filter(({ type }) => type === "source");
  const said = {
    finishReason,
    ...(isJsonObject(providerMetadata) && { providerMetadata }),
    ...(Array.isArray(warnings) && warnings.length > 0 && { warnings }),
    ...(sources.length > 0 && { sources }),
  };
  return JSON.parse(JSON.stringify(said)) as AiSdkObject;
}
