import type { AnyAgent } from "../../../src/agents/agent.ts";
import { MaxTurnsExceededError, ToolCallError } from "../../../src/agents/errors.ts";
import type { ApproveOptions, RejectOptions } from "../../../src/agents/run-context.ts";
import { openApprovals, rootFrame, type RunFold } from "../journal.ts";
import type { RunConfig } from "../../../src/agents/face/config.ts";
import type { RunToolApprovalItem } from "../../../src/agents/face/run-items.ts";
import { RunState } from "../../../src/agents/face/run-state.ts";
import { Runner, type RunInput } from "../../../src/agents/face/run.ts";
import { argumentsOf, findCall, type DecisionScript, type PlayScript } from "./script.ts";

/** A run as whoever plays the people in it sees it. */
export interface Play {
  /** Goes on until nothing is left to do; `maxTurns` is a new limit. */
  advance(maxTurns?: null): Promise<void>;
  interruptions(): RunToolApprovalItem[];
  approve(item: RunToolApprovalItem, options: ApproveOptions): Promise<void>;
  reject(item: RunToolApprovalItem, options: RejectOptions): Promise<void>;
  addInput(text: string): Promise<void>;
  readonly state: RunFold;
  /** The last approval that was decided, when nothing happened since. */
  lastDecided(): string | undefined;
}

/** Calls by path and call id, and the text that a person finds to be their outcome. */
export type Outcomes = ReadonlyMap<string, string>;

const MOST_ROUNDS = 500;

/**
 * Decides and goes on until the run is over. What is done next depends on the journal alone, so
 * that a run that was stopped is gone on with in the same way.
 */
export async function drive(play: Play, script: PlayScript, outcomes: Outcomes): Promise<void> {
  let deciding = isMidRound(play, script);
  for (let round = 0; ; round += 1) {
    if (round > MOST_ROUNDS) throw new Error("The run asks without end");
    if (!deciding) await goOn(play);
    const [next] = undecided(play).toSorted(byTurn(script));
    if (next === undefined) return;
    if (script.addsInput && isFirstPause(play.state, next)) await play.addInput("Be quick.");
    await decide(play, next, { script, outcomes });
    deciding = !letsGo(next, script) && undecided(play).length > 0;
  }
}

function isFirstPause(state: RunFold, { kind: asked }: Item): boolean {
  if (asked !== "tool_call") return false;
  const decided = [...state.approvals.values()].some(
    ({ kind, decision }) => kind === "tool_call" && decision !== undefined,
  );
  return !decided && rootFrame(state)?.data.pendingInput.length === 0;
}

/** What nobody has decided, neither by itself nor by a decision that covers it. */
function undecided(play: Play): RunToolApprovalItem[] {
  const open = new Set(openApprovals(play.state).map(({ approvalId }) => approvalId));
  return play.interruptions().filter(({ approvalId }) => open.has(approvalId));
}

/** Goes on over what a person has to look at and nobody has to decide. */
async function goOn(play: Play): Promise<void> {
  try {
    await play.advance();
  } catch (error) {
    if (error instanceof MaxTurnsExceededError) await play.advance(null).catch(ignoreToolError);
    else ignoreToolError(error);
  }
}

/** A tool that throws leaves a question behind, which is asked by now. */
function ignoreToolError(error: unknown): void {
  if (!(error instanceof ToolCallError)) throw error;
}

function isMidRound(play: Play, script: PlayScript): boolean {
  const id = play.lastDecided();
  const approval = id === undefined ? undefined : play.state.approvals.get(id);
  if (approval?.callId === undefined || approval.kind !== "tool_call") return false;
  if (findCall(script.root, approval.path, approval.callId).decision.letsGo) return false;
  return undecided(play).length > 0;
}

type Item = Pick<RunToolApprovalItem, "kind" | "path" | "rawItem">;

/** Doubts first: they stand for what had happened already if nobody had stopped the run. */
function byTurn(script: PlayScript): (one: Item, other: Item) => number {
  const rank = (item: Item): string => {
    if (item.kind !== "tool_call") return "";
    const { order } = decisionFor(item, script);
    return `${String(order).padStart(9, "0")} ${placeOf(item)}`;
  };
  return (one, other) => (rank(one) < rank(other) ? -1 : 1);
}

