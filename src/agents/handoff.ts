import { answerOf, attempt, isPending, type MaybePromise } from "../lib/pending.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Agent, AgentOutputType, AnyAgent } from "./agent.ts";
import type { Callback } from "./callback.ts";
import { ModelBehaviorError, UserError } from "./errors.ts";
import type { HostedTool, RunnableTool } from "./function-tool.ts";
import type { AgentInputItem } from "./items.ts";
import type { RunContext } from "./run-context.ts";
import {
  readArguments,
  toFunctionName,
  type ToolEnabled,
  type ToolInput,
  type ToolParameters,
} from "./tool.ts";
import { toToolSchema, type ToolSchema } from "./schema/tool-schema.ts";

/** One item of a run, as input filters see it: the raw item, and what it is. */
export interface FilterItem {
  readonly type: string;
  readonly rawItem: AgentInputItem;
}

export interface HandoffInputData {
  /** The input of the run. */
  inputHistory: string | AgentInputItem[];
  /** Items of earlier turns. */
  preHandoffItems: FilterItem[];
  /** Items of the turn that hands off, the handoff's own among them. */
  newItems: FilterItem[];
  runContext?: RunContext;
}

/** Shapes what the next agent sees. Must return items it was given, or new ones; order is kept. */
export type HandoffInputFilter = Callback<[HandoffInputData], HandoffInputData>;

export interface HandoffOptions<TInput extends ToolParameters = ToolParameters> {
  toolNameOverride?: string;
  toolDescriptionOverride?: string;
  onHandoff?: Callback<[RunContext, ToolInput<TInput>?], MaybePromise<void>>;
  /** Schema of the arguments a model gives with the handoff; needs `onHandoff`. */
  inputType?: TInput;
  inputFilter?: HandoffInputFilter;
  isEnabled?: ToolEnabled;
}

const handoffBrand = Symbol.for("holdpoint.handoff");

/** A way for one agent to give the conversation to another; a model sees it as a tool. */
export class Handoff<TContext = unknown, TOutput extends AgentOutputType = AgentOutputType> {
  readonly [handoffBrand] = true;
  readonly agent: Agent<TContext, TOutput>;
  agentName: string;
  toolName: string;
  toolDescription: string;
  inputJsonSchema: JsonObject;
  strictJsonSchema: boolean;
  inputFilter: HandoffInputFilter | undefined;
  isEnabled: ToolEnabled;
  /** Gives the conversation over, and says to whom; another one that is set is what is called. */
  onInvokeHandoff: OnInvokeHandoff;

  /** @param given options, or what gives the conversation over */
  constructor(agent: Agent<TContext, TOutput>, given: HandoffOptions | OnInvokeHandoff = {}) {
    const options = typeof given === "function" ? {} : given;
    if (options.inputType !== undefined && options.onHandoff === undefined) {
      throw new UserError(
        `Cannot declare the handoff to "${agent.name}": inputType needs onHandoff`,
      );
    }
    this.agent = agent;
    this.agentName = agent.name;
    this.toolName = options.toolNameOverride ?? `transfer_to_${toFunctionName(agent.name)}`;
    this.toolDescription =
      options.toolDescriptionOverride ??
      `Handoff to the ${agent.name} agent to handle the request. ${agent.handoffDescription}`;
    const input =
      options.inputType === undefined
        ? undefined
        : toToolSchema(options.inputType, { name: this.toolName, strict: true });
    this.inputJsonSchema = input?.schema ?? {
      type: "object",
      properties: {},
      required: [],
      additionalProperties: false,
    };
    this.strictJsonSchema = true;
    this.inputFilter = options.inputFilter;
    this.isEnabled = options.isEnabled ?? true;
    const { onHandoff } = options;
    this.onInvokeHandoff =
      typeof given === "function"
        ? given
        : async (context, text) => {
            if (input === undefined) await onHandoff?.(context);
            else await onHandoff?.(context, readInput(input, this.toolName, text));
            return this.agent;
          };
  }

