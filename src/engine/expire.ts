import { toIso } from "../lib/clock.ts";
import { ConflictError } from "../lib/errors.ts";
import { openApprovals } from "./approvals.ts";
import { decide } from "./decide.ts";
import type { Recorder } from "./recorder.ts";

/** Ends the open approvals whose time is up, as their own outcome. Never approves. */
export async function expireDue(recorder: Recorder): Promise<void> {
  const { journal, clock } = recorder;
  if (journal.state.undecided.size === 0) return;
  const now = toIso(clock.now());
  const due = openApprovals(journal.state).filter(
    ({ expiresAt }) => expiresAt !== undefined && expiresAt <= now,
  );
  const drafts = due.flatMap(({ approvalId }) => {
    const deadline = { decision: "expired", by: "deadline", channel: "clock" } as const;
    const decided = decide(journal.state, { ...deadline, approvalId, counts: "first" });
    return decided.type === "decided" ? decided.entries : [];
  });
  if (drafts.length === 0) return;
  try {
    await recorder.append(drafts, () =>
      drafts.every(({ approvalId }) => journal.state.undecided.has(approvalId)),
    );
  } catch (error) {
    // Somebody decided at the last moment: what is still due is looked at again.
    if (!(error instanceof ConflictError)) throw error;
    await expireDue(recorder);
  }
}
