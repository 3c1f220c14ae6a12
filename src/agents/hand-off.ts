import type { AnyAgent } from "./agent.ts";
import { getTransferMessage, type HandoffInputFilter } from "./handoff.ts";
import { ModelBehaviorError, UserError } from "./errors.ts";
import { toInputItems } from "./items.ts";
import type { EntryDraft } from "./entries.ts";
import type { Call, Frame, RunRecord } from "./conversation.ts";
import { resultRecords } from "./turns.ts";
import type { Activation } from "./activation.ts";
import { findTarget } from "./graph.ts";
import { isEnabled } from "./ask-model.ts";
import { failRun } from "./stop-run.ts";
import { contextChange, frameContext } from "./context.ts";
import { openingOf } from "./opening.ts";
import { agentNamed, toRunItem } from "./face/run-view.ts";
import { runHooks } from "./tell-hooks.ts";
import { orderOf } from "./session-items.ts";
import { answerUnknown } from "./settle-call.ts";

/** Gives the conversation to another agent. */
export async function handOff(activation: Activation, frame: Frame, call: Call): Promise<void> {
  const from = agentNamed(activation.plan.graph, frame.agent);
  const target = findTarget(from, call.item.name);
  const context = frameContext(activation, frame);
  if (target?.type !== "handoff" || !(await isEnabled(target.handoff, { context, agent: from }))) {
    if (activation.plan.toolNotFound === "return_error_to_model") {
      return answerUnknown(activation, frame, call);
    }
    const message = `Tool ${call.item.name} not found in agent ${from.name}.`;
    return failRun(activation, frame, new ModelBehaviorError(message));
  }
  const { handoff } = target;
  const inputFilter = handoff.inputFilter ?? activation.config.handoffInputFilter;
  if (inputFilter !== undefined) checkFilterable(activation, frame);
  let to: AnyAgent;
  try {
    to = await handoff.invoke(context, call.item.arguments);
  } catch (error) {
    if (!(error instanceof ModelBehaviorError)) throw error;
    return failRun(activation, frame, error);
  }
  const entry: HandedOff = {
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

type HandedOff = Extract<EntryDraft, { type: "handed_off" }>;

/** @throws UserError where the history is not ours to filter */
function checkFilterable({ state }: Activation, frame: Frame): void {
  if (!state.isServerManaged || frame.path.length > 0) return;
  throw new UserError(
    "Handoff input filters cannot be used with conversationId or previousResponseId: that history is the provider's",
  );
}

/** Runs an input filter; what it kept is named by number, what it made is kept verbatim. */
async function runFilter(
  activation: Activation,
  frame: Frame,
  { entry, inputFilter }: { entry: HandedOff; inputFilter: HandoffInputFilter },
): Promise<NonNullable<HandedOff["filter"]>> {
  const { graph } = activation.plan;
  const records = recordsAfter(frame, entry);
  const items = records.map((record) => toRunItem(graph, record));
  const settled = frame.records.length - (frame.turn?.items.length ?? 0);
  const known = openingOf(activation.recorder.journal, frame);
  const isText = typeof frame.input === "string" && frame.prior === undefined;
  const result = inputFilter({
    inputHistory: isText ? frame.input : structuredClone(known),
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
  const { turn } = frame;
  if (turn === undefined) return frame.records;
  const handoff = { ...entry, seq: 0, at: "", epoch: 0 };
  const calls = turn.calls.map((each) =>
    each.finished === undefined && each.handoff === undefined ? { ...each, handoff } : each,
  );
  return [...frame.records, ...resultRecords({ ...turn, calls })];
}
