import { argumentsText } from "../engine/arguments.ts";
import { callOf, frameKey, type Approval, type Run } from "../engine/state.ts";
import { foldedCall, type FoldedLine } from "./folded-line.ts";

/**
 * The longest `action`: models must be able to repeat it word for word. What is longer is decided
 * where all of it is seen.
 */
const ACTION_LIMIT = 2_000;

/** One line that says exactly what will run once an approval is given. */
export function actionOf(state: Run, approval: Approval): FoldedLine {
  const path = agentPath(state, approval.path, approval.agent);
  // Inside a delegation the same tool may mean something else: who asks is part of the action.
  const asking = path.length > 1 ? `${path.join(" > ")}: ` : "";
  const whatever = approval.preview?.whatever === true ? "run whatever it reads: " : "";
  const again = approval.kind === "outcome_unknown" ? "run again: " : "";
  const subject = `${asking}${again}${whatever}${approval.tool ?? approval.kind}`;
  const json = argumentsText(approval, callOf(state, approval));
  return foldedCall({ subject, json }, ACTION_LIMIT);
}

/** The agent of every run from the root down to the one at `path`, which is of `agent`. */
export function agentPath(state: Run, path: readonly string[], agent: string): string[] {
  const above = path.map((callId, depth) => {
    const frame = state.frames.get(frameKey(path.slice(0, depth)));
    return frame?.calls.get(callId)?.agent ?? "";
  });
  return [...above, agent];
}
