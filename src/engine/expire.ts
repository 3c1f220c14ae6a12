import { toIso } from "../lib/clock.ts";
import { ConflictError } from "../lib/errors.ts";
import { openApprovals } from "./approvals.ts";
import type { DraftOf } from "./entries.ts";
import type { Recorder } from "./recorder.ts";

/** Ends the open approvals whose time is up, as their own outcome. Never approves. */
export async function expireDue(recorder: Recorder): Promise<void> {
  const { journal, clock } = recorder;
  if (journal.state.undecided.size === 0) return;
  const now = toIso(clock.now());
  const due = openApprovals(journal.state).filter(
    ({ expiresAt }) => expiresAt !== undefined && expiresAt <= now,
  );
  if (due.length === 0) return;
  const drafts = due.map(({ approvalId }): DraftOf<"approval_decided"> => ({
    type: "approval_decided",
    approvalId,
    decision: "expired",
    by: "deadline",
    channel: "clock",
    scope: "once",
  }));
  const isOpen = new Set(due.map(({ approvalId }) => approvalId));
  try {
    await recorder.append(drafts, () => [...isOpen].every((id) => journal.state.undecided.has(id)));
  } catch (error) {
    // Somebody decided at the last moment: what is still due is looked at again.
    if (!(error instanceof ConflictError)) throw error;
    await expireDue(recorder);
  }
}
