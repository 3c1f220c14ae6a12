import { failFrame } from "../engine/activation.ts";
import type { DraftOf } from "../engine/entries.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { askGuardrail } from "./ask-guardrail.ts";
import type { Frame } from "./conversation.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { InputGuardrailTripwireTriggered } from "./errors.ts";
import { agentNamed } from "./graph.ts";
import type { InputGuardrail } from "./guardrail.ts";
import type { AgentInputItem } from "./items.ts";
import { inputOf } from "./opening.ts";
import { stopResumably } from "./stop-run.ts";

/** Lets one guardrail look at a run's input, and records its answer. */
export async function guardInput(
  activation: AgentActivation,
  frame: Frame,
  guardrail: InputGuardrail,
): Promise<void> {
  const agent = agentNamed(activation.own.plan.graph, frame.startedBy);
  const input = inputOf(activation.recorder.journal, frame);
  const { answer, error } = await askInputGuardrail(activation, frame, { agent, guardrail, input });
  if (error === undefined) {
    await activation.append(frame.path, [answer]);
    return;
  }
  // Together: between the two nobody must take the input for one that passed.
  await failFrame(activation, frame, { error, after: [answer] });
}

/**
 * Lets the guardrails of the run, and of the agent whose turn it is, look at input that was added;
 * what does not pass stays where it is, and can be taken back.
 */
export function passesGuardrails(
  activation: AgentActivation,
  frame: Frame,
  { agent, added }: { agent: AnyAgent; added: readonly AgentInputItem[] },
): MaybePromise<boolean> {
  const { inputGuardrails } = configOf(activation.own.plan, frame);
  const guardrails = [...(inputGuardrails ?? []), ...agent.inputGuardrails];
  if (added.length === 0 || guardrails.length === 0) return true;
  return passes(activation, frame, { agent, added, guardrails });
}

async function passes(
  activation: AgentActivation,
  frame: Frame,
  {
    agent,
    added,
    guardrails,
  }: {
    agent: AnyAgent;
    added: readonly AgentInputItem[];
    guardrails: readonly InputGuardrail[];
  },
): Promise<boolean> {
  const verdicts = await Promise.all(
    guardrails.map((guardrail) =>
      askInputGuardrail(activation, frame, {
        agent,
        guardrail,
        input: structuredClone([...added]),
      }),
    ),
  );
  await activation.append(
    frame.path,
    verdicts.map(({ answer }) => answer),
  );
  const error = verdicts.find((verdict) => verdict.error !== undefined)?.error;
  if (error === undefined) return true;
  await stopResumably(activation, frame, { error });
  return false;
}

interface Verdict {
  answer: DraftOf<"guardrail_ran">;
  /** Absent when the input passes. */
  error: InputGuardrailTripwireTriggered | undefined;
}

async function askInputGuardrail(
  activation: AgentActivation,
  frame: Frame,
  {
    agent,
    guardrail,
    input,
  }: { agent: AnyAgent; guardrail: InputGuardrail; input: string | AgentInputItem[] },
): Promise<Verdict> {
  const { name } = guardrail;
  const { output, entry: answer } = await askGuardrail("input", name, () =>
    guardrail.execute({ agent, input, context: frameContext(activation, frame) }),
  );
  if (!output.tripwireTriggered) return { answer, error: undefined };
  const result = { guardrail: { type: "input" as const, name }, output };
  const message = `Input guardrail triggered: ${JSON.stringify(output.outputInfo)}`;
  return { answer, error: new InputGuardrailTripwireTriggered(message, result) };
}
