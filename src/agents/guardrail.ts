import type { MaybePromise } from "../lib/pending.ts";
import type { AgentOutput, AgentOutputType, AnyAgent } from "./agent.ts";
import type { Callback } from "./callback.ts";
import type { GuardrailFunctionOutput, ToolGuardrailFunctionOutput } from "./guardrail-output.ts";
import type { AgentInputItem, FunctionCallItem } from "./items.ts";
import type { RunContext } from "./run-context.ts";

export interface InputGuardrailArgs<TContext = unknown> {
  agent: AnyAgent;
  input: string | AgentInputItem[];
  context: RunContext<TContext>;
}

/** Looks at the input of a run, in its first turn. */
export interface InputGuardrail {
  name: string;
  execute: Callback<[InputGuardrailArgs], MaybePromise<GuardrailFunctionOutput>>;
  /** `false`: the model is called only after it passed. Default: beside the first model call. */
  runInParallel?: boolean | undefined;
}

export interface OutputGuardrailArgs<TOutput extends AgentOutputType = "text", TContext = unknown> {
  agent: AnyAgent;
  agentOutput: AgentOutput<TOutput>;
  context: RunContext<TContext>;
}

/** Looks at the final output, before anybody else sees it. */
export interface OutputGuardrail<TOutput extends AgentOutputType = "text", TContext = unknown> {
  name: string;
  execute: Callback<
    [OutputGuardrailArgs<TOutput, TContext>],
    MaybePromise<GuardrailFunctionOutput>
  >;
}

/** An output guardrail for agents of whatever output. */
export type AnyOutputGuardrail = OutputGuardrail<AgentOutputType>;

export interface ToolInputGuardrailData<TContext = unknown> {
  context: RunContext<TContext>;
  agent: AnyAgent;
  toolCall: FunctionCallItem;
}

export interface ToolOutputGuardrailData<
  TContext = unknown,
> extends ToolInputGuardrailData<TContext> {
  output: unknown;
}

/** Runs before a tool's body; can put a text in place of the call. */
export interface ToolInputGuardrail {
  name: string;
  run: Callback<[ToolInputGuardrailData], MaybePromise<ToolGuardrailFunctionOutput>>;
}

/** Runs after a tool's body; can put a text in place of its output. */
export interface ToolOutputGuardrail {
  name: string;
  run: Callback<[ToolOutputGuardrailData], MaybePromise<ToolGuardrailFunctionOutput>>;
}

export function defineInputGuardrail(guardrail: InputGuardrail): InputGuardrail {
  return guardrail;
}

/** An output guardrail that can also be run by itself. */
export interface OutputGuardrailDefinition<
  TOutput extends AgentOutputType = "text",
> extends OutputGuardrail<TOutput> {
  type: "output";
  guardrailFunction: OutputGuardrail<TOutput>["execute"];
  run(args: OutputGuardrailArgs<TOutput>): Promise<
    Pick<OutputGuardrailArgs<TOutput>, "agent" | "agentOutput"> & {
      guardrail: { type: "output"; name: string };
      output: GuardrailFunctionOutput;
    }
  >;
}

export function defineOutputGuardrail<TOutput extends AgentOutputType = "text">(
  guardrail: OutputGuardrail<TOutput>,
): OutputGuardrailDefinition<TOutput> {
  const { name, execute } = guardrail;
  return {
    ...guardrail,
    type: "output",
    guardrailFunction: execute,
    async run(args) {
      const { agent, agentOutput } = args;
      return {
        guardrail: { type: "output", name },
        agent,
        agentOutput,
        output: await execute(args),
      };
    },
  };
}

export function defineToolInputGuardrail(
  guardrail: ToolInputGuardrail,
): ToolInputGuardrail & { type: "tool_input" } {
  return { type: "tool_input", ...guardrail };
}

export function defineToolOutputGuardrail(
  guardrail: ToolOutputGuardrail,
): ToolOutputGuardrail & { type: "tool_output" } {
  return { type: "tool_output", ...guardrail };
}

/** What a tool guardrail can answer. */
export const ToolGuardrailFunctionOutputFactory = {
  allow(outputInfo?: unknown): ToolGuardrailFunctionOutput {
    return { behavior: { type: "allow" }, outputInfo };
  },
  rejectContent(message: string, outputInfo?: unknown): ToolGuardrailFunctionOutput {
    return { behavior: { type: "rejectContent", message }, outputInfo };
  },
  throwException(outputInfo?: unknown): ToolGuardrailFunctionOutput {
    return { behavior: { type: "throwException" }, outputInfo };
  },
};
