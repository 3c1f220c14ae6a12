import { z } from "zod";

import type { JsonObject } from "../lib/json.ts";
import { checkApprovalTimeout, type ApprovalTimeout } from "./approval-timeout.ts";
import type { Callback, MaybePromise } from "./callback.ts";
import { UserError, type RunStateLike } from "./errors.ts";
import type { AnyOutputGuardrail, InputGuardrail } from "./guardrail.ts";
import { isHandoff, type FilterItem, type Handoff } from "./handoff.ts";
import { Hooks } from "./hooks.ts";
import type { AgentInputItem, FunctionCallItem } from "./items.ts";
import type {
  JsonSchemaDefinition,
  Model,
  ModelResponse,
  ModelSettings,
  ResponseStreamEvent,
} from "./model.ts";
import type { RunContext } from "./run-context.ts";
import type { ToolProvider } from "./tool-provider.ts";
import {
  tool,
  toFunctionName,
  type FunctionTool,
  type Tool,
  type ToolApproval,
  type ToolEnabled,
  type ToolInput,
  type ToolParameters,
} from "./tool.ts";

/** `"text"`, or the shape of a structured final output. */
export type AgentOutputType = "text" | z.ZodObject | JsonSchemaDefinition;

export type AgentOutput<TOutput extends AgentOutputType> = TOutput extends z.ZodObject
  ? z.output<TOutput>
  : TOutput extends JsonSchemaDefinition
    ? unknown
    : string;

/** The output types of an agent, or of the one that a handoff leads to. */
export type HandoffOutput<T> =
  T extends Agent<infer _TContext, infer TOutput>
    ? TOutput
    : T extends Handoff<infer _TContext, infer TOutput>
      ? TOutput
      : never;

/** An agent of whatever context and output. */
export type AnyAgent = Agent<unknown, AgentOutputType>;

export type Instructions<TContext> =
  | string
  | Callback<[RunContext<TContext>, Agent<TContext, AgentOutputType>], MaybePromise<string>>;

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
    | Callback<[{ params: ToolInput<TParameters> }], MaybePromise<string | AgentInputItem[]>>
    | undefined;
  /** `maxTurns`: turns of the nested run; default 10, `null` without limit. */
  runOptions?: { maxTurns?: number | null | undefined } | undefined;
  /** The same as `runOptions.maxTurns`, and before it. */
  maxTurns?: number | null | undefined;
  isEnabled?: ToolEnabled | undefined;
  /** Told every event of the nested run. */
  onStream?: Callback<
    [{ event: NestedRunEvent; agent: AnyAgent; toolCall?: FunctionCallItem }],
    unknown
  >;
}

/** Marks a tool whose body is a nested run. */
export interface AgentToolLink {
  readonly agent: AnyAgent;
  readonly options: AgentToolOptions;
  /** Whether nested functions see the arguments as `toolInput`. */
  readonly structured: boolean;
}

const agentBrand = Symbol.for("holdpoint.agent");
const defaultToolInput = z.object({ input: z.string() });

/** A model with instructions, tools, handoffs and guardrails. */
export class Agent<
  TContext = unknown,
  TOutput extends AgentOutputType = "text",
