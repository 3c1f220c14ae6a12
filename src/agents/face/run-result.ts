import type { AgentOutput, AnyAgent } from "../agent.ts";
import { rootFrame } from "../conversation.ts";
import type { EntryOf } from "../entries.ts";
import type {
  GuardrailFunctionOutput,
  ToolGuardrailBehavior,
  ToolGuardrailFunctionOutput,
} from "../guardrail-output.ts";
import type { AgentInputItem, AgentOutputItem } from "../items.ts";
import type { ModelResponse } from "../model.ts";
import { finalText } from "../output-text.ts";
import type { RunContext } from "../run-context.ts";
import { parseOutput } from "../schema/output-schema.ts";
import type { Usage } from "../usage.ts";
import type { RunItem, RunToolApprovalItem } from "./run-items.ts";
import type { RunState } from "./run-state.ts";
import {
  currentAgent,
  frameItems,
  interruptions,
  toModelResponses,
  toOutputItems,
} from "./run-view.ts";

/** What a guardrail answered, as the journal has it. */
export interface GuardrailResult {
  guardrail: { type: "input" | "output"; name: string };
  output: GuardrailFunctionOutput;
}

export interface OutputGuardrailResult extends GuardrailResult {
  agent: AnyAgent;
  agentOutput: unknown;
}

export interface ToolGuardrailResult {
  guardrail: { type: "tool_input" | "tool_output"; name: string };
  output: ToolGuardrailFunctionOutput;
}

/** What a run has made so far: everything is read from its state. */
export class RunResult<TContext = unknown, TAgent extends AnyAgent = AnyAgent> {
  readonly #state: () => RunState<TContext, TAgent>;

  constructor(state: () => RunState<TContext, TAgent>) {
    this.#state = state;
  }

  /** The run as it stood when this result was made; `run(agent, state)` goes on with it. */
  get state(): RunState<TContext, TAgent> {
    return this.#state();
  }

  get runContext(): RunContext<TContext> {
    return this.state.context;
  }

  /** The final output; `undefined` while the run waits. */
  get finalOutput(): AgentOutput<TAgent["outputType"]> | undefined {
    const { fold, graph } = this.state;
    const frame = rootFrame(fold);
    const text = frame && finalText(frame);
    if (text === undefined) return undefined;
    const { outputType } = currentAgent(fold, graph);
    return parseOutput(outputType, text) as AgentOutput<TAgent["outputType"]>;
  }

  /** Calls that the run stopped for; decided ones stay here until it goes on. */
  get interruptions(): RunToolApprovalItem[] {
    return interruptions(this.state.fold, this.state.graph);
  }

  /** Items made by the run, outputs in call order, pending approvals in the place of outputs. */
  get newItems(): RunItem[] {
    const { fold, graph } = this.state;
    const frame = rootFrame(fold);
    return frame === undefined ? [] : frameItems(fold, graph, frame);
  }

  get input(): string | AgentInputItem[] {
    return this.state.input;
  }

  /** Input and items, as input for another run. */
  get history(): AgentInputItem[] {
    return this.state.history;
  }

  /** The new items as models see them; calls that wait are not there yet. */
  get output(): AgentOutputItem[] {
    return toOutputItems(this.newItems, rootFrame(this.state.fold)?.data.reasoningItemIdPolicy);
  }

  get rawResponses(): (ModelResponse & { usage: Usage })[] {
    const frame = rootFrame(this.state.fold);
    return frame === undefined ? [] : toModelResponses(frame);
  }

  get lastResponseId(): string | undefined {
    return this.rawResponses.findLast(({ responseId }) => responseId !== undefined)?.responseId;
  }

  /** The agent whose turn it was last. */
  get lastAgent(): TAgent | undefined {
    return this.state.currentAgent;
  }

  get activeAgent(): TAgent | undefined {
    return this.lastAgent;
  }

  get usage(): Usage {
    return this.state.usage;
  }

  get inputGuardrailResults(): GuardrailResult[] {
    return this.#guardrails("input").map(({ guardrail, tripped, info }) => ({
      guardrail: { type: "input", name: guardrail },
      output: { tripwireTriggered: tripped, outputInfo: info },
    }));
  }

  get outputGuardrailResults(): OutputGuardrailResult[] {
    const { fold, graph } = this.state;
    return this.#guardrails("output").map(({ guardrail, tripped, info }) => ({
      guardrail: { type: "output", name: guardrail },
      output: { tripwireTriggered: tripped, outputInfo: info },
      agent: currentAgent(fold, graph),
      agentOutput: this.finalOutput,
    }));
  }

  get toolInputGuardrailResults(): ToolGuardrailResult[] {
    return this.#guardrails("tool_input").map((entry) => toToolGuardrailResult(entry));
  }

  get toolOutputGuardrailResults(): ToolGuardrailResult[] {
    return this.#guardrails("tool_output").map((entry) => toToolGuardrailResult(entry));
  }

  #guardrails(kind: EntryOf<"guardrail_ran">["kind"]): EntryOf<"guardrail_ran">[] {
    const frame = rootFrame(this.state.fold);
    return (frame?.guardrails ?? []).filter((entry) => entry.kind === kind);
  }
}

function toToolGuardrailResult(entry: EntryOf<"guardrail_ran">): ToolGuardrailResult {
  const { guardrail: name, kind, info } = entry;
  const type = kind === "tool_input" ? "tool_input" : "tool_output";
  return { guardrail: { type, name }, output: { behavior: behaviorOf(entry), outputInfo: info } };
}

function behaviorOf({ tripped, replacement }: EntryOf<"guardrail_ran">): ToolGuardrailBehavior {
  if (replacement !== undefined) return { type: "rejectContent", message: replacement };
  return { type: tripped ? "throwException" : "allow" };
}
