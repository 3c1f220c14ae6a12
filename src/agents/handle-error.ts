import type { AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import type { Frame } from "./conversation.ts";
import type { RunOutput } from "./entries.ts";
import { errorMessage } from "../lib/errors.ts";
import { UserError, type AgentsError } from "./errors.ts";
import type { RunErrorData, RunErrorKind } from "./face/config.ts";
import { frameHistory, frameItems, toModelResponses, toOutputItems } from "./face/run-view.ts";
import { toText } from "./output-text.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { agentNamed } from "./graph.ts";
import { inputOf } from "./opening.ts";
import { answerOf } from "../lib/pending.ts";

/** The output that a handler of the run puts in place of its failure, if it does. */
export async function handleError(
  activation: AgentActivation,
  frame: Frame,
  { kind, error }: { kind: RunErrorKind; error: AgentsError },
): Promise<RunOutput | undefined> {
  const handlers = configOf(activation.own.plan, frame).errorHandlers;
  const handler = handlers?.[kind] ?? handlers?.default;
  if (handler === undefined) return undefined;
  const agent = agentNamed(activation.own.plan.graph, frame.data.agent);
  const context = frameContext(activation, frame);
  const runData = describeRun(activation, frame, agent);
  const handled = await answerOf(
    handler({ error, context, runData }),
    `The error handler for ${kind}`,
  );
  if (handled === undefined) return undefined;
  const { finalOutput, includeInHistory = true } = handled;
  const text = agent.outputType === "text" ? toText(finalOutput) : JSON.stringify(finalOutput);
  checkFinalOutput(agent, text);
  return { from: "text", text, ...(includeInHistory ? { message: true } : {}) };
}

/** @throws UserError */
function checkFinalOutput(agent: AnyAgent, text: string | undefined): void {
  try {
    agent.processFinalOutput(text ?? "");
  } catch (error) {
    throw new UserError(
      `Invalid run error handler finalOutput: ${errorMessage(error)}. It must fit the outputType of agent "${agent.name}"`,
      undefined,
      { cause: error },
    );
  }
}

function describeRun(activation: AgentActivation, frame: Frame, lastAgent: AnyAgent): RunErrorData {
  const newItems = frameItems(activation.state, activation.own.plan.graph, frame);
  return {
    input: inputOf(activation.recorder.journal, frame),
    newItems,
    history: structuredClone(frameHistory(activation.recorder.journal, frame)),
    output: toOutputItems(newItems, frame.data.reasoningItemIdPolicy),
    rawResponses: toModelResponses(frame),
    lastAgent,
    state: activation.own.toState(),
  };
}
