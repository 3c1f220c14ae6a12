import { failFrame } from "../engine/activation.ts";
import { answerUnknown } from "../engine/call.ts";
import type { Call } from "../engine/state.ts";
import { isAnswered } from "../engine/frames.ts";
import { answerOf } from "../lib/pending.ts";
import { runHooks, type AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { isOffered, getTransferMessage, type HandoffInputFilter } from "./handoff.ts";
import { sharedOf, type Frame, type HandedOff, type RunRecord } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import { ModelBehaviorError, UserError } from "./errors.ts";
import { toRunItem } from "./face/run-view.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { agentNamed, targetIn } from "./graph.ts";
import { toInputItems } from "./items.ts";
import { openingOf } from "./opening.ts";
import { orderOf } from "./session-items.ts";
import { resultRecords } from "./turns.ts";
import { contextChange } from "./saved-context.ts";

/** Gives the conversation to another agent. */
export async function handOff(
  activation: AgentActivation,
  frame: Frame,
  call: Call,
): Promise<void> {
  const from = agentNamed(activation.own.plan.graph, frame.data.agent);
  const { graph } = activation.own.plan;
  const target = targetIn(graph, frame, { agent: from, name: call.item.name });
  const context = frameContext(activation, frame);
  if (target?.type !== "handoff" || !(await isOffered(target.handoff, { context, agent: from }))) {
    return answerUnknown({ activation, frame, call });
  }
  const { handoff } = target;
  const inputFilter =
    handoff.inputFilter ?? configOf(activation.own.plan, frame).handoffInputFilter;
  if (inputFilter !== undefined) checkFilterable(activation, frame);
  let to: AnyAgent;
  try {
    const what = `The onHandoff of "${handoff.toolName}"`;
    to = await answerOf(handoff.invoke(context, call.item.arguments), what);
  } catch (error) {
    if (!(error instanceof ModelBehaviorError)) throw error;
    return failFrame(activation, frame, { error });
  }
  if (graph.agents.get(to.name) !== to) {
    throw new UserError(
      `Cannot hand off to "${to.name}": onInvokeHandoff of "${handoff.toolName}" returned an agent that "${graph.root.name}" does not reach. Put it into handoffs`,
    );
  }
  const entry: DraftOf<"handed_off"> = {
    type: "handed_off",
    callId: call.item.callId,
    from: from.name,
    to: to.name,
    output: getTransferMessage(to),
  };
  const filter =
    inputFilter === undefined
      ? {}
      : { filter: await runFilter(activation, frame, { entry, inputFilter }) };
  await activation.append(frame.path, [{ ...entry, ...filter }, ...contextChange(activation)]);
  runHooks(activation, frame).emit("agent_handoff", context, from, to);
  from.emit("agent_handoff", context, to);
}

/** @throws UserError where the history is not ours to filter */
function checkFilterable({ state }: AgentActivation, frame: Frame): void {
  if (!sharedOf(state).isServerManaged || frame.path.length > 0) return;
  throw new UserError(
    "Handoff input filters cannot be used with conversationId or previousResponseId: that history is the provider's",
  );
}

/** Runs an input filter; what it kept is named by number, what it made is kept verbatim. */
async function runFilter(
  activation: AgentActivation,
  frame: Frame,
  { entry, inputFilter }: { entry: HandedOff; inputFilter: HandoffInputFilter },
): Promise<NonNullable<DraftOf<"handed_off">["filter"]>> {
  const { graph } = activation.own.plan;
  const records = recordsAfter(frame, entry);
  const items = records.map((record) => toRunItem(graph, record));
  const settled = frame.data.records.length - (frame.data.turn?.items.length ?? 0);
  const known = openingOf(activation.recorder.journal, frame);
  const isText = typeof frame.data.input === "string" && frame.data.prior === undefined;
  const result = inputFilter({
    inputHistory: isText ? frame.data.input : structuredClone(known),
    preHandoffItems: items.slice(0, settled),
    newItems: items.slice(settled),
    runContext: frameContext(activation, frame),
  });
  const kept = [...result.preHandoffItems, ...result.newItems].map((item) => {
    const index = items.findIndex((each) => each === item);
    return index < 0 ? [item.rawItem] : index;
  });
  const { inputHistory } = result;
  return {
    input: orderOf(toInputItems(inputHistory), known),
    ...(typeof inputHistory === "string" ? { isText: true } : {}),
    items: kept,
  };
}

/** All records as they stand once the handoff is made; filters are asked before it is. */
function recordsAfter(frame: Frame, entry: HandedOff): RunRecord[] {
  const { turn, handoffs, records } = frame.data;
  if (turn === undefined) return records;
  const open = turn.calls.filter((call) => !isAnswered(call));
  const after = new Map([...handoffs, ...open.map((call) => [call, entry] as const)]);
  return [...records, ...resultRecords({ turn, handoffs: after })];
}
