import { UserError } from "../agents/errors.ts";
import { toInputItems } from "../agents/items.ts";
import type {
  AgentInputItem,
  AssistantMessageItem,
  FunctionCallItem,
  FunctionCallResultItem,
  HostedToolCallItem,
  InputContent,
  InputFile,
  ReasoningItem,
  SystemMessageItem,
  ToolOutputContent,
  ToolOutputFile,
  ToolOutputImage,
  UnknownItem,
  UserMessageItem,
} from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { toSnakeCase } from "../lib/snake-case.ts";

type Wire = Record<string, unknown>;

/** Items never change, and every item of a run is sent again at every turn. */
const converted = new WeakMap<AgentInputItem, Wire>();

/**
 * Items as the Responses API takes them, one for one and in order; not to be changed. `providerData` goes along in
 * snake case, and never replaces a field of the item's own.
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

function toInputPart(part: InputContent): Wire {
  switch (part.type) {
    case "input_text":
      return {
        ...further(part.providerData, ["type", "text"]),
        type: "input_text",
        text: part.text,
      };
    case "input_image":
      return {
        ...further(part.providerData, ["type", "image_url", "file_id", "detail"]),
        type: "input_image",
        detail: part.detail ?? "auto",
        ...toImageSource(part.image),
      };
    case "input_file":
      return { ...further(part.providerData, fileFields), ...toFilePart(part) };
    default:
      throw unsupported("content", part);
  }
}

const fileFields = ["type", "file_id", "file_url", "file_data", "filename"];

function toFilePart({ file, filename }: InputFile): Wire {
  return defined({ type: "input_file", ...toFileSource(file), filename });
}

function toImageSource(image: string | { id: string } | undefined): Wire {
  if (image === undefined) return {};
  return typeof image === "string" ? { image_url: image } : { file_id: image.id };
}

function toFileSource(file: InputFile["file"]): Wire {
  if (file === undefined) return {};
  if (typeof file !== "string") {
    return "url" in file ? { file_url: file.url } : { file_id: file.id };
  }
  return isWebAddress(file) ? { file_url: file } : { file_data: file };
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
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

function toOutputPart(part: AssistantMessageItem["content"][number]): Wire {
  switch (part.type) {
    case "output_text":
      return {
        annotations: [],
        ...further(part.providerData, ["type", "text"]),
        type: "output_text",
        text: part.text,
      };
    case "refusal":
      return {
        ...further(part.providerData, ["type", "refusal"]),
        type: "refusal",
        refusal: part.refusal,
      };
    default:
      throw unsupported("content", part);
  }
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

function toOutput(output: FunctionCallResultItem["output"]): string | Wire[] {
  if (typeof output === "string") return output;
  if (!Array.isArray(output)) return toSingleOutput(output);
  return output.map((part) => {
    switch (part.type) {
      case "input_text":
        return { type: "input_text", text: part.text };
      case "input_image":
        return defined({
          type: "input_image",
          ...toImageSource(part.image),
          detail: part.detail,
        });
      case "input_file":
        return toFilePart(part);
      default:
        throw unsupported("tool output", part);
    }
  });
}

function toSingleOutput(output: ToolOutputContent): string | Wire[] {
  switch (output.type) {
    case "text":
      return output.text;
    case "image":
      return [
        defined({ type: "input_image", ...fromToolImage(output.image), detail: output.detail }),
      ];
    case "file":
      return [defined({ type: "input_file", ...fromToolFile(output.file) })];
    default:
      throw unsupported("tool output", output);
  }
}

function fromToolImage(image: ToolOutputImage["image"]): Wire {
  if (image === undefined) return {};
  if (typeof image === "string") return { image_url: image };
  if ("url" in image) return { image_url: image.url };
  if ("fileId" in image) return { file_id: image.fileId };
  return { image_url: toDataUrl(image.data, image.mediaType) };
}

function fromToolFile(file: ToolOutputFile["file"]): Wire {
  if (typeof file === "string") return toFileSource(file);
  const { filename } = file;
  if ("url" in file) return { file_url: file.url, filename };
  if ("id" in file) return { file_id: file.id, filename };
  return { file_data: toDataUrl(file.data, file.mediaType), filename };
}

function toDataUrl(data: string, mediaType: string | undefined): string {
  if (mediaType === undefined || data.startsWith("data:")) return data;
  return `data:${mediaType};base64,${data}`;
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

/** The fields of `data` but for the item's own, names in snake case down to arrays. */
function further(data: Wire | undefined, own: readonly string[] = []): Wire {
  // Most items have none.
  if (data === undefined) return nothing;
  const fields: Wire = {};
  for (const key of Object.keys(data)) {
    const name = toSnakeCase(key);
    // An assignment to the latter would make no field.
    if (own.includes(name) || name === "__proto__") continue;
    const value = data[key];
    fields[name] = isJsonObject(value) ? further(value) : value;
  }
  return fields;
}

const nothing: Wire = Object.freeze({});

/** Without the fields that are undefined. */
function defined(fields: Wire): Wire {
  const kept: Wire = {};
  for (const name of Object.keys(fields)) {
    if (fields[name] !== undefined) kept[name] = fields[name];
  }
  return kept;
}

function unsupported(what: string, value: { type?: unknown; role?: unknown }): UserError {
  const kind = String(value.type ?? value.role);
  return new UserError(`Cannot send ${what} of type "${kind}" to the Responses API`);
}
