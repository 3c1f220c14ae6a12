import {
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  UserError,
  type AgentsError,
} from "./errors.ts";
import type { ToolGuardrailFunctionOutput } from "./guardrail.ts";
import type { EntryDraft } from "./entries.ts";
import type { Call } from "./conversation.ts";
import type { Activation } from "./activation.ts";
import { callAsRun } from "./call-arguments.ts";
import { failRun } from "./stop-run.ts";
import { frameContext } from "./context.ts";
import { infoField } from "./guardrail-info.ts";
import type { CallSite } from "./settle-call.ts";
import { tellToolEnd, tellToolStart } from "./tell-hooks.ts";
import { describeThrown, toError, toToolCallError } from "./tool-call-error.ts";

/** Whether the call may go on to its body; when not, it has its output or the run its failure. */
export async function passesInputGuardrails(
  activation: Activation,
  site: CallSite,
): Promise<boolean> {
  const { frame, call, agent, tool } = site;
  const data = { context: frameContext(activation, frame), agent, toolCall: callAsRun(call) };
  for (const guardrail of tool.inputGuardrails) {
    const output = await runGuardrail(activation, site, () => guardrail.run(data));
    const { behavior } = output;
    const replacement = behavior.type === "rejectContent" ? behavior.message : undefined;
    const { name } = guardrail;
    await activation.append(frame.path, [
      answerOf(call, { name, kind: "tool_input", output, replacement }),
    ]);
    if (behavior.type === "throwException") {
      const result = tripwire("tool_input", guardrail.name, output);
      const message = `Tool input guardrail triggered: ${guardrail.name}`;
      return trip(activation, site, new ToolInputGuardrailTripwireTriggered(message, result));
    }
    if (replacement === undefined) continue;
    const { callId } = call.item;
    await activation.append(frame.path, [
      { type: "call_answered", callId, outcome: "denied", output: replacement },
    ]);
    tellToolStart(activation, site);
    tellToolEnd(activation, site, replacement);
    return false;
  }
  return true;
}

/** What guardrails make of an output, and their answers, which go with what comes of it. */
export type Guarded = { ran: EntryDraft[] } & (
  | { type: "passed"; value: unknown }
  | { type: "tripped"; error: AgentsError }
  /** A guardrail threw. */
  | { type: "broke"; error: Error }
);

export async function guardOutput(
  activation: Activation,
  site: CallSite,
  value: unknown,
): Promise<Guarded> {
  const { frame, call, agent, tool } = site;
  const context = frameContext(activation, frame);
  const data = { context, agent, toolCall: callAsRun(call), output: value };
  const ran: EntryDraft[] = [];
  for (const { name, run } of tool.outputGuardrails) {
    let output: ToolGuardrailFunctionOutput;
    try {
      output = checkAnswer(await run(data));
    } catch (error) {
      return { type: "broke", ran, error: toError(error) };
    }
    const { behavior } = output;
    const replacement = behavior.type === "rejectContent" ? behavior.message : undefined;
    ran.push(answerOf(call, { name, kind: "tool_output", output, replacement }));
    if (behavior.type === "throwException") {
      const result = tripwire("tool_output", name, output);
      const message = `Tool output guardrail triggered: ${name}`;
      const error = new ToolOutputGuardrailTripwireTriggered(message, result);
      return { type: "tripped", ran, error };
    }
    if (replacement !== undefined) return { type: "passed", ran, value: replacement };
  }
  return { type: "passed", ran, value };
}

async function runGuardrail(
  activation: Activation,
  site: CallSite,
  run: () => ToolGuardrailFunctionOutput | Promise<ToolGuardrailFunctionOutput>,
): Promise<ToolGuardrailFunctionOutput> {
  try {
    return checkAnswer(await run());
  } catch (error) {
    tellToolEnd(activation, site, describeThrown(error));
    throw toToolCallError(error);
  }
}

const behaviors: ReadonlySet<unknown> = new Set(["allow", "rejectContent", "throwException"]);

/** An answer that means nothing must not be taken for a yes. @throws UserError */
function checkAnswer(
  answer: Partial<ToolGuardrailFunctionOutput> | undefined,
): ToolGuardrailFunctionOutput {
  const behavior = answer?.behavior;
  if (behavior !== undefined && behaviors.has(behavior.type)) return { ...answer, behavior };
  throw new UserError(
    "A tool guardrail must answer { behavior }, of type allow, rejectContent or throwException",
  );
}

interface Answered {
  name: string;
  kind: "tool_input" | "tool_output";
  output: ToolGuardrailFunctionOutput;
  replacement: string | undefined;
}

function answerOf(call: Call, { name, kind, output, replacement }: Answered): EntryDraft {
  return {
    type: "guardrail_ran",
    guardrail: name,
    kind,
    callId: call.item.callId,
    tripped: output.behavior.type !== "allow",
    ...infoField(output.outputInfo),
    ...(replacement === undefined ? {} : { replacement }),
  };
}

function tripwire(
  type: "tool_input" | "tool_output",
  name: string,
  { outputInfo, behavior }: ToolGuardrailFunctionOutput,
): ToolInputGuardrailTripwireTriggered["result"] {
  return { guardrail: { type, name }, output: { outputInfo, behavior } };
}

async function trip(activation: Activation, site: CallSite, error: AgentsError): Promise<false> {
  tellToolEnd(activation, site, describeThrown(error));
  await failRun(activation, site.frame, toToolCallError(error));
  return false;
}
