import type { ApprovalId, RunId } from "../lib/ids.ts";
import { openApprovals } from "./approvals.ts";
import { isEngineEntry, type StoredFields } from "./entries.ts";
import type { JournalStore, PendingApproval, RunSummary } from "./journal-store.ts";
import type { JournalSink } from "./recorder.ts";
import { frameKey, rootFrame, type Run } from "./state.ts";
import { statusOf } from "./status.ts";

/** What a store is told of a run besides its journal. */
export interface RunLabels {
  idempotencyKey?: string | undefined;
  requestDigest?: string | undefined;
}

/** Keeps one run's journal in a store, its summary and open approvals in step. */
export function createStoreSink(
  store: JournalStore,
  runId: RunId,
  { labels = {} }: { labels?: RunLabels | undefined } = {},
): JournalSink {
  let told: string | undefined;
  return {
    async write(journal, from) {
      const { state, entries } = journal;
      const pending = toPending(runId, state);
      const digest = pending.map(({ approvalId }) => approvalId).join(" ");
      const added = entries.slice(from);
      await store.append({
        runId,
        fromSeq: from,
        lines: added.map(({ line }) => line),
        summary: summarize(runId, state, labels),
        // Rows are replaced only when they changed: most appends ask nobody anything.
        pending: digest === told ? undefined : pending,
        isRepeatable: added.every(({ entry }) => isRepeatable(state, entry)),
      });
      told = digest;
    },
    async read(fromSeq) {
      const lines = await store.read(runId, fromSeq);
      // Whoever wrote them has replaced the rows.
      if (lines.length > 0) told = undefined;
      return lines;
    },
  };
}

/**
 * Whether nothing is lost with an entry that a power cut takes back. A claim says nothing until
 * what is done under it is on disk, and then it is too.
 */
function isRepeatable(run: Run, entry: StoredFields): boolean {
  if (isEngineEntry(entry)) return entry.type === "run_claimed";
  const frame = run.frames.get(frameKey(entry.path));
  return frame !== undefined && run.folder?.mayBeLost(frame, entry) === true;
}

function toPending(runId: RunId, state: Run): PendingApproval[] {
  return openApprovals(state).map(({ approvalId, at, expiresAt }) => ({
    approvalId: approvalId as ApprovalId,
    runId,
    createdAt: at,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }));
}

/** The row that lists show of a run. */
export function summarize(runId: RunId, state: Run, labels: RunLabels): RunSummary {
  const status = statusOf(state);
  return {
    runId,
    length: state.length,
    agent: rootFrame(state)?.startedBy ?? "",
    source: state.source,
    status,
    createdAt: state.startedAt,
    updatedAt: state.updatedAt,
    sessionId: state.sessionId,
    ...labels,
    runnable: status === "running",
  };
}
