import { failFrame } from "../engine/activation.ts";
import type { Call } from "../engine/state.ts";
import { answerOf, isPending, type MaybePromise } from "../lib/pending.ts";
import type { AgentActivation } from "./activation.ts";
import type { FunctionToolResult, ToolsToFinalOutputResult } from "./agent-options.ts";
import type { AnyAgent } from "./agent.ts";
import { askForTurns, weakBudget } from "./ask.ts";
import { callModel } from "./ask-model.ts";
import { complete } from "./complete.ts";
import { budgetOf, turnLimit, type Frame } from "./conversation.ts";
import type { RunOutput } from "./entries.ts";
import { MaxTurnsExceededError } from "./errors.ts";
import { outputValue, toText } from "./output-text.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { agentNamed, targetIn } from "./graph.ts";
import { passesGuardrails } from "./guard-input.ts";
import { handleError } from "./handle-error.ts";
import { savedSession } from "./save-session.ts";
import { stopResumably } from "./stop-run.ts";

/** Closes the last turn and, unless that ended the run, takes the next one. */
export async function takeTurn(activation: AgentActivation, frame: Frame): Promise<void> {
  const agent = agentNamed(activation.own.plan.graph, frame.data.agent);
  const said = outputOfTools(activation, frame, agent);
  const output = isPending(said) ? await said : said;
  if (output !== undefined) return complete(activation, frame, output);
  const limit = turnLimit(frame);
  const level = activation.own.plan.config;
  if (limit !== null && weakBudget(frame, level) !== undefined) {
    const taken = frame.data.turns;
    await activation.append(frame.path, [askForTurns(frame, { limit: taken, level })]);
    return;
  }
  if (limit !== null && frame.data.turns >= limit) {
    return stopAtLimit(activation, frame, limit);
  }
  // The session has everything before the model is asked for more. Input goes in with the first
  // answer: whoever starts anew after a failure says the same again.
  const saves = frame.path.length === 0 && frame.data.turn !== undefined;
  const saved = !saves || savedSession(activation);
  if (!(isPending(saved) ? await saved : saved)) return;
  const added = [...frame.data.pendingInput];
  const passes = passesGuardrails(activation, frame, { agent, added });
  if (!(isPending(passes) ? await passes : passes)) return;
  await callModel(activation, frame, { agent, added, news: [...frame.data.news] });
}

/** Outcomes of calls that tell what the tool has to say; a person's no is not one of them. */
const resultOutcomes = new Set<string | undefined>(["ran", "collected", "denied", "invalid"]);

/** What `toolUseBehavior` makes of a response's results, all of them, in call order. */
function outputOfTools(
  activation: AgentActivation,
  frame: Frame,
  agent: AnyAgent,
): MaybePromise<RunOutput | undefined> {
  const { toolUseBehavior } = agent;
  const { turn } = frame.data;
  if (turn === undefined || turn.agent !== agent.name || toolUseBehavior === "run_llm_again") {
    return undefined;
  }
  const answered = turn.calls.flatMap((call): { call: Call; result: FunctionToolResult }[] => {
    const target = targetIn(activation.own.plan.graph, frame, { agent, name: call.item.name });
    if (target?.type !== "tool" || !resultOutcomes.has(call.finished?.outcome)) return [];
    // As the program knows it.
    const { given: tool = target.tool } = target.tool;
    return [{ call, result: { type: "function_output", tool, output: outputValue(call) } }];
  });
  if (answered.length === 0) return undefined;
  if (toolUseBehavior === "stop_on_first_tool") return fromCall(answered[0]?.call);
  if (typeof toolUseBehavior === "object") {
    const names = new Set(toolUseBehavior.stopAtToolNames);
    return fromCall(answered.find(({ call }) => names.has(call.item.name))?.call);
  }
  const results = answered.map(({ result }) => result);
  const verdict = answerOf(
    toolUseBehavior(frameContext(activation, frame), results),
    `The toolUseBehavior of "${agent.name}"`,
  );
  return isPending(verdict) ? verdict.then(finalOutput) : finalOutput(verdict);
}

function finalOutput(verdict: ToolsToFinalOutputResult): RunOutput | undefined {
  return verdict.isFinalOutput ? { from: "text", text: toText(verdict.finalOutput) } : undefined;
}

function fromCall(call: Call | undefined): RunOutput | undefined {
  return call === undefined ? undefined : { from: "call", callId: call.item.callId };
}

async function stopAtLimit(
  activation: AgentActivation,
  frame: Frame,
  limit: number,
): Promise<void> {
  const answer = budgetOf(frame)?.decision?.decision ?? "approved";
  const mayAsk =
    configOf(activation.own.plan, frame).askAtMaxTurns === true && frame.data.firstMaxTurns !== 0;
  if (mayAsk && answer === "approved") {
    const level = activation.own.plan.config;
    await activation.append(frame.path, [askForTurns(frame, { limit, level })]);
    return;
  }
  const error = new MaxTurnsExceededError(`Max turns (${limit}) exceeded`);
  const handled = await handleError(activation, frame, { kind: "maxTurns", error });
  if (handled !== undefined) return complete(activation, frame, handled);
  if (frame.path.length > 0) return failFrame(activation, frame, { error });
  await stopResumably(activation, frame, { error });
}
