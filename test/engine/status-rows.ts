import { describe, expect, it } from "vitest";

import type { EntryDraft } from "../../src/agents/entries.ts";
import { mayHaveWork, statusOf } from "../../src/engine/status.ts";
import type { RunStatus } from "../../src/engine/vocabulary.ts";
import { openApprovals } from "../support/journal.ts";
import { asked, foldOf } from "../support/sample-entries.ts";

/** Entries of a run, and where it stands by them. */
export interface Row {
  name: string;
  given: EntryDraft[];
  status: RunStatus;
  /** Approvals that wait; default none. */
  open?: number;
  /** Whether there may be work; default what the status says. */
  work?: boolean;
}

/** Only somebody's decision brings the run on. */
export const wait = { status: "awaiting_approval", work: false } as const;
/** There is something to do. */
export const go = { status: "running", work: true } as const;

/** What came of the call's last attempt is asked. */
export function doubted(callId: string): EntryDraft {
  return asked(callId, { approvalId: `apr_lost_${callId}`, kind: "outcome_unknown" });
}

/** Tests each row by its name. */
export function describeRows(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    it.each(rows)("$name: $status", ({ given, status, work = false, open = 0 }) => {
      const run = foldOf(...given);
      expect(statusOf(run)).toBe(status);
      expect(mayHaveWork(run)).toBe(work);
      expect(openApprovals(run)).toHaveLength(open);
    });
  });
}
