import type { MaybePromise } from "../lib/pending.ts";
import * as z from "zod";

import type {
  AgentHookEvents,
  AgentOptions,
  AgentToolLink,
  AgentToolOptions,
  NestedRunEvent,
  NestedRunWatcher,
  ToolUseBehavior,
} from "./agent-options.ts";
import type { ApprovalTimeout } from "../engine/tool.ts";
import type { Callback } from "./callback.ts";
import { offeredOf, getHandoff, isHandoff, type Handoff } from "./handoff.ts";
import { UserError } from "./errors.ts";
import type { HostedTool, RunnableTool, Tool } from "./function-tool.ts";
import { isMade, toRunnable } from "./given-tool.ts";
import type { AnyOutputGuardrail, InputGuardrail } from "./guardrail.ts";
import { Hooks } from "./hooks.ts";
import { lazy } from "../lib/lazy.ts";
import type { JsonSchemaDefinition, Model, ModelSettings } from "./model.ts";
import { checkConfig } from "./face/config.ts";
import { refuseOptions } from "./refused.ts";
import type { RunContext } from "./run-context.ts";
import { parseOutput } from "./schema/output-schema.ts";
import type { ToolProvider } from "./tool-provider.ts";
import { tool, toFunctionName, type ToolParameters } from "./tool.ts";
import { checkApprovalTimeout } from "./gate.ts";

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

const agentBrand = Symbol.for("holdpoint.agent");
const defaultToolInput = lazy(() => z.object({ input: z.string() }));

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
    refuseOptions("agent", options, `declare agent "${options.name}"`);
    this.#options = options;
    this.name = options.name;
    this.instructions = options.instructions ?? "";
    this.handoffDescription = options.handoffDescription ?? "";
    this.handoffs = listOf(options.handoffs);
    this.model = options.model ?? "";
    this.modelSettings = options.modelSettings ?? {};
    this.tools = listOf(options.tools);
    this.toolProviders = listOf(options.toolProviders);
    this.inputGuardrails = listOf(options.inputGuardrails);
    this.outputGuardrails = listOf(options.outputGuardrails);
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

  /** Whether settings were given; without, some go with the name of the model. */
  hasExplicitModelSettings(): boolean {
    return this.#options.modelSettings !== undefined;
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

  /** A new agent like this one, but for `changes`; lists that do not change are shared. */
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
      ...(this.hasExplicitModelSettings() || Object.keys(modelSettings).length > 0
        ? { modelSettings }
        : {}),
      tools,
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
  ): AgentTool<TContext> {
    const { toolName, toolDescription, needsApproval, parameters, isEnabled: enabled } = options;
    const attempt = `use agent "${this.name}" as a tool`;
    refuseOptions("agentTool", options, attempt);
    refuseOptions("agentToolRun", options.runOptions, `${attempt}: runOptions`);
    refuseOptions("runner", options.runConfig, `${attempt}: runConfig`);
    refuseOptions("agentToolConfig", options.runConfig, `${attempt}: runConfig`);
    checkConfig({ ...options.runConfig });
    checkConfig({ ...options.runOptions });
    const base = tool<ToolParameters, TContext>({
      name: toolName ?? toFunctionName(this.name),
      description: toolDescription ?? "",
      parameters: parameters ?? defaultToolInput(),
      ...(needsApproval === undefined ? {} : { needsApproval }),
      ...(enabled === undefined ? {} : { isEnabled: enabled }),
      execute: () => {
        throw new UserError(`Agent "${this.name}" as a tool runs only inside a run`);
      },
    });
    const structured = parameters !== undefined || options.inputBuilder !== undefined;
    const link: AgentToolLink = { agent: this, options, structured, handlers: new Map() };
    const made: AgentTool<TContext> = {
      ...base,
      agentTool: link,
      on(name, handler) {
        link.handlers.set(name, [...(link.handlers.get(name) ?? []), handler]);
        return made;
      },
    };
    return made;
  }

  /** The system prompt; calls the function where instructions are one. */
  async getSystemPrompt(context: RunContext<TContext>): Promise<string | undefined> {
    const { instructions } = this;
    return typeof instructions === "function" ? instructions(context, this) : instructions;
  }

  /**
   * The tools that a model is offered now. Where a subclass has its own, or another one is set, only
   * what that returns is offered, and only that can be called.
   */
  async getAllTools(context: RunContext<TContext>): Promise<Tool<TContext>[]> {
    const borrowed = await this.getMcpTools(context);
    return [...borrowed, ...(await offeredOf(toolsOf(this), { context, agent: this }))];
  }

  /** Tools from elsewhere; here there are none but those of `toolProviders`, which are own ones. */
  async getMcpTools(_context: RunContext<TContext>): Promise<Tool<TContext>[]> {
    return [];
  }

  /** The handoffs that a model is offered now; as with `getAllTools`. */
  async getEnabledHandoffs(context: RunContext<TContext>): Promise<Handoff[]> {
    const all = this.handoffs.map((target) => getHandoff(target));
    return offeredOf(all, { context, agent: this });
  }

  /** The final output that a text stands for. @throws where it does not fit `outputType` */
  processFinalOutput(output: string): unknown {
    return parseOutput(this.outputType, output);
  }
}

/** An agent used as a tool. */
export interface AgentTool<TContext = unknown> extends RunnableTool<TContext> {
  /** Tells every event of a kind (`*`: of all) of the nested runs. */
  on(name: NestedRunEvent["type"] | "*", handler: NestedRunWatcher): AgentTool<TContext>;
}

/** The list itself: what a program adds to it later counts. */
function listOf<T>(given: readonly T[] | undefined): T[] {
  return (given ?? []) as T[];
}

/** What a subclass has of its own that no run would ask; `undefined` where there is nothing. */
export function unheardMethod(agent: AnyAgent): string | undefined {
  if (agent.processFinalOutput !== Agent.prototype.processFinalOutput) return "processFinalOutput";
  return "getPrompt" in agent ? "getPrompt" : undefined;
}

export function isAgent(value: unknown): value is AnyAgent {
  return typeof value === "object" && value !== null && agentBrand in value;
}

/** The agent behind a tool, where it is one. */
export function linkOf(entry: Tool): AgentToolLink | undefined {
  return entry.type === "function" && isMade(entry) ? entry.agentTool : undefined;
}

/** The agents that `agent` can reach in one step: by handoff, and as tools. */
export function reachableAgents(agent: AnyAgent): AnyAgent[] {
  const byHandoff = agent.handoffs.map((target) => (isHandoff(target) ? target.agent : target));
  const asTools = agent.tools.flatMap((entry) => linkOf(entry)?.agent ?? []);
  return [...byHandoff, ...asTools];
}

/** A tool as runs work with it. */
export type RunTool = RunnableTool | HostedTool;

export function toRunTool(entry: Tool): RunTool {
  return entry.type === "function" ? toRunnable(entry) : entry;
}

/** Its own tools, and those that its providers know of now; of one name the first. */
export function toolsOf(agent: AnyAgent): RunTool[] {
  const own = agent.tools.map((entry) => toRunTool(entry));
  if (agent.toolProviders.length === 0) return own;
  const names = new Set(own.map(({ name }) => name));
  const borrowed = agent.toolProviders.flatMap((provider) => provider.tools());
  return [...own, ...borrowed.filter(({ name }) => !names.has(name) && names.add(name).has(name))];
}
