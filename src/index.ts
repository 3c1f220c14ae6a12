// oxlint-disable-next-line no-unassigned-import -- sets the default model provider
import "./app/default-model.ts";

export type {
  AgentHookEvents,
  AgentOptions,
  AgentToolOptions,
  FunctionToolResult,
  ToolsToFinalOutputResult,
  ToolUseBehavior,
} from "./agents/agent-options.ts";
export { Agent, type AgentOutputType, type AnyAgent } from "./agents/agent.ts";
export {
  AgentsError,
  GuardrailExecutionError,
  InputGuardrailTripwireTriggered,
  InvalidToolInputError,
  MaxTurnsExceededError,
  ModelBehaviorError,
  ModelRefusalError,
  ModelTimeoutError,
  OutputGuardrailTripwireTriggered,
  ToolCallError,
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  ToolOutcomeUnknownError,
  ToolTimeoutError,
  UserError,
} from "./agents/errors.ts";
export {
  defineInputGuardrail,
  defineOutputGuardrail,
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  ToolGuardrailFunctionOutputFactory,
  type InputGuardrail,
  type OutputGuardrail,
  type OutputGuardrailDefinition,
  type ToolInputGuardrail,
  type ToolInputGuardrailData,
  type ToolOutputGuardrail,
  type ToolOutputGuardrailData,
} from "./agents/guardrail.ts";
export type {
  GuardrailFunctionOutput,
  ToolGuardrailBehavior,
  ToolGuardrailFunctionOutput,
} from "./agents/guardrail-output.ts";
export {
  getHandoff,
  getTransferMessage,
  Handoff,
  handoff,
  type HandoffInputData,
  type HandoffInputFilter,
  type HandoffOptions,
} from "./agents/handoff.ts";
export {
  codeInterpreterTool,
  fileSearchTool,
  imageGenerationTool,
  webSearchTool,
} from "./agents/hosted-tools.ts";
export {
  assistant,
  system,
  user,
  type AgentInputItem,
  type AgentOutputItem,
  type AssistantMessageItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
  type HostedToolCallItem,
  type ReasoningItem,
  type SystemMessageItem,
  type ToolOutputImage,
  type ToolOutputText,
  type UnknownItem,
  type UserMessageItem,
} from "./agents/items.ts";
export type {
  JsonSchemaDefinition,
  Model,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  ModelSettings,
  ResponseStreamEvent,
  ResponseStreamEvent as StreamEvent,
  SerializedHandoff,
  SerializedOutputType,
  SerializedTool,
} from "./agents/model.ts";
export {
  retryPolicies,
  type ModelRetryAdvice,
  type ModelRetryBackoffSettings,
  type ModelRetryNormalizedError,
  type ModelRetrySettings,
  type RetryDecision,
  type RetryPolicy,
  type RetryPolicyContext,
} from "./agents/retry-policies.ts";
export type { ModelRetryAdviceRequest } from "./agents/model.ts";
export { RunContext } from "./agents/run-context.ts";
export type { Session, SessionInputCallback, Sessions } from "./agents/session.ts";
export type { FunctionTool, HostedTool, Tool, ToolCallDetails } from "./agents/function-tool.ts";
export { tool, type ToolOptions } from "./agents/tool.ts";
export type { ToolProvider } from "./agents/tool-provider.ts";
export type { ContextCodec, ContextDeserializer, ContextSerializer } from "./agents/run-context.ts";
export { Usage, type RequestUsage, type UsageInput } from "./agents/usage.ts";
export { ConflictError, HoldpointError, type ErrorCode } from "./lib/errors.ts";
export type { RunHookEvents } from "./agents/activation.ts";
export type { ServerSpec } from "./downstream/server-spec.ts";
export { mcpTools, type McpTools, type McpToolsOptions } from "./app/mcp-tools.ts";
export type { PolicyRule } from "./policy/policy.ts";
export { setDefaultModelProvider } from "./agents/model-defaults.ts";
export type {
  CallModelInputFilter,
  ModelInput as ModelInputData,
  RunConfig,
  RunErrorData,
  RunErrorHandler,
  RunErrorHandlerResult,
  RunErrorHandlers,
  RunErrorKind,
  ToolErrorFormatter,
  ToolErrorFormatterArgs,
  ToolExecutionConfig,
} from "./agents/face/config.ts";
export {
  RunAgentUpdatedStreamEvent,
  RunItemStreamEvent,
  RunRawModelStreamEvent,
  type RunStreamEvent,
} from "./agents/face/events.ts";
export type {
  FunctionToolTimeoutBehavior,
  InputGuardrailFunction,
  ModelSettingsToolChoice,
  OutputGuardrailFunction,
  ReasoningItemIdPolicy,
  TextOutput,
  ToolEnabledFunction,
  ToolErrorKind,
  ToolInputGuardrailFunction,
  ToolNameCollisionPolicy,
  ToolNotFoundBehavior,
  ToolOutputGuardrailFunction,
  ToolToFinalOutputFunction,
  UnknownContext,
} from "./agents/face/named-types.ts";
export { exportOpenAI } from "./agents/face/export-openai.ts";
export {
  extractAllTextOutput,
  RunCompactionItem,
  RunHandoffCallItem,
  RunHandoffOutputItem,
  RunInputItem,
  RunMessageOutputItem,
  RunReasoningItem,
  RunToolApprovalItem,
  RunToolCallItem,
  RunToolCallOutputItem,
  type RunItem,
} from "./agents/face/run-items.ts";
export { RunResult } from "./agents/face/run-result.ts";
export type { LoadOptions } from "./agents/face/load-state.ts";
export { RunState, type SaveOptions } from "./agents/face/run-state.ts";
export {
  run,
  Runner,
  type RunOptions,
  type RunOptions as IndividualRunOptions,
} from "./agents/face/run.ts";
export { StreamedRunResult } from "./agents/face/streamed-run-result.ts";
export { MemorySession } from "./sessions/memory.ts";
export {
  OpenAIConversationsSession,
  type OpenAIConversationsSessionOptions,
} from "./sessions/openai-conversations.ts";
export { createPostgresSessions, type PostgresSessionsOptions } from "./sessions/postgres.ts";
export {
  createSqliteSessions,
  SQLiteSession,
  type SQLiteSessionOptions,
} from "./sessions/sqlite.ts";
export {
  createAgentRegistry,
  type AgentEntry,
  type ContextRequest,
  type CreateContext,
} from "./runs/agent-registry.ts";
export type { Asked } from "./runs/caller.ts";
export type { Caller } from "./engine/state.ts";
export type { DecisionOutcome, DecisionRequest } from "./runs/decision-request.ts";
export type { ApprovalReport, RunReport } from "./runs/run-report.ts";
export type { AdvanceRequest } from "./runs/advance.ts";
export { createRunService, type RunService, type RunServiceOptions } from "./runs/run-service.ts";
export type { CancelRequest, ResumeRequest } from "./runs/change-run.ts";
export type { PendingPage } from "./runs/look-at-runs.ts";
export type { StartRequest } from "./runs/start-run.ts";
export type { ClaimRequest, LeaseReport, PendingCount, RunStore } from "./runs/run-store.ts";
export type { RunSummary } from "./engine/journal-store.ts";
export type { RunStatus } from "./engine/vocabulary.ts";
export { createMemoryRunStore } from "./stores/memory.ts";
export { createPostgresRunStore, createSqliteRunStore } from "./stores/late.ts";
export type { PostgresRunStoreOptions } from "./stores/postgres.ts";
export { createChatModel, createOfflineModel, createResponsesModel } from "./models/late.ts";
