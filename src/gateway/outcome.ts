import { rootFrame } from "../engine/frames.ts";
import type { Call, Run } from "../engine/state.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { visibleLine } from "../runs/shown-text.ts";
import { answerOf, withMark, type Answer } from "./answers.ts";
import { gatewayDataOf, GATEWAY } from "./folder.ts";
import { knownOf, type Known } from "./known.ts";
import type { Outcome } from "./ledger.ts";

/** What became of a call, for whoever waits for it or makes it again. */
export interface Settled {
  readonly answer: Answer;
  readonly outcome: Outcome;
  readonly known: Known;
  /** How often it was begun. */
  readonly begun: number;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/**
 * What became of the call of a run; `undefined` while nothing has.
 *
 * @param wish which of the like calls that share it, from 1
 */
export function settledOf(
  run: Run,
  { wish = 1, hasStructure }: { wish?: number; hasStructure: boolean },
): Settled | undefined {
  const frame = rootFrame(run);
  const first = frame?.calls.get("1");
  if (frame === undefined || first === undefined) return undefined;
  const own = frame.calls.get(String(wish));
  if (own?.finished !== undefined) return settledCall(own, own.finished.at, hasStructure);
  if (frame.end === undefined) return undefined;
  if (first.finished !== undefined) {
    const settled = settledCall(first, first.finished.at, hasStructure);
    const text =
      "Holdpoint: the same call was asked for more than once at one time, and was decided as one. This is what came of it.";
    return { ...settled, answer: withMark(settled.answer, { text }) };
  }
  const begun = first.started?.attempt ?? 0;
  const outcome = endedOutcome(run, first);
  return { answer: endedAnswer(run), outcome, known: "decided", begun, at: frame.end.at };
}

function settledCall(call: Call, at: string, hasStructure: boolean): Settled {
  const begun = call.started?.attempt ?? 0;
  const answer = answerOf(call, { hasStructure });
  return { answer, outcome: outcomeOf(call), known: knownOf(call), begun, at };
}

function outcomeOf({ finished, started, approval }: Call): Outcome {
  switch (finished?.outcome) {
    case "rejected":
      return started === undefined ? "rejected" : "done";
    case "stated":
      return approval?.decision?.message === undefined ? "unknown" : "done";
    case "expired":
      return "expired";
    case "denied":
    case "invalid":
      return started === undefined ? "nothing" : "done";
    default:
      return isUnsent(finished?.returned) ? "nothing" : "done";
  }
}

function isUnsent(returned: JsonValue | undefined): boolean {
  return isJsonObject(returned) && returned["unsent"] === true;
}

/** Who ends a held call that may not run any more: nobody said no to it. */
export const RULES = "holdpoint";

/** A run that was ended: somebody's no, or the end of a doubt that it leaves open. */
function endedOutcome({ cancelled }: Run, { started }: Call): Outcome {
  if (started !== undefined) return "unknown";
  return cancelled?.by === RULES && cancelled.channel === GATEWAY ? "nothing" : "rejected";
}

function endedAnswer(run: Run): Answer {
  const started = rootFrame(run)?.calls.get("1")?.started !== undefined;
  const { by = "somebody", reason } = run.cancelled ?? {};
  const why = reason === undefined ? "" : `: ${reason}`;
  const what = started
    ? "It had been started, and what came of it is not known"
    : "Nothing was run";
  const text = `This call was ended by ${visibleLine(by)}${why}. ${what}.`;
  return { result: { isError: true, content: [{ type: "text", text }] } };
}

/** How a call stands that has come to nothing yet. */
export type Stand =
  /** It has not begun, and nobody is asked: its server starts, or it is somebody else's turn. */
  | "begins"
  /** A person is asked whether it may run. */
  | "waits"
  | "runs"
  /** A person is asked what came of it. */
  | "doubted"
  /** It has come to something by now. */
  | "over";

export function standOf(run: Run): Stand {
  const frame = rootFrame(run);
  const calls = [...(frame?.calls.values() ?? [])];
  const isDone = calls.length > 0 && calls.every(({ finished }) => finished !== undefined);
  if (isDone || frame?.end !== undefined) return "over";
  const hasBegun = calls.some(
    ({ started, finished }) => started !== undefined && finished === undefined,
  );
  if (run.undecided.size > 0) return hasBegun ? "doubted" : "waits";
  return hasBegun ? "runs" : "begins";
}

/** Whether a call has not begun to run. */
export function isHeld(run: Run): boolean {
  return rootFrame(run)?.calls.get("1")?.started === undefined;
}

/** Whether nobody decided on a call yet, and it has not begun: a like one may still be put to it. */
export function isUndecided(run: Run): boolean {
  const frame = rootFrame(run);
  const decision = frame?.calls.get("1")?.approval?.decision;
  return frame?.end === undefined && isHeld(run) && decision === undefined;
}

/** Whether a person wants to be asked again about a rejected call. */
export function asksAgain(run: Run): boolean {
  return gatewayDataOf(run)?.askAgain === true;
}

/** `14:02` by the clock of this machine, with the day where that is another. */
export function timeOf(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (date.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
