import type { AnyAgent, FunctionToolResult } from "./agent.ts";
import { MaxTurnsExceededError } from "./errors.ts";
import { turnLimit, type Call, type Frame } from "./conversation.ts";
import type { Activation } from "./activation.ts";
import { askForTurns } from "./ask.ts";
import { callModel } from "./ask-model.ts";
import { complete, type RunOutput } from "./complete.ts";
import { failRun, stopResumably } from "./stop-run.ts";
import { findTarget } from "./graph.ts";
import { frameContext } from "./context.ts";
import { passesGuardrails } from "./guard-input.ts";
import { handleError } from "./handle-error.ts";
import { savedSession } from "./save-session.ts";
import { agentNamed, outputValue, toText } from "./face/run-view.ts";

/** Closes the last turn and, unless that ended the run, takes the next one. */
export async function takeTurn(activation: Activation, frame: Frame): Promise<void> {
  const agent = agentNamed(activation.plan.graph, frame.agent);
  const output = await outputOfTools(activation, frame, agent);
  if (output !== undefined) return complete(activation, frame, output);
  const limit = turnLimit(frame);
  if (limit !== null && frame.turns >= limit) {
    return stopAtLimit(activation, frame, limit);
  }
  // The session has everything before the model is asked for more. Input goes in with the first
  // answer: whoever starts anew after a failure says the same again.
  const saves = frame.path.length === 0 && frame.turn !== undefined;
  if (saves && !(await savedSession(activation))) return;
  const added = [...frame.pendingInput];
  if (!(await passesGuardrails(activation, frame, { agent, added }))) return;
  await callModel(activation, frame, { agent, added, news: [...frame.news] });
}

/** Outcomes of calls that tell what the tool has to say; a person's no is not one of them. */
const resultOutcomes = new Set<string | undefined>(["ran", "collected", "denied", "invalid"]);

/** What `toolUseBehavior` makes of a response's results, all of them, in call order. */
async function outputOfTools(
  activation: Activation,
  frame: Frame,
  agent: AnyAgent,
): Promise<RunOutput | undefined> {
  const { toolUseBehavior } = agent;
  const { turn } = frame;
  if (turn === undefined || turn.agent !== agent.name || toolUseBehavior === "run_llm_again") {
    return undefined;
  }
  const answered = turn.calls.flatMap((call): { call: Call; result: FunctionToolResult }[] => {
    const target = findTarget(agent, call.item.name);
    if (target?.type !== "tool" || !resultOutcomes.has(call.finished?.outcome)) return [];
    const { tool } = target;
    return [{ call, result: { type: "function_output", tool, output: outputValue(call) } }];
  });
  if (answered.length === 0) return undefined;
  if (toolUseBehavior === "stop_on_first_tool") return fromCall(answered[0]?.call);
  if (typeof toolUseBehavior === "object") {
    const names = new Set(toolUseBehavior.stopAtToolNames);
    return fromCall(answered.find(({ call }) => names.has(call.item.name))?.call);
  }
  const results = answered.map(({ result }) => result);
  const verdict = await toolUseBehavior(frameContext(activation, frame), results);
  return verdict.isFinalOutput ? { from: "text", text: toText(verdict.finalOutput) } : undefined;
}

function fromCall(call: Call | undefined): RunOutput | undefined {
  return call === undefined ? undefined : { from: "call", callId: call.item.callId };
}

async function stopAtLimit(activation: Activation, frame: Frame, limit: number): Promise<void> {
  const answer = frame.budgets.at(-1)?.decision?.decision ?? "approved";
  const mayAsk = activation.config.askAtMaxTurns === true && frame.firstMaxTurns !== 0;
  if (mayAsk && answer === "approved") {
    await activation.append(frame.path, [askForTurns(frame, limit)]);
    return;
  }
  const error = new MaxTurnsExceededError(`Max turns (${limit}) exceeded`);
  const handled = await handleError(activation, frame, { kind: "maxTurns", error });
  if (handled !== undefined) return complete(activation, frame, handled);
  if (frame.path.length > 0) return failRun(activation, frame, error);
  await stopResumably(activation, frame, error);
}