export function placeOf({ path, rawItem }: Pick<Item, "path" | "rawItem">): string {
  return [...path, rawItem.callId].join("/");
}

function decisionFor(item: Item, { root }: PlayScript): DecisionScript {
  return findCall(root, item.path, item.rawItem.callId).decision;
}

function letsGo(item: Item, script: PlayScript): boolean {
  return item.kind !== "tool_call" || decisionFor(item, script).letsGo;
}

async function decide(
  play: Play,
  item: RunToolApprovalItem,
  { script, outcomes }: { script: PlayScript; outcomes: Outcomes },
): Promise<void> {
  if (item.kind === "model_outcome_unknown") return play.approve(item, {});
  if (item.kind === "outcome_unknown") {
    const burns = item.name === "burn";
    if (script.doubt === "again" && !burns) return play.approve(item, {});
    const message = burns ? "It burnt" : outcomes.get(placeOf(item));
    return play.reject(item, message === undefined ? {} : { message });
  }
  const scripted = findCall(script.root, item.path, item.rawItem.callId);
  const { verdict, always, message } = scripted.decision;
  if (verdict === "reject") {
    const text = message === undefined ? {} : { message };
    return play.reject(item, { alwaysReject: always, ...text });
  }
  if (verdict === "edit" && scripted.tool !== "delegate") {
    const { value } = argumentsOf(scripted);
    const edited = { ...value, fails: false, note: "as edited" };
    return play.approve(item, { arguments: edited });
  }
  await play.approve(item, { alwaysApprove: always });
}

/** What a play is configured with besides its agents. */
export interface PlaySettings {
  script: PlayScript;
  config?: RunConfig | undefined;
}

/** Plays with the library's public face, from an input or from a saved state. */
export function createLibraryPlay(
  agent: AnyAgent,
  input: string | RunState,
  { script, config = {} }: PlaySettings,
): Play & { toText(): string } {
  const runner = new Runner({ ...configOf(script), ...config });
  let state: RunState | undefined = typeof input === "string" ? undefined : input;
  const known = (): RunState => {
    if (state === undefined) throw new Error("The play has not begun");
    return state;
  };
  const decidedLast = typeof input === "string" ? undefined : lastDecision(input.toJSON().entries);
  let advanced = false;
  return {
    async advance(maxTurns) {
      advanced = true;
      const given: RunInput = state ?? String(input);
      const begin = state === undefined ? startOf(script) : {};
      const options = { ...begin, ...(maxTurns === null ? { maxTurns } : {}) };
      try {
        if (script.streamed) {
          const result = await runner.run(agent, given, { ...options, stream: true });
          // The run is over by its promise; nobody watches.
          await result.completed.finally(() => (state = result.state));
        } else {
          const result = await runner.run(agent, given, options);
          state = result.state;
        }
      } catch (error) {
        if (error instanceof Error && "state" in error && error.state instanceof RunState) {
          state = error.state;
        }
        throw error;
      }
    },
    interruptions: () => known().getInterruptions(),
    approve: async (item, options) => known().approve(item, options),
    reject: async (item, options) => known().reject(item, options),
    addInput: async (text) => known().addInput(text),
    get state() {
      return known().fold;
    },
    lastDecided: () => (advanced ? undefined : decidedLast),
    toText: () => known().toString(),
  };
}

/** What the library is configured with to play the script. */
export function configOf({ atOnce }: PlayScript): RunConfig {
  return { toolExecution: { maxFunctionToolConcurrency: atOnce } };
}

/** What a run of the script is started with. */
export interface StartOptions {
  maxTurns: number | null;
  context: PlayContext;
  conversationId?: string;
  previousResponseId?: string;
}

/** Which calls ran, as their tools have it. */
export interface PlayContext {
  ran: Record<string, string>;
}

export function startOf({ limit, history }: PlayScript): StartOptions {
  const start = { maxTurns: limit, context: { ran: {} } };
  if (history === "conversation") return { ...start, conversationId: "conv_1" };
  if (history === "response_chain") return { ...start, previousResponseId: "resp_before" };
  return start;
}

/** The approval that the last of these lines decides. */
export function lastDecision(lines: readonly string[]): string | undefined {
  const last: { type?: string; approvalId?: string } = JSON.parse(lines.at(-1) ?? "{}");
  return last.type === "approval_decided" ? last.approvalId : undefined;
}
