import type { AgentOutputItem, FunctionCallItem } from "../../../src/agents/items.ts";
import { call, message, reasoning } from "../../../src/models/scripted.ts";

/**
 * A play: what every model says, what every person decides, and how long everything takes. Plain
 * JSON, so that another process can go on with it. Models are functions of their request alone.
 */
export interface PlayScript {
  root: FrameScript;
  /** What a handoff of the first, and of the second agent of a chain does to the history. */
  filters: [FilterKind, FilterKind];
  /** Who keeps the root run's history. */
  history: "own" | "conversation" | "response_chain";
  guardrail: "none" | "parallel" | "blocking";
  /** Turns after which the run stops, until somebody raises the limit. */
  limit: number | null;
  streamed: boolean;
  /** How a call in doubt is answered. */
  doubt: "again" | "state";
  /** What ends a run besides its last word. */
  stopsAt: "last_word" | "first_tool" | "pay";
  /** Whether the person says something at the first pause. */
  addsInput: boolean;
  /** Whether tools keep what they did in the context. */
  usesContext: boolean;
  /** Tool bodies that run at once. */
  atOnce: number | null;
  /** How many turns of the event loop writes, models and tools take; used in rotation. */
  delays: number[];
}

export type FilterKind = "none" | "drop_tools" | "rewrite_input" | "add_note";

/** One run: a chain of agents that hand off to each other. */
export interface FrameScript {
  id: number;
  segments: SegmentScript[];
}

export interface SegmentScript {
  turns: TurnScript[];
  /** Whether the handoff to the next agent comes in a turn of its own. */
  handsOffApart: boolean;
}

export interface TurnScript {
  calls: CallScript[];
  thinks: boolean;
  talks: boolean;
  /** Whether the model repeats its first call of the turn before. */
  repeats: boolean;
}

export const toolNames = ["look", "move", "pay", "pay_keyed", "burn"] as const;

export interface CallScript {
  tool: (typeof toolNames)[number] | "delegate";
  /** What the policy of `move` does. */
  policy: "free" | "ask" | "throw" | "odd";
  fails: boolean;
  /** Whether the arguments are no JSON. */
  broken: boolean;
  /** What a guardrail of the tool has against the call, or its output. */
  guarded: "no" | "denied" | "replaced";
  decision: DecisionScript;
  /** The run behind `delegate`. */
  frame?: FrameScript | undefined;
}

export interface DecisionScript {
  verdict: "approve" | "reject" | "edit";
  always: boolean;
  message?: string | undefined;
  /** Of several pending calls the lowest is decided first. */
  order: number;
  /** Whether the run goes on before the next decision. */
  letsGo: boolean;
}

/** Gives every run of the script a number, the root's is 0. */
export function numberFrames(script: PlayScript): PlayScript {
  const copy = structuredClone(script);
  let next = 0;
  const visit = (frame: FrameScript): void => {
    frame.id = next;
    next += 1;
    for (const { frame: child } of callsOf(frame)) if (child !== undefined) visit(child);
  };
  visit(copy.root);
  return copy;
}

export function callsOf(frame: FrameScript): CallScript[] {
  return frame.segments.flatMap(({ turns }) => turns.flatMap(({ calls }) => calls));
}

export function framesOf(frame: FrameScript): FrameScript[] {
  const children = callsOf(frame).flatMap(({ frame: child }) =>
    child === undefined ? [] : [child],
  );
  return [frame, ...children.flatMap((child) => framesOf(child))];
}

/** Call ids are unique in their run only: `segment.turn.index`. */
export function callId(place: {
  segment: number;
  turn: number;
  index: number | "h" | "h2";
}): string {
  return `${place.segment}.${place.turn}.${place.index}`;
}

export function findCall(root: FrameScript, path: readonly string[], id: string): CallScript {
  let frame: FrameScript | undefined = root;
  for (const step of path) frame = callIn(frame, step)?.frame;
  const found = callIn(frame, id);
  if (found === undefined) throw new Error(`The script has no call ${[...path, id].join("/")}`);
  return found;
}

