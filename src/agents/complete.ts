import type { AnyAgent } from "./agent.ts";
import {
  GuardrailExecutionError,
  ModelBehaviorError,
  ModelRefusalError,
  OutputGuardrailTripwireTriggered,
  type AgentsError,
} from "./errors.ts";
import type { AnyOutputGuardrail } from "./guardrail.ts";
import { isAssistantMessage } from "./items.ts";
import { parseOutput } from "./schema/output-schema.ts";
import { errorMessage } from "../lib/errors.ts";
import type { EntryOf } from "./entries.ts";
import type { Frame } from "./conversation.ts";
import type { Activation } from "./activation.ts";
import type { RunErrorKind } from "./face/config.ts";
import { frameContext } from "./context.ts";
import { checkVerdict, infoField } from "./guardrail-info.ts";
import { handleError } from "./handle-error.ts";
import { savedSession } from "./save-session.ts";
import { failRun } from "./stop-run.ts";
import { runHooks } from "./tell-hooks.ts";
import { describeThrown } from "./tool-call-error.ts";
import { agentNamed, outputValue, responseText, toText } from "./face/run-view.ts";

export type RunOutput = EntryOf<"run_completed">["output"];

/** Ends a frame with an output, after the output's own checks. */
export async function complete(
  activation: Activation,
  frame: Frame,
  output: RunOutput,
): Promise<void> {
  const agent = agentNamed(activation.plan.graph, frame.agent);
  const text = outputText(frame, output);
  const refusal = output.from === "message" && text === "" ? refusalOf(frame) : undefined;
  if (refusal !== undefined) {
    const error = new ModelRefusalError(refusal);
    return failUnlessHandled(activation, frame, { kind: "modelRefusal", error });
  }
  let value: unknown;
  try {
    value = parseOutput(agent.outputType, text);
  } catch (cause) {
    const message =
      "Invalid output type: final assistant output did not match the expected schema.";
    const error = new ModelBehaviorError(message, undefined, { cause });
    if (output.from !== "message") return failRun(activation, frame, error);
    return failUnlessHandled(activation, frame, { kind: "invalidFinalOutput", error });
  }
  if (!(await passesOutputGuardrails(activation, frame, { agent, value }))) return;
  const isRoot = frame.path.length === 0;
  if (isRoot && !(await savedSession(activation))) return;
  await activation.append(frame.path, [{ type: "run_completed", output }]);
  // A final text that no model wrote is an item only now.
  if (isRoot) await savedSession(activation);
  const context = frameContext(activation, frame);
  runHooks(activation, frame).emit("agent_end", context, agent, text);
  agent.emit("agent_end", context, text);
}

/** The run goes on with what a handler makes of the failure, or fails. */
async function failUnlessHandled(
  activation: Activation,
  frame: Frame,
  failure: { kind: RunErrorKind; error: AgentsError },
): Promise<void> {
  const handled = await handleError(activation, frame, failure);
  if (handled === undefined) return failRun(activation, frame, failure.error);
  await complete(activation, frame, handled);
}

function outputText(frame: Frame, output: RunOutput): string {
  switch (output.from) {
    case "text":
      return output.text;
    case "message":
      return responseText(frame.turn?.items ?? []);
    case "call": {
      const call = frame.calls.get(output.callId);
      return call === undefined ? "" : toText(outputValue(call));
    }
  }
}

function refusalOf(frame: Frame): string | undefined {
  const message = frame.turn?.items.findLast((item) => isAssistantMessage(item));
  if (message === undefined || !isAssistantMessage(message)) return undefined;
  const part = message.content.find((content) => content.type === "refusal");
  return part?.type === "refusal" ? part.refusal : undefined;
}

async function passesOutputGuardrails(
  activation: Activation,
  frame: Frame,
  { agent, value }: { agent: AnyAgent; value: unknown },
): Promise<boolean> {
  const ofRun = frame.path.length === 0 ? activation.outputGuardrails : [];
  const guardrails = [...ofRun, ...agent.outputGuardrails];
  const verdicts = await Promise.all(
    guardrails.map((guardrail) => judge(activation, frame, { agent, value, guardrail })),
  );
  const tripped = verdicts.find(({ output }) => output.tripwireTriggered);
  if (tripped === undefined) return true;
  const info = JSON.stringify(tripped.output.outputInfo);
  const error = new OutputGuardrailTripwireTriggered(
    `Output guardrail triggered: ${info}`,
    tripped,
  );
  await failRun(activation, frame, error);
  return false;
}

async function judge(
  activation: Activation,
  frame: Frame,
  { agent, value, guardrail }: { agent: AnyAgent; value: unknown; guardrail: AnyOutputGuardrail },
): Promise<OutputGuardrailTripwireTriggered["result"]> {
  const { name } = guardrail;
  const context = frameContext(activation, frame);
  let output;
  try {
    output = checkVerdict(await guardrail.execute({ agent, agentOutput: value, context }));
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(errorMessage(error));
    const message = `Output guardrail failed to complete: ${describeThrown(error)}`;
    throw new GuardrailExecutionError(message, cause);
  }
  const tripped = output.tripwireTriggered;
  await activation.append(frame.path, [
    {
      type: "guardrail_ran",
      guardrail: name,
      kind: "output",
      tripped,
      ...infoField(output.outputInfo),
    },
  ]);
  return { guardrail: { type: "output", name }, output, agent, agentOutput: value };
}
