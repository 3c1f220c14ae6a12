import { UserError } from "../agents/errors.ts";
import type { ModelRequest, ModelSettings, SerializedTool } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { defined } from "../openai/wire.ts";
import { toPrompt } from "./ai-sdk-prompt.ts";
import { optionsName, type AiSdkTarget, type AiSdkObject } from "./ai-sdk-spec.ts";

/**
 * The options of one call. Fields of `modelSettings.providerData` go before ours, since they are in
 * the words of the AI SDK: `providerOptions`, `headers`, `topK`, `seed`.
 *
 * @throws UserError for what this provider has no word for
 */
export function toCallOptions(target: AiSdkTarget, request: ModelRequest): AiSdkObject {
  const { modelSettings: settings, outputType, signal } = request;
  refuseServerHistory(target, request);
  const tools = [
    ...request.tools.map((tool) => toTool(target, tool)),
    ...request.handoffs.map(({ toolName: name, toolDescription, inputJsonSchema }) => ({
      type: "function",
      name,
      description: toolDescription,
      inputSchema: inputJsonSchema,
    })),
  ];
  const { providerOptions, ...further } = { ...settings.providerData };
  const format =
    outputType === "text"
      ? { type: "text" }
      : { type: "json", name: outputType.name, schema: outputType.schema };
  return defined({
    prompt: toPrompt(target, request),
    ...(tools.length > 0 && { tools }),
    toolChoice: toToolChoice(settings.toolChoice),
    temperature: settings.temperature,
    topP: settings.topP,
    frequencyPenalty: settings.frequencyPenalty,
    presencePenalty: settings.presencePenalty,
    maxOutputTokens: settings.maxTokens,
    responseFormat: format,
    ...(target.version === "v4" && { reasoning: settings.reasoning?.effort ?? undefined }),
    abortSignal: signal,
    ...further,
    providerOptions: withOwn(providerOptions, target, ownOptions(target, request)),
  });
}

/** History that a provider keeps would be sent once more by us, and a lost answer asked for twice. */
function refuseServerHistory(target: AiSdkTarget, request: ModelRequest): void {
  const { previousResponseId, conversationId, modelSettings } = request;
  const options = modelSettings.providerData?.["providerOptions"];
  const own = isJsonObject(options) ? options[optionsName(target)] : undefined;
  const isNamed = isJsonObject(own) && ("previousResponseId" in own || "conversation" in own);
  if (previousResponseId === undefined && conversationId === undefined && !isNamed) return;
  throw new UserError(
    "Cannot use conversationId or previousResponseId with a model of aisdk(): the whole history is sent with each call",
  );
}

function toTool(target: AiSdkTarget, tool: SerializedTool): AiSdkObject {
  if (tool.type === "function") {
    const { type, name, description, parameters: inputSchema, strict } = tool;
    return { type, name, description, inputSchema, strict };
  }
  const { name, providerData = {} } = tool;
  const { type: _type, name: _name, args, ...rest } = providerData;
  return {
    type: target.version === "v2" ? "provider-defined" : "provider",
    id: `${optionsName(target)}.${name}`,
    name,
    args: isJsonObject(args) ? args : rest,
  };
}

function toToolChoice(choice: string | undefined): AiSdkObject | undefined {
  if (choice === undefined) return undefined;
  const isWord = choice === "auto" || choice === "required" || choice === "none";
  return isWord ? { type: choice } : { type: "tool", toolName: choice };
}

/** Settings that the AI SDK leaves to each provider, in the words of those that have them. */
function ownOptions(target: AiSdkTarget, { modelSettings, outputType }: ModelRequest): AiSdkObject {
  const name = optionsName(target);
  const { parallelToolCalls } = modelSettings;
  if (name === "openai" || name === "azure") {
    const isLoose = outputType !== "text" && !outputType.strict;
    const strictness = isLoose ? { strictJsonSchema: false } : {};
    return { ...openAiOptions(target, modelSettings), ...strictness };
  }
  const isAnthropic = name === "anthropic";
  refuse(target, modelSettings, isAnthropic);
  return isAnthropic && parallelToolCalls === false ? { disableParallelToolUse: true } : {};
}

function openAiOptions({ version }: AiSdkTarget, settings: ModelSettings): AiSdkObject {
  const { reasoning, text, promptCacheRetention: retention } = settings;
  return defined({
    parallelToolCalls: settings.parallelToolCalls,
    store: settings.store,
    truncation: settings.truncation,
    reasoningEffort: version === "v4" ? undefined : (reasoning?.effort ?? undefined),
    reasoningSummary: reasoning?.summary ?? undefined,
    textVerbosity: text?.verbosity ?? undefined,
    promptCacheRetention: retention === "in-memory" ? "in_memory" : (retention ?? undefined),
    promptCacheOptions: settings.promptCacheOptions,
    contextManagement: settings.contextManagement,
  });
}

/** @throws UserError for the first setting that would do nothing here, though it says something */
function refuse(target: AiSdkTarget, settings: ModelSettings, isAnthropic: boolean): void {
  const { reasoning, text, store, truncation, parallelToolCalls } = settings;
  const said: Record<string, boolean> = {
    parallelToolCalls: parallelToolCalls === false && !isAnthropic,
    store: store === true,
    truncation: truncation === "auto",
    "reasoning.effort": reasoning?.effort != null && target.version !== "v4",
    "reasoning.summary": reasoning?.summary != null,
    "text.verbosity": text?.verbosity != null,
    promptCacheRetention: settings.promptCacheRetention != null,
    promptCacheOptions: settings.promptCacheOptions !== undefined,
    contextManagement: settings.contextManagement !== undefined,
  };
  const first = Object.keys(said).find((name) => said[name] === true);
  if (first === undefined) return;
  throw new UserError(
    `Cannot call "${target.modelId}" with modelSettings.${first}: its provider takes options of its own, as providerData: { providerOptions: { ${optionsName(target)}: { ... } } }`,
  );
}

/** What was given in the provider's own words goes before. */
function withOwn(given: unknown, target: AiSdkTarget, own: AiSdkObject): AiSdkObject | undefined {
  const options = isJsonObject(given) ? given : undefined;
  if (Object.keys(own).length === 0) return options;
  const name = optionsName(target);
  const before = options?.[name];
  return { ...options, [name]: { ...own, ...(isJsonObject(before) ? before : {}) } };
}
