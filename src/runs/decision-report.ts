import type { Approval, Call, Verdict } from "../engine/state.ts";
import { headOf } from "../lib/cut-text.ts";
import { textOfAnswer } from "./item-text.ts";
import { visibleLine, visibleText } from "./shown-text.ts";

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
  /** What the tool answered, or what went wrong; its first 1,000 characters, safe to show. */
  result?: string | undefined;
}

const RESULT_LIMIT = 1_000;

export function toDecision(
  decision: Verdict,
  { approval, call, isOneCall }: { approval: Approval; call: Call | undefined; isOneCall: boolean },
): DecisionReport {
  const kept = approval.isVoid ? ", and void: the rules want more now, so it was asked anew" : "";
  const { at, by, channel, message, arguments: changed } = decision;
  return {
    text: `${describeDecision(decision, { isOneCall })}${kept}`,
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
  const shown = visibleText(headOf(text, RESULT_LIMIT)).trimEnd();
  const result = text.length > RESULT_LIMIT ? `${shown}… (${text.length} characters)` : shown;
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

/** @param isOneCall whether later calls of its run are the same one, asked for at once with it */
export function describeDecision(
  { decision, by, channel, at, scope, arguments: changed }: Verdict,
  { isOneCall = false }: { isOneCall?: boolean } = {},
): string {
  const far = isOneCall ? " as often as it was asked for at once" : " for the rest of the run";
  const always = scope === "always" ? far : "";
  const edited = changed === undefined ? "" : " with changed arguments";
  return `${decision}${always}${edited} by ${visibleLine(by)} through ${channel} at ${at}`;
}
