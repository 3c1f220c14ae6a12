import type { JsonObject } from "../lib/json.ts";
import type { AgentInputItem, AgentOutputItem } from "./items.ts";
import type { ModelRetryAdvice, ModelRetrySettings } from "./retry-policies.ts";
import type { UsageInput } from "./usage.ts";

/** Settings of a model call, passed through to the provider; names as in the OpenAI Agents SDK. */
export interface ModelSettings {
  temperature?: number;
  topP?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  toolChoice?: "auto" | "required" | "none" | (string & {});
  parallelToolCalls?: boolean;
  truncation?: "auto" | "disabled";
  maxTokens?: number;
  store?: boolean;
  reasoning?: { effort?: string | null; summary?: string | null; [key: string]: unknown };
  text?: { verbosity?: string | null; [key: string]: unknown };
  promptCacheRetention?: "in-memory" | "24h" | null;
  promptCacheOptions?: Record<string, unknown>;
  /** What the provider does with a conversation that becomes too long. */
  contextManagement?: { type: string; [key: string]: unknown }[];
  /** Further fields of the request body, as the provider names them. */
  providerData?: Record<string, unknown>;
  /** Milliseconds until one request counts as failed. */
  timeoutMs?: number;
  /** Whether and when a request that failed is made once more. */
  retry?: ModelRetrySettings;
  [key: string]: unknown;
}

export interface SerializedFunctionTool {
  type: "function";
  name: string;
  description: string;
  parameters: JsonObject;
  strict: boolean;
  /** Always `false` here: every tool is shown to the model from the start. */
  deferLoading?: boolean;
}

export interface SerializedHostedTool {
  type: "hosted_tool";
  name: string;
  providerData?: Record<string, unknown>;
}

export type SerializedTool = SerializedFunctionTool | SerializedHostedTool;

export interface SerializedHandoff {
  toolName: string;
  toolDescription: string;
  inputJsonSchema: JsonObject;
  strictJsonSchema: boolean;
}

export interface JsonSchemaDefinition {
  type: "json_schema";
  name: string;
  strict: boolean;
  schema: JsonObject;
}

export type SerializedOutputType = "text" | JsonSchemaDefinition;

/** One model call. `input` is owned by the callee: it may keep it, and must not change it. */
export interface ModelRequest {
  systemInstructions?: string;
  input: string | AgentInputItem[];
  previousResponseId?: string;
  conversationId?: string;
  modelSettings: ModelSettings;
  tools: SerializedTool[];
  toolsExplicitlyProvided?: boolean;
  outputType: SerializedOutputType;
  handoffs: SerializedHandoff[];
  tracing: boolean | "enabled_without_data";
  signal?: AbortSignal;
}

export interface ModelResponse {
  usage: UsageInput;
  output: AgentOutputItem[];
  responseId?: string | undefined;
  requestId?: string | undefined;
  providerData?: Record<string, unknown> | undefined;
}

export type ResponseStreamEvent =
  | { type: "response_started"; providerData?: Record<string, unknown> }
  | {
      type: "output_text_delta";
      delta: string;
      itemId?: string;
      providerData?: Record<string, unknown>;
    }
  | {
      type: "response_done";
      response: {
        id: string;
        requestId?: string;
        usage: UsageInput;
        output: AgentOutputItem[];
        providerData?: Record<string, unknown>;
      };
      providerData?: Record<string, unknown>;
    }
  | { type: "model"; event: unknown; providerData?: Record<string, unknown> };

/**
 * A language model. Must not repeat a request that may have reached the provider when the request
 * has a `conversationId` or `previousResponseId`, and must reject with the signal's reason when
 * `request.signal` aborts. An error with `refused: true`, or with an HTTP `status` that says so,
 * means that the provider did nothing; with any other the request may have been carried out.
 */
export interface Model {
  getResponse(request: ModelRequest): Promise<ModelResponse>;
  /** Ends with exactly one `response_done`; a stream that ends without one counts as failed. */
  getStreamedResponse(request: ModelRequest): AsyncIterable<ResponseStreamEvent>;
  /** What to make of a failed request, for the retry policy. */
  getRetryAdvice?(
    failed: ModelRetryAdviceRequest,
  ): Promise<ModelRetryAdvice | undefined> | ModelRetryAdvice | undefined;
}

export interface ModelProvider {
  getModel(modelName?: string): Promise<Model> | Model;
}

/** Hosted tools that only look things up, or leave nothing behind. */
const harmlessHostedTools = new Set<unknown>([
  "file_search",
  "image_generation",
  "tool_search",
  "web_search",
  "web_search_preview",
]);

/**
 * Whether the request may be sent again when its answer was lost. Not when the provider keeps the
 * history, which would then hold the turn twice, nor with a hosted tool that can act.
 */
export function isRepeatable(request: ModelRequest): boolean {
  const further = request.modelSettings.providerData ?? {};
  if (request.conversationId !== undefined || request.previousResponseId !== undefined)
    return false;
  if ("conversation" in further || "previous_response_id" in further || "tools" in further) {
    return false;
  }
  return request.tools.every(
    (tool) => tool.type === "function" || harmlessHostedTools.has(tool.providerData?.["type"]),
  );
}

/** Whether an HTTP status says that the server did nothing. 408: it may have, and was too slow. */
export function isRefusal(status: unknown): boolean {
  return typeof status === "number" && status >= 400 && status < 500 && status !== 408;
}

/** Whether an error says that the provider did nothing with the request. */
export function isRefusedCall(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("refused" in error && error.refused === true) return true;
  return "status" in error && isRefusal(error.status);
}

export interface ModelRetryAdviceRequest {
  request: ModelRequest;
  error: unknown;
  stream: boolean;
  /** The failed attempt, from 1. */
  attempt: number;
}
