import { UserError } from "../agents/errors.ts";
import type {
  ModelRequest,
  ModelSettings,
  SerializedHandoff,
  SerializedHostedTool,
  SerializedTool,
} from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { toSnakeCase } from "../lib/snake-case.ts";
import type { OpenAiCall } from "./openai-client.ts";
import { splitProviderData } from "./provider-data.ts";
import { toResponsesInput } from "../openai/responses-input.ts";
import { defined, type Wire } from "../openai/wire.ts";

/**
 * The call of the Responses API for `request`. Fields of `modelSettings.providerData` go before
 * ours, except for `stream`.
 *
 * @throws UserError when the tool choice names no offered tool, or an item cannot be sent.
 */
export function toResponsesCall(
  model: string,
  { request, stream }: { request: ModelRequest; stream: boolean },
): OpenAiCall {
  const { extra, further, headers, query } = splitProviderData(request.modelSettings);
  const body = { ...toBody(model, request), ...further };
  return {
    path: "/responses",
    body: defined({
      ...body,
      ...toMergedFields(request, further),
      ...extra,
      stream,
    }),
    headers,
    query,
    request,
  };
}

function toBody(model: string, request: ModelRequest): Wire {
  const { modelSettings: settings, conversationId, previousResponseId } = request;
  const tools = [
    ...request.tools.map((tool) => toTool(tool)),
    ...request.handoffs.map((handoff) => fromHandoff(handoff)),
  ];
  return {
    model,
    instructions: request.systemInstructions === "" ? undefined : request.systemInstructions,
    input: toResponsesInput(request.input),
    include: request.tools.flatMap((tool) => includesOf(tool)),
    tools,
    tool_choice: toToolChoice(settings.toolChoice, tools),
    parallel_tool_calls: tools.length === 0 ? undefined : settings.parallelToolCalls,
    conversation: conversationId,
    previous_response_id: conversationId === undefined ? previousResponseId : undefined,
    ...toSettings(settings),
  };
}

function toSettings(settings: ModelSettings): Wire {
  const { promptCacheRetention, contextManagement } = settings;
  return {
    temperature: settings.temperature,
    top_p: settings.topP,
    truncation: settings.truncation,
    max_output_tokens: settings.maxTokens,
    store: settings.store,
    prompt_cache_retention:
      promptCacheRetention === "in-memory" ? "in_memory" : promptCacheRetention,
    prompt_cache_options: settings["promptCacheOptions"],
    context_management: Array.isArray(contextManagement)
      ? contextManagement.map((strategy) => toStrategy(strategy))
      : undefined,
  };
}

function toStrategy(strategy: unknown): unknown {
  if (!isJsonObject(strategy)) return strategy;
  const entries = Object.entries(strategy).map(([key, value]) => [toSnakeCase(key), value]);
  return Object.fromEntries(entries);
}

/** Fields with parts of their own: those of the settings and of the provider data, merged. */
function toMergedFields(request: ModelRequest, further: Wire): Wire {
  const { reasoning, text } = request.modelSettings;
  const format = request.outputType === "text" ? undefined : { format: request.outputType };
  return {
    reasoning: merge(reasoning, further["reasoning"]),
    text: merge(merge(text, further["text"]), format),
  };
}

function merge(first: Wire | undefined, second: unknown): Wire | undefined {
  return isJsonObject(second) ? { ...first, ...second } : first;
}

function toTool(tool: SerializedTool): Wire {
  if (tool.type === "hosted_tool") return toHostedTool(tool);
  const { name, description, parameters, strict } = tool;
  return { type: "function", name, description, parameters, strict };
}

function fromHandoff(handoff: SerializedHandoff): Wire {
  return {
    type: "function",
    name: handoff.toolName,
    description: handoff.toolDescription,
    parameters: handoff.inputJsonSchema,
    strict: handoff.strictJsonSchema,
  };
}

/** Types whose `name` is only for the caller; the API would refuse it. */
const namelessTools = new Set<unknown>([
  "code_interpreter",
  "file_search",
  "image_generation",
  "mcp",
  "tool_search",
  "web_search",
  "web_search_preview",
]);

function toHostedTool({ name, providerData }: SerializedHostedTool): Wire {
  if (providerData === undefined) {
    throw new UserError(`Cannot send hosted tool "${name}": it has no providerData`);
  }
  const {
    include_outputs: _outputs,
    include_search_results: _results,
    on_approval: _approval,
    ...tool
  } = providerData;
  if (namelessTools.has(tool["type"])) delete tool["name"];
  return tool["type"] === "mcp" ? { require_approval: "never", ...tool } : tool;
}

function includesOf(tool: SerializedTool): string[] {
  if (tool.type === "function") return [];
  return [
    ...(tool.providerData?.["include_outputs"] === true ? ["code_interpreter_call.outputs"] : []),
    ...(tool.providerData?.["include_search_results"] === true ? ["file_search_call.results"] : []),
  ];
}

function toToolChoice(choice: string | undefined, tools: readonly Wire[]): unknown {
  if (choice === undefined || choice === "auto" || choice === "none") return choice;
  if (choice === "required" && tools.length > 0) return choice;
  if (tools.some(({ type }) => type === choice && namelessTools.has(type))) return { type: choice };
  if (tools.some(({ type, name }) => type === "function" && name === choice)) {
    return { type: "function", name: choice };
  }
  const offered = tools.map(({ type, name }) => String(name ?? type)).join(", ");
  throw new UserError(
    `Cannot force tool choice "${choice}": the request offers ${offered === "" ? "no tools" : offered}`,
  );
}
