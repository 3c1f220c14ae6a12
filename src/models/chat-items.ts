import { UserError } from "../agents/errors.ts";
import { toInputItems } from "../agents/items.ts";
import type {
  AgentInputItem,
  AssistantMessageItem,
  FunctionCallItem,
  FunctionCallResultItem,
  InputContent,
  InputFile,
  ReasoningItem,
} from "../agents/items.ts";

type Wire = Record<string, unknown>;

/** One assistant message in the making: its text, then the calls that belong to it. */
interface AssistantTurn {
  content: string | undefined;
  refusal: string | undefined;
  calls: Wire[];
  further: Wire;
}

/**
 * Items as messages of Chat Completions. An assistant's message, its reasoning and its calls are
 * one message there, since the outputs of calls must follow it directly.
 *
 * @throws UserError for items and contents that this API has no place for.
 */
export function toChatMessages(input: string | readonly AgentInputItem[]): Wire[] {
  const messages: Wire[] = [];
  let turn: AssistantTurn | undefined;
  const endTurn = (): void => {
    if (turn !== undefined) messages.push(toAssistantWire(turn));
    turn = undefined;
  };
  const openTurn = (): AssistantTurn =>
    (turn ??= { content: undefined, refusal: undefined, calls: [], further: {} });

  for (const item of toInputItems(input)) {
    if (item.type === "reasoning") {
      Object.assign(openTurn().further, toReasoningField(item));
    } else if (item.type === "function_call") {
      openTurn().calls.push(toToolCall(item));
    } else if ("role" in item && item.role === "assistant") {
      // Two messages in a row are two turns, unless calls wait for their outputs.
      if (turn !== undefined && isSaid(turn) && turn.calls.length === 0) endTurn();
      addMessage(openTurn(), item);
    } else {
      endTurn();
      messages.push(toMessage(item));
    }
  }
  endTurn();
  return messages;
}

function isSaid({ content, refusal }: AssistantTurn): boolean {
  return content !== undefined || refusal !== undefined;
}

/** Text goes as one string: many servers refuse, or overlook, an assistant's content in parts. */
function addMessage(turn: AssistantTurn, item: AssistantMessageItem): void {
  for (const part of item.content) {
    if (part.type === "output_text") turn.content = (turn.content ?? "") + part.text;
    else if (part.type === "refusal") turn.refusal = (turn.refusal ?? "") + part.refusal;
    else throw unsupported("content", part);
  }
  if (!isSaid(turn)) turn.content = "";
  Object.assign(turn.further, without(item.providerData, ["role", "content", "tool_calls"]));
}

function toAssistantWire({ content, refusal, calls, further }: AssistantTurn): Wire {
  return {
    ...further,
    role: "assistant",
    content: content ?? null,
    ...(refusal !== undefined && { refusal }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** Reasoning goes back under the name it came by; servers differ. */
function toReasoningField(item: ReasoningItem): Wire {
  const text = (item.rawContent ?? []).map((part) => part.text).join("");
  if (text === "") return {};
  return {
    [item.providerData?.["field"] === reasoningContent ? reasoningContent : "reasoning"]: text,
  };
}

/** How vLLM, LM Studio and DeepSeek name what others call `reasoning`. */
export const reasoningContent = "reasoning_content";

function toToolCall(item: FunctionCallItem): Wire {
  return {
    ...without(item.providerData, ["id", "type", "function", "index", "name", "arguments"]),
    id: item.callId,
    type: "function",
    function: { name: item.name, arguments: item.arguments },
  };
}

function toMessage(item: Exclude<AgentInputItem, AssistantMessageItem>): Wire {
  if (item.type === undefined || item.type === "message") {
    const { content, role } = item;
    if (role !== "user" && role !== "system") throw unsupported("item", item);
    return {
      ...without(item.providerData, ["role", "content"]),
      role,
      content: toContent(content),
    };
  }
  if (item.type === "function_call_result") {
    const further = without(item.providerData, ["role", "tool_call_id", "content"]);
    return { ...further, role: "tool", tool_call_id: item.callId, content: toText(item) };
  }
  if (item.type === "unknown") return { ...item.providerData };
  throw unsupported("item", item);
}

function toContent(content: string | readonly InputContent[]): string | Wire[] {
  if (typeof content === "string") return content;
  const [first, ...others] = content;
  const isPlain = first?.type === "input_text" && first.providerData === undefined;
  return isPlain && others.length === 0 ? first.text : content.map((part) => toPart(part));
}

function toPart(part: InputContent): Wire {
  switch (part.type) {
    case "input_text":
      return { ...without(part.providerData, ["type", "text"]), type: "text", text: part.text };
    case "input_image": {
      if (typeof part.image !== "string") {
        throw new UserError("Cannot send an image by file id to Chat Completions: use a URL");
      }
      const detail = part.detail === undefined ? {} : { detail: part.detail };
      return {
        ...without(part.providerData, ["type", "image_url"]),
        type: "image_url",
        image_url: { url: part.image, ...detail },
      };
    }
    case "input_file":
      return {
        ...without(part.providerData, ["type", "file"]),
        type: "file",
        file: toFile(part),
      };
    default:
      throw unsupported("content", part);
  }
}

function toFile({ file, filename }: InputFile): Wire {
  const name = filename === undefined ? {} : { filename };
  if (typeof file === "string" && file.startsWith("data:")) return { file_data: file, ...name };
  if (typeof file === "object" && "id" in file) return { file_id: file.id, ...name };
  throw new UserError("Cannot send a file by URL to Chat Completions: use a data URL or a file id");
}

/** Tool messages hold text only; what else there was is named, so that it is not missed. */
function toText({ output }: FunctionCallResultItem): string {
  if (typeof output === "string") return output;
  if (!Array.isArray(output)) return output.type === "text" ? output.text : omitted(output.type);
  return output
    .map((part) => (part.type === "input_text" ? part.text : omitted(part.type.slice(6))))
    .join("");
}

function omitted(kind: string): string {
  return `[${kind} omitted]`;
}

function without(fields: Wire | undefined, names: readonly string[]): Wire {
  const kept = { ...fields };
  for (const name of names) delete kept[name];
  return kept;
}

function unsupported(what: string, value: { type?: unknown; role?: unknown }): UserError {
  const kind = String(value.type ?? value.role);
  return new UserError(`Cannot send ${what} of type "${kind}" to Chat Completions`);
}
