import { GuardrailExecutionError, InputGuardrailTripwireTriggered } from "../agent/errors.ts";
import type { InputGuardrail } from "../agent/guardrail.ts";
import { errorMessage } from "../lib/errors.ts";
import type { EntryDraft } from "../journal/entries.ts";
import type { Frame } from "../journal/frame.ts";
import type { Activation } from "./activation.ts";
import { failRun } from "./stop-run.ts";
import { describeThrown } from "./tool-call-error.ts";
import { frameContext } from "./frame-context.ts";
import { checkVerdict, infoField } from "./guardrail-info.ts";
import { inputOf } from "./opening.ts";
import { agentNamed } from "./run-view.ts";

/** Lets one guardrail look at a run's input, and records its answer. */
export async function guardInput(
  activation: Activation,
  frame: Frame,
  guardrail: InputGuardrail,
): Promise<void> {
  const agent = agentNamed(activation.plan.graph, frame.startedAgent);
  const { name } = guardrail;
  let output;
  try {
    const input = inputOf(activation.recorder.journal, frame);
    const context = frameContext(activation, frame);
    output = checkVerdict(await guardrail.execute({ agent, input, context }));
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(errorMessage(error));
    const message = `Input guardrail failed to complete: ${describeThrown(error)}`;
    throw new GuardrailExecutionError(message, cause);
  }
  const tripped = output.tripwireTriggered;
  const answer: EntryDraft = {
    type: "guardrail_ran",
    guardrail: name,
    kind: "input",
    tripped,
    ...infoField(output.outputInfo),
  };
  if (!tripped) {
    await activation.append(frame.path, [answer]);
    return;
  }
  const result = { guardrail: { type: "input" as const, name }, output };
  const message = `Input guardrail triggered: ${JSON.stringify(output.outputInfo)}`;
  // Together: between the two nobody must take the input for one that passed.
  const error = new InputGuardrailTripwireTriggered(message, result);
  await failRun(activation, frame, error, { after: [answer] });
}
