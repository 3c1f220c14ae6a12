import {
  Agent,
  type InputGuardrailFunction,
  type OutputGuardrailFunction,
  type ToolInputGuardrailFunction,
  type ToolToFinalOutputFunction,
} from "@openai/agents";

// Types that programs name, as the original exports them.
export type {
  AgentHookEvents,
  AgentOptions,
  AgentOutputItem,
  AgentToolOptions,
  CallModelInputFilter,
  FunctionCallItem,
  FunctionCallResultItem,
  FunctionTool,
  FunctionToolResult,
  FunctionToolTimeoutBehavior,
  GuardrailFunctionOutput,
  HostedTool,
  HostedToolCallItem,
  IndividualRunOptions,
  InputGuardrailFunction,
  JsonSchemaDefinition,
  ModelInputData,
  ModelRetryAdvice,
  ModelRetryAdviceRequest,
  ModelRetryBackoffSettings,
  ModelRetryNormalizedError,
  ModelRetrySettings,
  ModelSettingsToolChoice,
  OpenAIConversationsSessionOptions,
  OutputGuardrailDefinition,
  OutputGuardrailFunction,
  ReasoningItem,
  ReasoningItemIdPolicy,
  RequestUsage,
  ResponseStreamEvent,
  RetryDecision,
  RetryPolicy,
  RetryPolicyContext,
  RunConfig,
  RunErrorData,
  RunErrorHandler,
  RunErrorHandlerResult,
  RunErrorHandlers,
  RunErrorKind,
  RunHookEvents,
  SerializedHandoff,
  SerializedOutputType,
  SerializedTool,
  SessionInputCallback,
  SystemMessageItem,
  TextOutput,
  ToolEnabledFunction,
  ToolErrorFormatter,
  ToolErrorFormatterArgs,
  ToolErrorKind,
  ToolExecutionConfig,
  ToolGuardrailBehavior,
  ToolGuardrailFunctionOutput,
  ToolInputGuardrailData,
  ToolInputGuardrailFunction,
  ToolNameCollisionPolicy,
  ToolNotFoundBehavior,
  ToolOptions,
  ToolOutputGuardrailData,
  ToolOutputGuardrailFunction,
  ToolOutputImage,
  ToolOutputText,
  ToolToFinalOutputFunction,
  ToolUseBehavior,
  ToolsToFinalOutputResult,
  UnknownContext,
  UnknownItem,
  UsageInput,
  UserMessageItem,
} from "@openai/agents";

const short: InputGuardrailFunction = async ({ input }) => ({
  tripwireTriggered: input.length > 1_000,
  outputInfo: {},
});
const clean: OutputGuardrailFunction = async ({ agentOutput }) => ({
  tripwireTriggered: agentOutput.includes("secret"),
  outputInfo: {},
});
const allowed: ToolInputGuardrailFunction<{ user: string }> = async ({ context }) => ({
  behavior: { type: context.context.user === "Ada" ? "allow" : "throwException" },
});
const first: ToolToFinalOutputFunction = (_context, [result]) =>
  result?.type === "function_output"
    ? { isFinalOutput: true, isInterrupted: undefined, finalOutput: String(result.output) }
    : { isFinalOutput: false, isInterrupted: undefined };

export const options = {
  inputGuardrails: [{ name: "short", execute: short }],
  outputGuardrails: [{ name: "clean", execute: clean }],
  toolUseBehavior: first,
};
export const ofTools = { inputGuardrails: [{ name: "allowed", run: allowed }] };
export const agent = new Agent({ name: "A", ...options });
