import type { Guard, GuardAnswer } from "../engine/guard.ts";
import type { ToolCall } from "./activation.ts";
import { copyPlain } from "../lib/json.ts";
import {
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  UserError,
} from "./errors.ts";
import { frameContext } from "./frame-config.ts";
import type { ToolGuardrailFunctionOutput } from "./guardrail-output.ts";
import { callAsRun } from "./tool-arguments.ts";

/** The guardrails that look at a call before its body runs. */
export function inputGuards(of: ToolCall): Guard<undefined>[] {
  return of.tool.inputGuardrails.map(({ name, run }) => ({
    name,
    async run() {
      return toAnswer(await run(dataOf(of)), (output) => {
        const result = tripwire("tool_input", name, output);
        const message = `Tool input guardrail triggered: ${name}`;
        return new ToolInputGuardrailTripwireTriggered(message, result);
      });
    },
  }));
}

/** The guardrails that look at its output. */
export function outputGuards(of: ToolCall): Guard<unknown>[] {
  return of.tool.outputGuardrails.map(({ name, run }) => ({
    name,
    async run(value) {
      return toAnswer(await run({ ...dataOf(of), output: copyPlain(value) }), (output) => {
        const result = tripwire("tool_output", name, output);
        const message = `Tool output guardrail triggered: ${name}`;
        return new ToolOutputGuardrailTripwireTriggered(message, result);
      });
    },
  }));
}

function dataOf({ activation, frame, call, agent }: ToolCall) {
  return { context: frameContext(activation, frame), agent, toolCall: callAsRun(call) };
}

/** @throws UserError for an answer that means nothing: it must not be taken for a yes */
function toAnswer(
  answer: Partial<ToolGuardrailFunctionOutput> | undefined,
  toError: (output: ToolGuardrailFunctionOutput) => Error,
): GuardAnswer {
  const { behavior, outputInfo: info } = answer ?? {};
  switch (behavior?.type) {
    case "allow":
      return { behavior: { type: "pass" }, info };
    case "rejectContent":
      return { behavior: { type: "replace", text: behavior.message }, info };
    case "throwException":
      return { behavior: { type: "trip", error: toError({ ...answer, behavior }) }, info };
    default:
      throw new UserError(
        "A tool guardrail must answer { behavior }, of type allow, rejectContent or throwException",
      );
  }
}

function tripwire(
  type: "tool_input" | "tool_output",
  name: string,
  { outputInfo, behavior }: ToolGuardrailFunctionOutput,
): ToolInputGuardrailTripwireTriggered["result"] {
  return { guardrail: { type, name }, output: { outputInfo, behavior } };
}
