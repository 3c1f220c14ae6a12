import type { DraftOf } from "../engine/entries.ts";
import { toEntry, verdictOf, type GuardAnswer } from "../engine/guard.ts";
import { toError } from "../lib/errors.ts";
import type { MaybePromise } from "../lib/pending.ts";
import { GuardrailExecutionError, UserError, describeThrown } from "./errors.ts";
import type { GuardrailFunctionOutput } from "./guardrail-output.ts";

/**
 * What a guardrail of a run's input or output says, and the entry that keeps it.
 *
 * @throws GuardrailExecutionError where it throws, or its answer means nothing
 */
export async function askGuardrail(
  kind: "input" | "output",
  name: string,
  execute: () => MaybePromise<Partial<GuardrailFunctionOutput> | undefined>,
): Promise<{ output: GuardrailFunctionOutput; entry: DraftOf<"guardrail_ran"> }> {
  let output: GuardrailFunctionOutput;
  try {
    output = checkVerdict(await verdictOf(name, execute()));
  } catch (error) {
    const which = kind === "input" ? "Input" : "Output";
    const message = `${which} guardrail failed to complete: ${describeThrown(error)}`;
    throw new GuardrailExecutionError(message, toError(error));
  }
  const behavior: GuardAnswer["behavior"] = output.tripwireTriggered
    ? { type: "trip", error: new Error("tripped") }
    : { type: "pass" };
  const entry = toEntry(name, { kind, answer: { behavior, info: output.outputInfo } });
  return { output, entry };
}

/** An answer that means nothing must not be taken for a yes. @throws UserError */
function checkVerdict(
  answer: Partial<GuardrailFunctionOutput> | undefined,
): GuardrailFunctionOutput {
  const { tripwireTriggered, outputInfo } = answer ?? {};
  if (typeof tripwireTriggered === "boolean") return { tripwireTriggered, outputInfo };
  throw new UserError("A guardrail must answer { tripwireTriggered: true or false, outputInfo }");
}
