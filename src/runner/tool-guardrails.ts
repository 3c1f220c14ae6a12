import {
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  UserError,
  type AgentsError,
} from "../agent/errors.ts";
import type { ToolGuardrailFunctionOutput } from "../agent/guardrail.ts";
import type { Activation } from "./activation.ts";
import { callAsRun } from "./call-arguments.ts";
import { failRun } from "./stop-run.ts";
import { frameContext } from "./frame-context.ts";
import { infoField } from "./guardrail-info.ts";
import type { CallSite } from "./settle-call.ts";
import { tellToolEnd, tellToolStart } from "./tell-hooks.ts";
import { describeThrown, toToolCallError } from "./tool-call-error.ts";

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
    await record(activation, site, {
      name: guardrail.name,
      kind: "tool_input",
      output,
      replacement,
    });
    if (behavior.type === "throwException") {
      const result = tripwire("tool_input", guardrail.name, output);
      const message = `Tool input guardrail triggered: ${guardrail.name}`;
      return trip(activation, site, new ToolInputGuardrailTripwireTriggered(message, result));
    }
    if (replacement === undefined) continue;
    const { callId } = call.item;
    await activation.append(frame.path, [
      { type: "tool_finished", callId, outcome: "denied", output: replacement },
    ]);
    tellToolStart(activation, site);
    tellToolEnd(activation, site, replacement);
    return false;
  }
  return true;
}

/** The output that the model gets; `undefined` when a guardrail stopped the run. */
export async function guardOutput(
  activation: Activation,
  site: CallSite,
  value: unknown,
): Promise<{ value: unknown } | undefined> {
  const { frame, call, agent, tool } = site;
  const context = frameContext(activation, frame);
  const data = { context, agent, toolCall: callAsRun(call), output: value };
  for (const guardrail of tool.outputGuardrails) {
    const answer = await runGuardrail(activation, site, () => guardrail.run(data));
    const { behavior } = answer;
    const replacement = behavior.type === "rejectContent" ? behavior.message : undefined;
    await record(activation, site, {
      name: guardrail.name,
      kind: "tool_output",
      output: answer,
      replacement,
    });
    if (behavior.type === "throwException") {
      const result = tripwire("tool_output", guardrail.name, answer);
      const message = `Tool output guardrail triggered: ${guardrail.name}`;
      await trip(activation, site, new ToolOutputGuardrailTripwireTriggered(message, result));
      return undefined;
    }
    if (replacement !== undefined) return { value: replacement };
  }
  return { value };
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

async function record(
  activation: Activation,
  { frame, call }: CallSite,
  ran: {
    name: string;
    kind: "tool_input" | "tool_output";
    output: ToolGuardrailFunctionOutput;
    replacement: string | undefined;
  },
): Promise<void> {
  const { name, kind, output, replacement } = ran;
  await activation.append(frame.path, [
    {
      type: "guardrail_ran",
      guardrail: name,
      kind,
      callId: call.item.callId,
      tripped: output.behavior.type !== "allow",
      ...infoField(output.outputInfo),
      ...(replacement === undefined ? {} : { replacement }),
    },
  ]);
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