> extends Hooks<AgentHookEvents> {
  readonly [agentBrand] = true;
  name: string;
  instructions: Instructions<TContext>;
  handoffDescription: string;
  handoffs: (Agent<TContext, AgentOutputType> | Handoff)[];
  model: string | Model;
  modelSettings: ModelSettings;
  tools: Tool<TContext>[];
  toolProviders: ToolProvider[];
  inputGuardrails: InputGuardrail[];
  outputGuardrails: AnyOutputGuardrail[];
  outputType: TOutput;
  toolUseBehavior: ToolUseBehavior;
  resetToolChoice: boolean;
  approvalTimeout: ApprovalTimeout | undefined;
  readonly #options: AgentOptions<TContext, TOutput>;

  /** @throws UserError without a name */
  constructor(options: AgentOptions<TContext, TOutput>) {
    super();
    if (typeof options.name !== "string" || options.name.trim() === "") {
      throw new UserError("Cannot declare an agent: it has no name");
    }
    this.#options = options;
    this.name = options.name;
    this.instructions = options.instructions ?? "";
    this.handoffDescription = options.handoffDescription ?? "";
    this.handoffs = [...(options.handoffs ?? [])];
    this.model = options.model ?? "";
    this.modelSettings = options.modelSettings ?? {};
    this.tools = [...(options.tools ?? [])];
    this.toolProviders = [...(options.toolProviders ?? [])];
    this.inputGuardrails = [...(options.inputGuardrails ?? [])];
    this.outputGuardrails = [...(options.outputGuardrails ?? [])];
    this.outputType = options.outputType ?? ("text" as TOutput);
    this.toolUseBehavior = options.toolUseBehavior ?? "run_llm_again";
    this.resetToolChoice = options.resetToolChoice ?? true;
    checkApprovalTimeout(options.approvalTimeout, `agent "${options.name}"`);
    this.approvalTimeout = options.approvalTimeout;
  }

  /** The same as the constructor, with the output types of its handoffs in its own. */
  static create<
    TOutput extends AgentOutputType = "text",
    const THandoffs extends readonly (AnyAgent | Handoff)[] = [],
    TContext = unknown,
  >(
    options: Omit<AgentOptions<TContext, TOutput>, "handoffs"> & { handoffs?: THandoffs },
  ): Agent<TContext, TOutput | HandoffOutput<THandoffs[number]>> {
    return new Agent<TContext, AgentOutputType>(options) as Agent<
      TContext,
      TOutput | HandoffOutput<THandoffs[number]>
    >;
  }

  /** Whether a list of tools was given, be it an empty one; providers are told. */
  hasExplicitTools(): boolean {
    return this.#options.tools !== undefined;
  }

  /** The name of the output's schema, `"text"` where there is none. */
  get outputSchemaName(): string {
    const outputType: AgentOutputType = this.outputType;
    if (outputType === "text") return "text";
    return "name" in outputType && typeof outputType.name === "string"
      ? outputType.name
      : "ZodOutput";
  }

  toJSON(): { name: string } {
    return { name: this.name };
  }

  /** A new agent like this one, but for `changes`; lists are not shared. */
  clone(changes: Partial<AgentOptions<TContext, TOutput>>): Agent<TContext, TOutput> {
    const { name, instructions, handoffDescription, handoffs, model, modelSettings } = this;
    const { tools, toolProviders, inputGuardrails, outputGuardrails, outputType } = this;
    const { toolUseBehavior, resetToolChoice, approvalTimeout } = this;
    return new Agent({
      name,
      instructions,
      handoffDescription,
      handoffs,
      model,
      modelSettings,
      ...(this.hasExplicitTools() || tools.length > 0 ? { tools } : {}),
      toolProviders,
      inputGuardrails,
      outputGuardrails,
      outputType,
      toolUseBehavior,
      resetToolChoice,
      approvalTimeout,
      ...changes,
    });
  }

  /** This agent as a tool of another one: the other's conversation goes on with its output. */
  asTool<TParameters extends ToolParameters = z.ZodObject<{ input: z.ZodString }>>(
    options: AgentToolOptions<TParameters, TOutput> = {},
  ): FunctionTool<TContext> {
    const { toolName, toolDescription, needsApproval, parameters, isEnabled } = options;
    const base = tool<ToolParameters, TContext>({
      name: toolName ?? toFunctionName(this.name),
      description: toolDescription ?? "",
      parameters: parameters ?? defaultToolInput,
      ...(needsApproval === undefined ? {} : { needsApproval }),
      ...(isEnabled === undefined ? {} : { isEnabled }),
      execute: () => {
        throw new UserError(`Agent "${this.name}" as a tool runs only inside a run`);
      },
    });
    const structured = parameters !== undefined || options.inputBuilder !== undefined;
    const link: AgentToolLink = {
      agent: this,
      options,
      structured,
    };
    return { ...base, agentTool: link };
  }

  /** The system prompt; calls the function where instructions are one. */
  async getSystemPrompt(context: RunContext<TContext>): Promise<string | undefined> {
    const { instructions } = this;
    return typeof instructions === "function" ? instructions(context, this) : instructions;
  }
}

export function isAgent(value: unknown): value is AnyAgent {
  return typeof value === "object" && value !== null && agentBrand in value;
}

/** The agents that `agent` can reach in one step: by handoff, and as tools. */
export function reachableAgents(agent: AnyAgent): AnyAgent[] {
  const byHandoff = agent.handoffs.map((target) => (isHandoff(target) ? target.agent : target));
  const asTools = agent.tools.flatMap((entry) =>
    entry.type === "function" && entry.agentTool !== undefined ? [entry.agentTool.agent] : [],
  );
  return [...byHandoff, ...asTools];
}

/** Its own tools, and those that its providers know of now; of one name the first. */
export function toolsOf(agent: AnyAgent): Tool[] {
  if (agent.toolProviders.length === 0) return agent.tools;
  const names = new Set(agent.tools.map(({ name }) => name));
  const borrowed = agent.toolProviders.flatMap((provider) => provider.tools());
  return [
    ...agent.tools,
    ...borrowed.filter(({ name }) => !names.has(name) && names.add(name).has(name)),
  ];
}

/** What a definition fingerprint is made of. */
export function describeAgent(agent: AnyAgent): JsonObject {
  return {
    name: agent.name,
    tools: agent.tools.map((entry) =>
      entry.type === "function" ? `${entry.name}:${entry.digest}` : entry.name,
    ),
    ...(agent.toolProviders.length === 0
      ? {}
      : { toolProviders: agent.toolProviders.map(({ id }) => id) }),
    handoffs: agent.handoffs.map((target) => (isHandoff(target) ? target.agentName : target.name)),
  };
}
