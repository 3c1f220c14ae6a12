/** Types of parts of options, by the names that programs for `@openai/agents` write. */
import type { MaybePromise } from "../../lib/pending.ts";
import type { AgentOutputType, AnyAgent } from "../agent.ts";
import type { FunctionToolResult, ToolsToFinalOutputResult } from "../agent-options.ts";
import type {
  InputGuardrailArgs,
  OutputGuardrailArgs,
  ToolInputGuardrailData,
  ToolOutputGuardrailData,
} from "../guardrail.ts";
import type { GuardrailFunctionOutput, ToolGuardrailFunctionOutput } from "../guardrail-output.ts";
import type { ModelSettings } from "../model.ts";
import type { RunContext } from "../run-context.ts";
import type { FunctionTool } from "../function-tool.ts";
import type { RunConfig, ToolErrorFormatterArgs } from "./config.ts";

export type TextOutput = "text";
export type UnknownContext = unknown;

export type InputGuardrailFunction = (args: InputGuardrailArgs) => Promise<GuardrailFunctionOutput>;
export type OutputGuardrailFunction<
  TOutput extends AgentOutputType = TextOutput,
  TContext = UnknownContext,
> = (args: OutputGuardrailArgs<TOutput, TContext>) => Promise<GuardrailFunctionOutput>;
export type ToolInputGuardrailFunction<TContext = UnknownContext> = (
  data: ToolInputGuardrailData<TContext>,
) => Promise<ToolGuardrailFunctionOutput>;
export type ToolOutputGuardrailFunction<TContext = UnknownContext> = (
  data: ToolOutputGuardrailData<TContext>,
) => Promise<ToolGuardrailFunctionOutput>;

export type ToolToFinalOutputFunction = (
  context: RunContext,
  toolResults: FunctionToolResult[],
) => MaybePromise<ToolsToFinalOutputResult>;
export type ToolEnabledFunction<TContext = UnknownContext> = (
  runContext: RunContext<TContext>,
  agent: AnyAgent,
) => Promise<boolean>;

export type FunctionToolTimeoutBehavior = NonNullable<FunctionTool["timeoutBehavior"]>;
export type ModelSettingsToolChoice = NonNullable<ModelSettings["toolChoice"]>;
export type ReasoningItemIdPolicy = NonNullable<RunConfig["reasoningItemIdPolicy"]>;
export type ToolErrorKind = ToolErrorFormatterArgs["kind"];
export type ToolNameCollisionPolicy = NonNullable<RunConfig["toolNameCollisionPolicy"]>;
export type ToolNotFoundBehavior = NonNullable<RunConfig["toolNotFoundBehavior"]>;
