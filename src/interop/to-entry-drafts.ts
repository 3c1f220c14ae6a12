import {
  assistant,
  isFunctionCall,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "../agents/items.ts";
import type { EntryDraft } from "../agents/entries.ts";
import { runStarted } from "../agents/start-run.ts";
import { checkAgents, checkAsked } from "./check-run.ts";
import {
  settleConversation,
  keyOf,
  toTurns,
  type ForeignTurn,
  type ToldSoFar,
} from "./conversation.ts";
import { answered, gave, responded } from "./entry-forms.ts";
import { cannotRead, type ForeignItem, type ForeignRun } from "./foreign-run.ts";
import type { RunCode } from "./run-code.ts";
import { outputFields, resultOf, textOf } from "./results.ts";
import { countBeside } from "./usage-beside.ts";
import { writeEnd, writeSaved, type Add } from "./write-end.ts";
import { placeLeftOver, planDecisions, writeDecision, type Drafts } from "./write-decisions.ts";

/**
 * A run of another library as entries of a journal of ours, in the order in which they would have
 * been written; they stand at its beginning.
 *
 * @throws HoldpointError `state_incompatible` for what does not fit the code of this process
 */
export function toEntryDrafts(
  run: ForeignRun,
  code: RunCode,
): { drafts: EntryDraft[]; notices: string[] } {
  const drafts: EntryDraft[] = [];
  const notices = [...run.notices];
  const decisions = planDecisions(run, code);
  const beside = countBeside(run);
  const out: Out = { code, drafts, notices, decisions, defined: new Set(), beside, root: run };
  writeFrame(out, { run, path: [], agent: code.root });
  if (run.step.type !== "completed") placeLeftOver(out);
  if (beside.usage !== undefined) {
    notices.push("Model calls that its context counted beside its own are not counted on.");
  }
  return { drafts, notices: [...new Set(notices)] };
}

interface Out extends Drafts {
  readonly beside: ReturnType<typeof countBeside>;
}

interface FramePlace {
  run: ForeignRun;
  path: readonly string[];
  /** The agent that it began with. */
  agent: string;
}

function writeFrame(out: Out, place: FramePlace): void {
  const { run, path } = place;
  checkAgents(out.code, run);
  checkAsked(run);
  const add = adder(out, path);
  add(startOf(out.code, place));
  writeGuardrails(run, "input", add);
  const told: ToldSoFar = { keys: [], handoff: undefined };
  const { turns, late } = toTurns(run);
  let agent = place.agent;
  turns.forEach((turn, index) => {
    const next = turns[index + 1]?.agent ?? (index === turns.length - 1 ? run.agent : undefined);
    agent = writeTurn(out, { place, add, told, turn, index, agent, next });
  });
  if (turns.length > 0 && agent !== run.agent) {
    throw cannotRead(
      `agent ${run.agent} has the turn in it, and nothing that this code knows of handed over to it`,
    );
  }
  settleConversation(run, told);
  for (const kind of ["tool_input", "tool_output", "output"] as const)
    writeGuardrails(run, kind, add);
  const added = [...late, ...run.pendingInput];
  if (added.length > 0) add({ type: "input_added", items: added });
  writeSaved(run, told, add);
  writeEnd(run, add);
}

function adder({ drafts }: Out, path: readonly string[]): Add {
  return (draft) => drafts.push(path.length === 0 ? draft : { ...draft, path: [...path] }) - 1;
}

function startOf(code: RunCode, { run, path, agent }: FramePlace): EntryDraft {
  const { runId, source, fingerprint } = code;
  const { input, maxTurns, conversationId, previousResponseId, chained, context } = run;
  const { reasoningItemIdPolicy } = run;
  const own = { runId, agent, source };
  if (path.length > 0) return runStarted(own, { input, maxTurns });
  const start = {
    input,
    maxTurns,
    ...(Object.keys(context).length === 0 ? {} : { context }),
    ...(run.isContextLost ? { givenAgain: [""] } : {}),
    ...(conversationId === undefined ? {} : { conversationId }),
    ...(previousResponseId === undefined ? {} : { previousResponseId }),
    ...(chained ? { chained: true as const } : {}),
    ...(reasoningItemIdPolicy === undefined ? {} : { reasoningItemIdPolicy }),
  };
  return { ...runStarted(own, start), fingerprint };
}

function writeGuardrails(
  { guardrails }: ForeignRun,
  wanted: ForeignRun["guardrails"][number]["kind"],
  add: Add,
): void {
  for (const { kind, name, tripped, info, replacement } of guardrails) {
    if (kind !== wanted) continue;
    add({
      type: "guardrail_ran",
      guardrail: name,
      kind,
      tripped,
      ...(info === undefined ? {} : { info }),
      ...(replacement === undefined ? {} : { replacement }),
    });
  }
}

interface TurnPlace {
  place: FramePlace;
  add: Add;
  told: ToldSoFar;
  turn: ForeignTurn;
  index: number;
  agent: string;
  /** Whose the next turn is, where that is known. */
  next: string | undefined;
}

/** Writes a response and what came of its calls; returns the agent that has the turn then. */
function writeTurn(out: Out, at: TurnPlace): string {
  const { add, told, turn, index } = at;
  const { output, usage, responseId, requestId, providerData } = turn.response;
  if (turn.admitted.length > 0) {
    add({ type: "input_added", items: turn.admitted });
    told.keys.push(...turn.admitted.map((item) => keyOf(item)));
  }
  const { length: admitted } = turn.admitted;
  const fields = {
    turn: index,
    output,
    usage,
    ...(responseId === undefined ? {} : { responseId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(admitted === 0 ? {} : { admitted }),
    ...(providerData === undefined ? {} : { providerData }),
  };
  const calls = output.filter((item) => isFunctionCall(item));
  const kinds = calls.map(
    ({ callId, name }) => [callId, out.code.targetOf(at.agent, name)?.type ?? "unknown"] as const,
  );
  add(responded(fields, Object.fromEntries(kinds)));
  told.keys.push(...output.map((item) => keyOf(item)));
  const handoff = calls.find((call) => isHandoff(out, at, call));
  for (const call of calls) if (call !== handoff) writeCall(out, at, call);
  return handoff === undefined ? at.agent : writeHandoff(at, handoff);
}

/** A handoff that was taken: its result says so, or the agent that had the next turn. */
function isHandoff(
  { code }: Out,
  { place, agent, next }: TurnPlace,
  call: FunctionCallItem,
): boolean {
  const result = resultOf(place.run, call);
  if (result !== undefined) return result.type === "handed_off";
  if (next === undefined || next === agent) return false;
  const target = code.targetOf(agent, call.name);
  return target?.type === "handoff" && target.agent === next;
}

function writeHandoff(
  { place, add, told, agent, next }: TurnPlace,
  call: FunctionCallItem,
): string {
  const result = resultOf(place.run, call);
  const to = result?.to ?? next ?? agent;
  const output = result === undefined ? JSON.stringify({ assistant: to }) : textOf(result.raw);
  const draft = {
    type: "handed_off" as const,
    callId: call.callId,
    from: agent,
    to,
    output,
  };
  told.keys.push(`result ${call.callId}`);
  told.handoff = { draft, at: told.keys.length };
  add(draft);
  return to;
}

function writeCall(out: Out, at: TurnPlace, call: FunctionCallItem): void {
  const { place, add, told, agent, turn } = at;
  const { run, path } = place;
  const result = resultOf(run, call);
  const isLast = run.responses.at(-1) === turn.response;
  const nested = isLast && result === undefined ? run.nested.get(call.callId) : undefined;
  const asked = isLast && run.step.type === "waiting" && askedAbout(run, call);
  const state = result !== undefined ? "over" : nested !== undefined ? "inside" : "open";
  const ran = result?.ran;
  const said = result === undefined ? undefined : textOf(result.raw);
  const decided = writeDecision(out, {
    add,
    path,
    agent,
    call,
    run,
    state,
    ran,
    told: said,
    asked,
  });
  if (result !== undefined) {
    told.keys.push(keyOf(result.raw));
    writeResult(out, at, { call, result, decided });
  } else if (nested !== undefined) {
    const target = out.code.targetOf(agent, call.name);
    if (target?.type !== "agent") {
      throw cannotRead(`tool ${call.name} of agent ${agent} was an agent in it, and is none here`);
    }
    writeFrame(out, { run: nested, path: [...path, call.callId], agent: target.agent });
  } else if (!isLast) {
    // A filter took it; the turn is closed without showing it to anybody.
    told.keys.push(`result ${call.callId}`);
    add(
      answered(call.callId, "stated", { output: "The output of this call is not in the state." }),
    );
  } else if (run.begun.has(call.callId) || (run.step.type !== "waiting" && !asked)) {
    add({ type: "tool_started", callId: call.callId, attempt: 1, rule: RULE });
  }
}

const RULE = "as the state says";

/** Whether a call of the last response is one that somebody was asked about. @throws HoldpointError */
function askedAbout(run: ForeignRun, call: FunctionCallItem): boolean {
  if (run.step.type !== "waiting") return false;
  const asked = run.step.asked.find(({ callId }) => callId === call.callId);
  if (asked === undefined) return false;
  if (asked.name === call.name && asked.arguments === call.arguments) return true;
  throw cannotRead("a call that waits in it is not the one that its model made; it was changed");
}

function writeResult(
  out: Out,
  { place, add, agent }: TurnPlace,
  { call, result, decided }: { call: FunctionCallItem; result: ForeignItem; decided: Decided },
): void {
  const { callId } = call;
  const { raw } = result;
  if (raw.type !== "function_call_result")
    throw cannotRead("the result of a call is of another kind");
  const output = outputFields(call, { raw, value: result.value });
  if (decided?.decision === "rejected" && result.ran !== true) {
    add(answered(callId, "rejected", output));
    return;
  }
  const target = out.code.targetOf(agent, call.name);
  if (result.ran === false || target?.type === "handoff") {
    add(answered(callId, "denied", output));
    return;
  }
  if (target?.type === "agent") {
    writeFinishedRun(out, [...place.path, callId], { agent: target.agent, call, raw });
    add(answered(callId, "collected", output));
    return;
  }
  const ground = decided === undefined ? { rule: RULE } : { decision: decided.seq };
  add({ type: "tool_started", callId, attempt: 1, ...ground });
  add(gave(callId, output));
}

type Decided = ReturnType<typeof writeDecision>;

/** Of a run inside a call that is over only the last word and what it used are known. */
function writeFinishedRun(
  out: Out,
  path: readonly string[],
  { agent, call, raw }: { agent: string; call: FunctionCallItem; raw: FunctionCallResultItem },
): void {
  const usage = out.beside.usage;
  if (usage === undefined) return;
  out.beside.usage = undefined;
  const add = adder(out, path);
  const { runId, source } = out.code;
  const start = { input: call.arguments, maxTurns: null };
  add(runStarted({ runId, agent, source }, start));
  add(responded({ turn: 0, output: [assistant(textOf(raw))], usage }, {}));
  add({ type: "run_completed", output: { from: "message" } });
}
