import type { MaybePromise } from "../lib/pending.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Agent, AgentOutput, AgentOutputType, AnyAgent, Instructions } from "./agent.ts";
import type { ApprovalTimeout } from "../engine/tool.ts";
import type { Callback } from "./callback.ts";
import type { RunStateLike } from "./errors.ts";
import type { RunConfig } from "./face/config.ts";
import type { FunctionTool, Tool } from "./function-tool.ts";
import type { AnyOutputGuardrail, InputGuardrail } from "./guardrail.ts";
import type { FilterItem, Handoff } from "./handoff.ts";
import type { AgentInputItem, FunctionCallItem } from "./items.ts";
import type { Model, ModelResponse, ModelSettings, ResponseStreamEvent } from "./model.ts";
import type { RunContext } from "./run-context.ts";
import type { ToolProvider } from "./tool-provider.ts";
import type { ToolApproval, ToolEnabled, ToolInput, ToolParameters } from "./tool.ts";

/** The output of one finished call, as `toolUseBehavior` sees it; rejected calls are not shown. */
export interface FunctionToolResult {
  type: "function_output";
  tool: FunctionTool;
  output: unknown;
}

export type ToolsToFinalOutputResult =
  | { isFinalOutput: false; isInterrupted?: undefined }
  | { isFinalOutput: true; isInterrupted?: undefined; finalOutput: string };

/** What follows when all calls of a response have their outputs. */
export type ToolUseBehavior =
  | "run_llm_again"
  | "stop_on_first_tool"
  | { stopAtToolNames: string[] }
  | Callback<[RunContext, FunctionToolResult[]], MaybePromise<ToolsToFinalOutputResult>>;

export interface AgentHookEvents {
  agent_start: [context: RunContext, agent: AnyAgent, turnInput?: AgentInputItem[]];
  agent_end: [context: RunContext, output: string];
  agent_handoff: [context: RunContext, nextAgent: AnyAgent];
  agent_tool_start: [context: RunContext, tool: Tool, details: { toolCall: FunctionCallItem }];
  agent_tool_end: [
    context: RunContext,
    tool: Tool,
    result: string,
    details: { toolCall: FunctionCallItem },
  ];
}

export interface AgentOptions<
  TContext = unknown,
  TOutput extends AgentOutputType = AgentOutputType,
> {
  /** Unique among the agents that one run can reach. */
  name: string;
  instructions?: Instructions<TContext> | undefined;
  /** Told to other agents' models, where they can hand off to this one. */
  handoffDescription?: string | undefined;
  handoffs?: readonly (Agent<TContext, AgentOutputType> | Handoff)[] | undefined;
  /** A model, or the name of one that the runner's provider knows. */
  model?: string | Model | undefined;
  modelSettings?: ModelSettings | undefined;
  tools?: readonly Tool<TContext>[] | undefined;
  /** Where it has more tools from, such as MCP servers. */
  toolProviders?: readonly ToolProvider[] | undefined;
  inputGuardrails?: readonly InputGuardrail[] | undefined;
  outputGuardrails?: readonly AnyOutputGuardrail[] | undefined;
  outputType?: TOutput | undefined;
  toolUseBehavior?: ToolUseBehavior | undefined;
  /** How long calls of its tools may wait for a decision, where the tool does not say. */
  approvalTimeout?: ApprovalTimeout | undefined;
  /** Whether a forced `toolChoice` lapses once a tool was used; default `true`. */
  resetToolChoice?: boolean | undefined;
}

/** The final result of a nested run, as `customOutputExtractor` sees it. */
export interface NestedRunResult<TOutput extends AgentOutputType = AgentOutputType> {
  readonly finalOutput: AgentOutput<TOutput>;
  readonly newItems: readonly FilterItem[];
  readonly rawResponses: readonly ModelResponse[];
  readonly state: RunStateLike;
}

/** An event of a nested run, as `onStream` sees it. */
export type NestedRunEvent =
  | { readonly type: "raw_model_stream_event"; readonly data: ResponseStreamEvent }
  | { readonly type: "run_item_stream_event"; readonly name: string; readonly item: FilterItem }
  | { readonly type: "agent_updated_stream_event"; readonly agent: AnyAgent };

/** Arguments of an agent used as a tool, as `inputBuilder` sees them. */
export interface AgentToolInput<TParams = unknown> {
  params: TParams;
  /** A line a parameter, where one at least is described. */
  summary?: string | undefined;
  /** With `includeInputSchema`. */
  jsonSchema?: JsonObject | undefined;
}

/** What the run of an agent used as a tool can have of its own. */
export type AgentToolRunConfig = Omit<
  RunConfig,
  | "approver"
  | "contextDeserializer"
  | "contextSerializer"
  | "runApprover"
  | "sessionInputCallback"
  | "store"
  | "storePatienceMs"
>;

export type AgentToolRunOptions = Pick<
  RunConfig,
  | "callModelInputFilter"
  | "errorHandlers"
  | "reasoningItemIdPolicy"
  | "toolErrorFormatter"
  | "toolExecution"
  | "toolNameCollisionPolicy"
  | "toolNotFoundBehavior"
> & { maxTurns?: number | null | undefined };

export interface AgentToolOptions<
  TParameters extends ToolParameters = ToolParameters,
  TOutput extends AgentOutputType = AgentOutputType,
> {
  toolName?: string | undefined;
  toolDescription?: string | undefined;
  customOutputExtractor?: Callback<[NestedRunResult<TOutput>], MaybePromise<string>> | undefined;
  /** Gates the delegation itself; the gates of the agent's own tools are apart from it. */
  needsApproval?: ToolApproval<TParameters> | undefined;
  /** Default `{ input: string }`. */
  parameters?: TParameters | undefined;
  /** Makes the nested run's input of the arguments. */
  inputBuilder?:
    | Callback<[AgentToolInput<ToolInput<TParameters>>], MaybePromise<string | AgentInputItem[]>>
    | undefined;
  /** Whether a nested run with `parameters` is told their JSON Schema; default `false`. */
  includeInputSchema?: boolean | undefined;
  /** Settings of the nested run, over those that it has from the run above. */
  runConfig?: AgentToolRunConfig | undefined;
  /** `maxTurns`: turns of the nested run; default 10, `null` without limit. */
  runOptions?: AgentToolRunOptions | undefined;
  /** The same as `runOptions.maxTurns`, and before it. */
  maxTurns?: number | null | undefined;
  isEnabled?: ToolEnabled | undefined;
  /** Told every event of the nested run. */
  onStream?: NestedRunWatcher;
}

export type NestedRunWatcher = Callback<
  [{ event: NestedRunEvent; agent: AnyAgent; toolCall?: FunctionCallItem }],
  unknown
>;

/** Marks a tool whose body is a nested run. */
export interface AgentToolLink {
  readonly agent: AnyAgent;
  readonly options: AgentToolOptions;
  /** Whether nested functions see the arguments as `toolInput`. */
  readonly structured: boolean;
  /** Who listens besides `onStream`, by type of event; `*` to all. */
  readonly handlers: Map<string, readonly NestedRunWatcher[]>;
}
