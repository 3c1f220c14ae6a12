import type { Approval, Call, Verdict } from "../engine/state.ts";
import { headOf } from "../lib/cut-text.ts";
import { textOfAnswer } from "./item-text.ts";
import { visibleLine } from "./shown-text.ts";

/** A decision as every face shows it. */
export interface DecisionReport {
  /** All of it in one line. */
  text: string;
  decision: Verdict["decision"];
  by: string;
  channel: string;
  /** ISO 8601 UTC. */
  at: string;
  /** What the agent was told with a rejection. */
  message?: string | undefined;
  /** JSON text of the arguments that ran instead. */
  arguments?: string | undefined;
  /** What came of the call: "ran", "failed", "goes on", "in doubt". */
  came?: string | undefined;
  /** What the tool answered, or what went wrong: on one line, its first 300 characters. */
  result?: string | undefined;
}

const RESULT_LIMIT = 300;

export function toDecision(
  decision: Verdict,
  { isVoid }: Approval,
  call: Call | undefined,
): DecisionReport {
  const kept = isVoid ? ", and void: the rules want more now, so it was asked anew" : "";
  const { at, by, channel, message, arguments: changed } = decision;
  return {
    text: `${describeDecision(decision)}${kept}`,
    decision: decision.decision,
    by,
    channel,
    at,
    ...(message === undefined ? {} : { message }),
    ...(changed === undefined ? {} : { arguments: JSON.stringify(changed) }),
    ...(call === undefined ? {} : { came: cameOf(call), ...resultOf(call) }),
  };
}

/** Of a call that was run: of what was decided instead, all is said. */
function resultOf({ finished, error }: Call): Pick<DecisionReport, "result"> {
  if (finished?.type !== "tool_finished" && error === undefined) return {};
  const { output, returned } = finished ?? {};
  const text = textOfAnswer(error?.message ?? returned ?? output);
  const line = visibleLine(headOf(text, RESULT_LIMIT));
  const result = text.length > RESULT_LIMIT ? `${line}… (${text.length} characters)` : line;
  return result === "" ? {} : { result };
}

/** What came of a call that was decided on. */
function cameOf(call: Call): string {
  const { finished, started, error, nested } = call;
  if (finished !== undefined) {
    const { outcome } = finished;
    if (outcome === "rejected" || outcome === "expired") return "not run";
    return outcome === "failed" ? "failed" : nameOf(outcome);
  }
  if (nested) return "its own run goes on";
  if (error !== undefined) return "in doubt";
  return started === undefined ? "not started yet" : "runs";
}

/** A nested run that was collected ran, to people. */
export function nameOf(outcome: NonNullable<Call["finished"]>["outcome"]): string {
  return outcome === "collected" ? "ran" : outcome;
}

export function describeDecision({
  decision,
  by,
  channel,
  at,
  scope,
  arguments: changed,
}: Verdict): string {
  const always = scope === "always" ? " for the rest of the run" : "";
  const edited = changed === undefined ? "" : " with changed arguments";
  return `${decision}${always}${edited} by ${visibleLine(by)} through ${channel} at ${at}`;
}
