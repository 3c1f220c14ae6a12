import { toInputItems } from "../agents/items.ts";
import type {
  AgentInputItem,
  AssistantMessageItem,
  FunctionCallItem,
  FunctionCallResultItem,
  HostedToolCallItem,
  ReasoningItem,
  SystemMessageItem,
  UnknownItem,
  UserMessageItem,
} from "../agents/items.ts";
import { toInputPart, toOutput, toOutputPart } from "./responses-content.ts";
import { defined, further, unsupported, type Wire } from "./wire.ts";

/** Items never change, and every item of a run is sent again at every turn. */
const converted = new WeakMap<AgentInputItem, Wire>();

/**
 * Items as the Responses API takes them, one for one and in order; not to be changed. `providerData`
 * goes along in snake case, and never replaces a field of the item's own.
 *
 * @throws UserError for items and contents that this API has no place for.
 */
export function toResponsesInput(input: string | readonly AgentInputItem[]): Wire[] {
  return toInputItems(input).map((item) => {
    const wire = converted.get(item) ?? toWireItem(item);
    converted.set(item, wire);
    return wire;
  });
}

function toWireItem(item: AgentInputItem): Wire {
  if (item.type === undefined || item.type === "message") return toMessage(item);
  switch (item.type) {
    case "function_call":
      return toFunctionCall(item);
    case "function_call_result":
      return toFunctionCallOutput(item);
    case "reasoning":
      return toReasoning(item);
    case "hosted_tool_call":
      return toHostedCall(item);
    case "compaction":
      return defined({
        type: "compaction",
        id: item.id,
        encrypted_content: item.encrypted_content,
      });
    case "unknown":
      return toUnknown(item);
    default:
      throw unsupported("item", item);
  }
}

function toMessage(item: UserMessageItem | SystemMessageItem | AssistantMessageItem): Wire {
  if (item.role === "assistant") return toAssistantMessage(item);
  if (item.role !== "user" && item.role !== "system") throw unsupported("item", item);
  const { content } = item;
  return defined({
    ...further(item.providerData, ["role", "content", "id", "phase", "created_by"]),
    id: item.id,
    role: item.role,
    content: typeof content === "string" ? content : content.map((part) => toInputPart(part)),
  });
}

function toAssistantMessage(item: AssistantMessageItem): Wire {
  const own = ["type", "role", "content", "id", "status", "phase", "created_by"];
  return defined({
    ...further(item.providerData, own),
    type: "message",
    id: item.id,
    role: "assistant",
    content: item.content.map((part) => toOutputPart(part)),
    status: item.status,
    phase: item.phase ?? item.providerData?.["phase"],
  });
}

const callFields = ["type", "id", "status", "call_id", "namespace", "caller", "created_by"];

function toFunctionCall(item: FunctionCallItem): Wire {
  return defined({
    ...further(item.providerData, [...callFields, "name", "arguments"]),
    type: "function_call",
    id: item.id,
    call_id: item.callId,
    name: item.name,
    namespace: item.namespace,
    arguments: item.arguments,
    status: item.status,
    caller: item.caller,
  });
}

function toFunctionCallOutput(item: FunctionCallResultItem): Wire {
  return defined({
    ...further(item.providerData, [...callFields, "output"]),
    type: "function_call_output",
    id: item.id,
    call_id: item.callId,
    output: toOutput(item.output),
    status: item.status,
    caller: item.caller,
  });
}

function toReasoning(item: ReasoningItem): Wire {
  return defined({
    ...further(item.providerData, ["type", "id", "summary", "created_by"]),
    type: "reasoning",
    id: item.id,
    summary: item.content.map((part) => ({
      ...further(part.providerData, ["type", "text"]),
      type: "summary_text",
      text: part.text,
    })),
  });
}

/**
 * What a hosted call was is told by its `providerData`: the name alone is the tool's, which may
 * be chosen freely.
 */
function toHostedCall(item: HostedToolCallItem): Wire {
  const data = item.providerData ?? {};
  const type = typeof data["type"] === "string" ? data["type"] : item.name;
  const status = item.status ?? "failed";
  const own = { ...further(data, ["type", "id", "status", "created_by"]), id: item.id };
  switch (type) {
    case "web_search":
    case "web_search_call":
      return defined({ ...own, type: "web_search_call", status });
    case "file_search":
    case "file_search_call":
      return defined({ queries: [], ...own, type: "file_search_call", status });
    case "code_interpreter":
    case "code_interpreter_call": {
      const outputs = data["outputs"] ?? data["results"] ?? [];
      return defined({ code: "", ...own, outputs, type: "code_interpreter_call", status });
    }
    case "image_generation":
    case "image_generation_call":
      return defined({ result: null, ...own, type: "image_generation_call", status });
    case "mcp_list_tools":
      return defined({ ...own, type, status: data["status"] });
    case "mcp_call":
    case "mcp_approval_request":
      return defined({ ...own, type, id: data["id"] ?? item.id, status: data["status"] });
    case "mcp_approval_response":
      return defined({ ...own, type, id: data["id"], status: data["status"] });
    default:
      throw unsupported("hosted tool call", { type });
  }
}

function toUnknown(item: UnknownItem): Wire {
  return defined({ ...further(item.providerData, ["id", "created_by"]), id: item.id });
}
