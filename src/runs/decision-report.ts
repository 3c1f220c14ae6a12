import type { Approval, Call, Verdict } from "../engine/state.ts";
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
}

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
    ...(call === undefined ? {} : { came: cameOf(call) }),
  };
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
