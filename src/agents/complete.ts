import { failFrame } from "../engine/activation.ts";
import { runHooks, type AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { askGuardrail } from "./ask-guardrail.ts";
import type { Frame } from "./conversation.ts";
import type { RunOutput } from "./entries.ts";
import {
  ModelBehaviorError,
  ModelRefusalError,
  OutputGuardrailTripwireTriggered,
  type AgentsError,
} from "./errors.ts";
import type { RunErrorKind } from "./face/config.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { agentNamed } from "./graph.ts";
import type { AnyOutputGuardrail } from "./guardrail.ts";
import { handleError } from "./handle-error.ts";
import { isAssistantMessage } from "./items.ts";
import { copyPlain } from "../lib/json.ts";
import { outputText } from "./output-text.ts";
import { savedSession } from "./save-session.ts";
import { parseOutput } from "./schema/output-schema.ts";

/** Ends a frame with an output, after the output's own checks. */
export async function complete(
  activation: AgentActivation,
  frame: Frame,
  output: RunOutput,
): Promise<void> {
  const agent = agentNamed(activation.own.plan.graph, frame.data.agent);
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
    if (output.from !== "message") return failFrame(activation, frame, { error });
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
  activation: AgentActivation,
  frame: Frame,
  failure: { kind: RunErrorKind; error: AgentsError },
): Promise<void> {
  const handled = await handleError(activation, frame, failure);
  if (handled === undefined) return failFrame(activation, frame, { error: failure.error });
  await complete(activation, frame, handled);
}

function refusalOf(frame: Frame): string | undefined {
  const message = frame.data.turn?.items.findLast((item) => isAssistantMessage(item));
  return message?.content.find((part) => part.type === "refusal")?.refusal;
}

async function passesOutputGuardrails(
  activation: AgentActivation,
  frame: Frame,
  { agent, value }: { agent: AnyAgent; value: unknown },
): Promise<boolean> {
  const { outputGuardrails } = configOf(activation.own.plan, frame);
  const guardrails = [...(outputGuardrails ?? []), ...agent.outputGuardrails];
  const verdicts = await Promise.all(
    guardrails.map((guardrail) =>
      askOutputGuardrail(activation, frame, { agent, value, guardrail }),
    ),
  );
  const tripped = verdicts.find(({ output }) => output.tripwireTriggered);
  if (tripped === undefined) return true;
  const info = JSON.stringify(tripped.output.outputInfo);
  const error = new OutputGuardrailTripwireTriggered(
    `Output guardrail triggered: ${info}`,
    tripped,
  );
  await failFrame(activation, frame, { error });
  return false;
}

async function askOutputGuardrail(
  activation: AgentActivation,
  frame: Frame,
  { agent, value, guardrail }: { agent: AnyAgent; value: unknown; guardrail: AnyOutputGuardrail },
): Promise<OutputGuardrailTripwireTriggered["result"]> {
  const { name } = guardrail;
  const context = frameContext(activation, frame);
  const { output, entry } = await askGuardrail("output", name, () =>
    guardrail.execute({ agent, agentOutput: copyPlain(value), context }),
  );
  await activation.append(frame.path, [entry]);
  return { guardrail: { type: "output", name }, output, agent, agentOutput: value };
}
