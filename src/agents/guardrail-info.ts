import { UserError } from "./errors.ts";
import type { GuardrailFunctionOutput } from "./guardrail.ts";
import { isPlainJson, type JsonValue } from "../lib/json.ts";

/** An answer that means nothing must not be taken for a yes. @throws UserError */
export function checkVerdict(
  answer: Partial<GuardrailFunctionOutput> | undefined,
): GuardrailFunctionOutput {
  const { tripwireTriggered, outputInfo } = answer ?? {};
  if (typeof tripwireTriggered === "boolean") return { tripwireTriggered, outputInfo };
  throw new UserError("A guardrail must answer { tripwireTriggered: true or false, outputInfo }");
}

/** What a guardrail reported, where JSON can hold it. */
export function infoField(info: unknown): { info?: JsonValue } {
  return info !== undefined && isPlainJson(info) ? { info } : {};
}
