import type { GuardAnswer } from "../engine/guard.ts";
import { UserError } from "./errors.ts";
import type { GuardrailFunctionOutput } from "./guardrail.ts";

/** An answer that means nothing must not be taken for a yes. @throws UserError */
export function checkVerdict(
  answer: Partial<GuardrailFunctionOutput> | undefined,
): GuardrailFunctionOutput {
  const { tripwireTriggered, outputInfo } = answer ?? {};
  if (typeof tripwireTriggered === "boolean") return { tripwireTriggered, outputInfo };
  throw new UserError("A guardrail must answer { tripwireTriggered: true or false, outputInfo }");
}

/** The answer of a guardrail of input or output, as the journal has it. */
export function toAnswer({ tripwireTriggered, outputInfo }: GuardrailFunctionOutput): GuardAnswer {
  if (!tripwireTriggered) return { behavior: { type: "pass" }, info: outputInfo };
  return { behavior: { type: "trip", error: new Error("tripped") }, info: outputInfo };
}