  /** A handoff like this one, but for `changes`. */
  clone(changes: HandoffChanges = {}): Handoff {
    const to: AnyAgent = changes.agent ?? this.agent;
    const invoke: OnInvokeHandoff = async (context, text) => {
      await this.onInvokeHandoff(context, text);
      return to;
    };
    const cloned = new Handoff(to, changes.agent === undefined ? this.onInvokeHandoff : invoke);
    const { agentName = changes.agent?.name ?? this.agentName, toolName = this.toolName } = changes;
    const { toolDescription, inputJsonSchema, strictJsonSchema, inputFilter, isEnabled } = this;
    const { agent: _agent, ...more } = changes;
    const own = { toolDescription, inputJsonSchema, strictJsonSchema, inputFilter, isEnabled };
    return Object.assign(cloned, own, more, { agentName, toolName });
  }

  /** Calls `onHandoff`, with the arguments where an input type was declared. */
  async invoke(context: RunContext, input: string): Promise<AnyAgent> {
    return this.onInvokeHandoff(context, input);
  }
}

type OnInvokeHandoff = Callback<[RunContext, string], MaybePromise<AnyAgent>>;

type HandoffChanges = Partial<
  Pick<
    Handoff,
    | "agent"
    | "agentName"
    | "inputFilter"
    | "inputJsonSchema"
    | "isEnabled"
    | "onInvokeHandoff"
    | "strictJsonSchema"
    | "toolDescription"
    | "toolName"
  >
>;

function readInput(input: ToolSchema, toolName: string, text: string): unknown {
  try {
    return input.parse(readArguments(toolName, text));
  } catch (error) {
    const problem =
      text === "" ? "Handoff function expected non empty input" : "Invalid JSON provided";
    throw new ModelBehaviorError(problem, undefined, { cause: error });
  }
}

/** A handoff to `agent`, with options. */
export function handoff<
  TContext = unknown,
  TOutput extends AgentOutputType = AgentOutputType,
  TInput extends ToolParameters = ToolParameters,
>(
  agent: Agent<TContext, TOutput>,
  options: HandoffOptions<TInput> = {},
): Handoff<TContext, TOutput> {
  return new Handoff(agent, options);
}

export function isHandoff(value: unknown): value is Handoff {
  return typeof value === "object" && value !== null && handoffBrand in value;
}

const defaults = new WeakMap<AnyAgent, Handoff>();

/** The handoff that a list of handoffs means: an agent stands for a plain handoff to it. */
export function getHandoff(target: AnyAgent | Handoff): Handoff {
  if (isHandoff(target)) return target;
  let plain = defaults.get(target);
  if (plain === undefined) {
    plain = new Handoff(target);
    defaults.set(target, plain);
  }
  return plain;
}

/** What the model that handed off gets as output of the call. */
export function getTransferMessage(agent: AnyAgent): string {
  return JSON.stringify({ assistant: agent.name });
}

/** Whether a tool or handoff is offered now. */
export function isOffered(
  candidate: RunnableTool | HostedTool | Handoff,
  { context, agent }: { context: RunContext; agent: AnyAgent },
): MaybePromise<boolean> {
  if (isHandoff(candidate)) {
    const { isEnabled: rule, toolName } = candidate;
    if (typeof rule !== "function") return rule;
    const what = `isEnabled of "${toolName}"`;
    return answerOf(rule({ runContext: context, agent }), what);
  }
  if (candidate.type !== "function") return true;
  const what = `isEnabled of "${candidate.name}"`;
  return answerOf(candidate.isEnabled(context, agent), what);
}

/** Those of tools or handoffs that are offered now; at once where no function has to say it. */
export function offeredOf<T extends RunnableTool | HostedTool | Handoff>(
  candidates: readonly T[],
  of: { context: RunContext; agent: AnyAgent },
): MaybePromise<T[]> {
  // All are asked: what one throws at once must not leave another's failure to nobody.
  const verdicts = candidates.map((candidate) => attempt(() => isOffered(candidate, of)));
  const those = (known: readonly unknown[]): T[] => candidates.filter((_, index) => known[index]);
  if (!verdicts.some((verdict) => isPending(verdict))) return those(verdicts);
  return Promise.all(verdicts.map(async (verdict) => verdict)).then(those);
}
