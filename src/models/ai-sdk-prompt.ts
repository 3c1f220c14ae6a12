import { UserError } from "../agents/errors.ts";
import {
  isAssistantMessage,
  toInputItems,
  type AgentInputItem,
  type AssistantMessageItem,
  type FunctionCallItem,
  type HostedToolCallItem,
  type ReasoningItem,
  type UnknownItem,
} from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { toToolOutput, toUserParts } from "./ai-sdk-files.ts";
import { isOf, toOptions, type AiSdkTarget, type AiSdkObject } from "./ai-sdk-spec.ts";

/**
 * Items as messages of the AI SDK. What a model said in one turn is one message, in its order, and
 * so are the outputs of its calls: some providers take neither apart.
 *
 * @throws UserError for items and contents that have no place there
 */
export function toPrompt(
  target: AiSdkTarget,
  { systemInstructions, input }: { systemInstructions?: string; input: string | AgentInputItem[] },
): AiSdkObject[] {
  const messages: AiSdkObject[] = [];
  const add = (role: "assistant" | "tool", parts: readonly AiSdkObject[]): void => {
    if (parts.length === 0) return;
    const last = messages.at(-1);
    if (last?.["role"] === role && Array.isArray(last["content"])) last["content"].push(...parts);
    else messages.push({ role, content: [...parts] });
  };
  if (systemInstructions) messages.push({ role: "system", content: systemInstructions });
  for (const item of toInputItems(input)) {
    if (item.type === "function_call_result") {
      const { callId: toolCallId, name: toolName, providerData } = item;
      const output = toToolOutput(target, item.output);
      const options = toOptions(target, providerData);
      add("tool", [{ type: "tool-result", toolCallId, toolName, output, ...options }]);
    } else if ("role" in item && !isAssistantMessage(item)) {
      const { role, content, providerData } = item;
      const said = role === "system" ? content : toUserParts(target, content);
      messages.push({ role, content: said, ...toOptions(target, providerData) });
    } else if (item.type === "unknown" && !isKeptPart(item)) {
      messages.push({ ...item.providerData });
    } else {
      add("assistant", toAssistantParts(target, item));
    }
  }
  return messages;
}

function toAssistantParts(target: AiSdkTarget, item: AgentInputItem): AiSdkObject[] {
  if (isAssistantMessage(item)) return toTexts(target, item);
  switch (item.type) {
    case "reasoning":
      return toReasoning(target, item);
    case "function_call":
      return [toCall(target, item)];
    case "hosted_tool_call":
      return toProviderCall(target, item);
    case "unknown":
      return toKeptPart(target, item);
    default:
      throw new UserError(
        `Cannot send an item of type "${item.type}" to a model of the AI SDK: it has no place for it`,
      );
  }
}

/** What belongs to a whole message goes with its last part, as the AI SDK reads it. */
function toTexts(
  target: AiSdkTarget,
  { content, providerData }: AssistantMessageItem,
): AiSdkObject[] {
  return content.map((part, index) => ({
    type: "text",
    text: part.type === "refusal" ? part.refusal : part.text,
    ...toOptions(
      target,
      index === content.length - 1 ? providerData : undefined,
      part.providerData,
    ),
  }));
}

function toReasoning(target: AiSdkTarget, item: ReasoningItem): AiSdkObject[] {
  const { rawContent, content, providerData } = item;
  const text = (rawContent ?? content).map((part) => part.text).join("");
  const options = toOptions(target, providerData);
  // An empty thought is none, unless something was signed.
  if (text === "" && options.providerOptions === undefined) return [];
  return [{ type: "reasoning", text, ...options }];
}

function toCall(target: AiSdkTarget, item: FunctionCallItem): AiSdkObject {
  const { callId, name, providerData } = item;
  return {
    type: "tool-call",
    toolCallId: callId,
    toolName: name,
    input: parse(item.arguments),
    ...toOptions(target, providerData),
  };
}

/** Arguments that cannot be read were answered with an error: the model sees that. */
function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}

/** A call that the provider ran itself, and what came of it; nothing of another model's. */
function toProviderCall(target: AiSdkTarget, item: HostedToolCallItem): AiSdkObject[] {
  const { id, name, output, providerData } = item;
  const { model, result, ...metadata } = providerData ?? {};
  if (typeof model !== "string" || !isOf(target, model)) {
    throw new UserError(
      `Cannot send the call of "${name}" to "${target.modelId}": another model's provider ran it`,
    );
  }
  const called = { toolCallId: id, toolName: name };
  const options = toOptions(target, metadata);
  const call = {
    type: "tool-call",
    ...called,
    input: parse(item.arguments),
    providerExecuted: true,
    ...options,
  };
  if (output === undefined) return [call];
  const isError = isJsonObject(result) && result["isError"] === true;
  const told = toOptions(target, isJsonObject(result) ? result : {}, metadata);
  const value = { type: isError ? "error-json" : "json", value: parse(output) };
  return [call, { type: "tool-result", ...called, output: value, ...told }];
}

/** Where an item keeps a part that has no item of its own. */
const partField = "aiSdkPart";

/** A part of an answer that is sent back as it came: a file, or something of the provider's own. */
export function keepPart(kept: AiSdkObject, part: AiSdkObject): UnknownItem {
  return { type: "unknown", providerData: { ...kept, [partField]: part } };
}

function isKeptPart({ providerData }: UnknownItem): boolean {
  return isJsonObject(providerData?.[partField]);
}

function toKeptPart(target: AiSdkTarget, { providerData }: UnknownItem): AiSdkObject[] {
  const { model, [partField]: part, ...metadata } = providerData ?? {};
  if (typeof model !== "string" || !isOf(target, model) || !isJsonObject(part)) return [];
  const { data } = part;
  const url = isJsonObject(data) ? data["url"] : undefined;
  const revived = typeof url === "string" ? { data: { type: "url", url: new URL(url) } } : {};
  return [{ ...part, ...revived, ...toOptions(target, metadata) }];
}
