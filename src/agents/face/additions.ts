import type { StoredEntry } from "../../engine/chain.ts";
import type { Journal } from "../../engine/journal.ts";
import { isOutcome } from "../../engine/entry-kinds.ts";
import { systemClock, toIso } from "../../lib/clock.ts";
import { ConflictError } from "../../lib/errors.ts";
import type { DraftOf, EntryDraft } from "../entries.ts";
import { findApproval } from "./decisions.ts";

/** What can be added to a run from outside, whatever it did meanwhile. */
export function isAddition({ type }: StoredEntry["entry"]): boolean {
  return type === "approval_decided" || type === "input_added" || type === "input_cleared";
}

/** How many of `entries` the journal has at the same places. */
export function commonLength(journal: Journal, entries: readonly StoredEntry[]): number {
  const differing = entries.findIndex(
    (stored, index) => stored.line !== journal.entries[index]?.line,
  );
  return differing < 0 ? entries.length : differing;
}

/**
 * What of `entries`, all those of one state, is news to the journal of its store.
 *
 * @throws ConflictError when the store has another course of the run
 */
export function entriesFor(journal: Journal, entries: readonly StoredEntry[]): StoredEntry[] {
  const length = commonLength(journal, entries);
  const rest = entries.slice(length);
  if (rest.every(({ entry }) => isAddition(entry))) return rest;
  // What was done while the store took nothing may be there by now.
  const isLate = ({ entry }: StoredEntry): boolean => isOutcome(journal.state, entry);
  const known = new Set(journal.entries.slice(length).map(factOf));
  const news = rest.filter((stored) => !isLate(stored) || !known.has(factOf(stored)));
  if (news.every((stored) => isAddition(stored.entry) || isLate(stored))) return news;
  throw new ConflictError(
    `Cannot go on with run ${journal.state.runId ?? ""}: the store has another course of it`,
  );
}

/**
 * Places additions, in the order they were made, behind what the journal has by now.
 *
 * @throws ConflictError when a decision among them comes too late
 */
export function placeLate(journal: Journal, additions: readonly StoredEntry[]): void {
  const drafts = additions.map(({ entry }) => withoutPlace(entry));
  const late = lateDecision(journal, drafts);
  if (late !== undefined) throw decidedMeanwhile(late);
  journal.place(drafts, toIso(systemClock.now()));
}

/** The first of the decisions among drafts that the run has gone on without. */
export function lateDecision(
  { state }: Journal,
  drafts: readonly EntryDraft[],
): Decided | undefined {
  const decided = drafts.filter((draft) => draft.type === "approval_decided");
  return decided.find(({ approvalId }) => findApproval(state, approvalId)?.open !== true);
}

export function decidedMeanwhile({ approvalId }: Decided): ConflictError {
  return new ConflictError(
    `Cannot decide on ${approvalId}: the run has gone on since, and it was decided then`,
  );
}

type Decided = DraftOf<"approval_decided">;

export function withoutPlace({
  seq: _seq,
  at: _at,
  prev: _prev,
  ...draft
}: StoredEntry["entry"]): EntryDraft {
  return draft as EntryDraft;
}

function factOf({ entry }: StoredEntry): string {
  return JSON.stringify(withoutPlace(entry));
}