function callIn(frame: FrameScript | undefined, id: string): CallScript | undefined {
  const [segment = 0, turn = 0, index = 0] = id.split(".").map(Number);
  return frame?.segments[segment]?.turns[turn]?.calls[index];
}

/** The arguments that the model writes. */
export function argumentsOf(scripted: CallScript): { text: string; value: ToolArguments } {
  const { frame, policy, fails, guarded } = scripted;
  const value: ToolArguments = { policy, fails, note: "as proposed", guarded };
  if (scripted.broken) return { text: "{", value };
  return { text: frame === undefined ? JSON.stringify(value) : inputOf(scripted, frame), value };
}

export interface ToolArguments {
  policy: CallScript["policy"];
  fails: boolean;
  note: string;
  guarded: CallScript["guarded"];
}

/** The arguments of `delegate`: the run, and whether a person must agree to it. */
function inputOf({ policy }: CallScript, { id }: FrameScript): string {
  return JSON.stringify({ input: policy === "free" ? `frame ${id}` : `gated frame ${id}` });
}

/** How many turns a segment takes, its handoff included. */
function turnCount({ segments }: FrameScript, segment: number): number {
  const { turns = [], handsOffApart = false } = segments[segment] ?? {};
  const isLast = segment === segments.length - 1;
  return turns.length + (isLast || handsOffApart ? 1 : 0);
}

/** What the model says in a turn of a segment: calls, a handoff, or the last word. */
export function responseOf(
  frame: FrameScript,
  place: { segment: number; turn: number; agent: string },
): AgentOutputItem[] {
  const { segment, turn, agent } = place;
  const { turns = [] } = frame.segments[segment] ?? {};
  const isLast = segment === frame.segments.length - 1;
  const isLastTurn = turn === turnCount(frame, segment) - 1;
  const scripted = turns[turn];
  const items: AgentOutputItem[] = [];
  if (scripted?.thinks === true) items.push(reasoning(`rs_${frame.id}_${segment}_${turn}`));
  if (scripted?.talks === true) items.push(message(`I go on with ${frame.id}.${segment}.${turn}.`));
  items.push(...(scripted === undefined ? [] : scriptedCalls(scripted, { segment, turn })));
  const before = turns[turn - 1]?.calls[0];
  if (scripted?.repeats === true && before !== undefined) {
    items.push(toCallItem(before, { segment, turn: turn - 1, index: 0 }));
  }
  if (isLastTurn && isLast) return [message(`Frame ${frame.id} is done.`)];
  if (isLastTurn) items.push(...handoffs(agent, { segment, turn }));
  return items;
}

function scriptedCalls(
  { calls }: TurnScript,
  place: { segment: number; turn: number },
): FunctionCallItem[] {
  return calls.map((scripted, index) => toCallItem(scripted, { ...place, index }));
}

function toCallItem(
  scripted: CallScript,
  place: { segment: number; turn: number; index: number },
): FunctionCallItem {
  return call(scripted.tool, argumentsOf(scripted).text, callId(place));
}

/** Two of them: the second is not taken. */
function handoffs(agent: string, place: { segment: number; turn: number }): FunctionCallItem[] {
  const name = `transfer_to_${nextAgentName(agent)}`;
  return [
    call(name, {}, callId({ ...place, index: "h" })),
    call(name, {}, callId({ ...place, index: "h2" })),
  ];
}

/** Agents are named after their depth and their place in a chain: `d0s1`. */
export function agentName(depth: number, segment: number): string {
  return `d${depth}s${segment}`;
}

function nextAgentName(agent: string): string {
  const [, depth = "0", segment = "0"] = /^d(\d+)s(\d+)$/.exec(agent) ?? [];
  return agentName(Number(depth), Number(segment) + 1);
}
