import { UserError } from "../agents/errors.ts";
import type {
  ModelRequest,
  SerializedHandoff,
  SerializedOutputType,
  SerializedTool,
} from "../agents/model.ts";
import { toChatMessages } from "./chat-items.ts";
import type { OpenAiCall } from "./openai-client.ts";
import { splitProviderData } from "./provider-data.ts";
import { defined, type Wire } from "../openai/wire.ts";

/**
 * The call of Chat Completions for `request`. Fields of `modelSettings.providerData` go before
 * ours, except for those that say how the answer comes and how it is formed.
 *
 * @throws UserError when the request needs what this API lacks: history kept by the server,
 * hosted tools, some items.
 */
export function toChatCall(
  model: string,
  { request, stream }: { request: ModelRequest; stream: boolean },
): OpenAiCall {
  if (request.conversationId !== undefined || request.previousResponseId !== undefined) {
    throw new UserError(
      "Cannot use conversationId or previousResponseId with Chat Completions: it keeps no history",
    );
  }
  const { further, extra, headers, query } = splitProviderData(request.modelSettings);
  const body = {
    ...toBody(model, request),
    ...further,
    ...toResponseFormat(request.outputType),
    ...extra,
    stream,
    ...(stream && { stream_options: further["stream_options"] ?? { include_usage: true } }),
  };
  return { path: "/chat/completions", body: defined(body), headers, query, request };
}

function toBody(model: string, request: ModelRequest): Wire {
  const { modelSettings: settings, systemInstructions } = request;
  const tools = [
    ...request.tools.map((tool) => toTool(tool)),
    ...request.handoffs.map((handoff) => fromHandoff(handoff)),
  ];
  const instructions =
    systemInstructions === undefined || systemInstructions === ""
      ? []
      : [{ role: "system", content: systemInstructions }];
  const retention = settings["promptCacheRetention"];
  return {
    model,
    messages: [...instructions, ...toChatMessages(request.input)],
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: toToolChoice(settings.toolChoice, request),
    parallel_tool_calls: tools.length === 0 ? undefined : settings.parallelToolCalls,
    temperature: settings.temperature,
    top_p: settings.topP,
    frequency_penalty: settings.frequencyPenalty,
    presence_penalty: settings.presencePenalty,
    max_tokens: settings.maxTokens,
    store: settings.store,
    reasoning_effort: settings.reasoning?.effort ?? undefined,
    verbosity: settings.text?.verbosity ?? undefined,
    prompt_cache_retention: retention === "in-memory" ? "in_memory" : retention,
    prompt_cache_options: settings["promptCacheOptions"],
  };
}

function toTool(tool: SerializedTool): Wire {
  if (tool.type === "hosted_tool") {
    throw new UserError(`Cannot use hosted tool "${tool.name}" with Chat Completions`);
  }
  const { name, description, parameters, strict } = tool;
  return { type: "function", function: { name, description, parameters, strict } };
}

function fromHandoff(handoff: SerializedHandoff): Wire {
  return {
    type: "function",
    function: {
      name: handoff.toolName,
      description: handoff.toolDescription,
      parameters: handoff.inputJsonSchema,
    },
  };
}

function toToolChoice(choice: string | undefined, { tools, handoffs }: ModelRequest): unknown {
  if (choice === undefined || choice === "auto" || choice === "none") return choice;
  const names = [...tools.map(({ name }) => name), ...handoffs.map(({ toolName }) => toolName)];
  if (choice === "required" && names.length > 0) return choice;
  if (names.includes(choice)) return { type: "function", function: { name: choice } };
  const offered = names.length === 0 ? "no tools" : names.join(", ");
  throw new UserError(`Cannot force tool choice "${choice}": the request offers ${offered}`);
}

function toResponseFormat(outputType: SerializedOutputType): Wire {
  if (outputType === "text") return {};
  const { name, strict, schema } = outputType;
  return { response_format: { type: "json_schema", json_schema: { name, strict, schema } } };
}
