import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { agentFolders } from "../agents/turn-fold.ts";
import { verifyLines } from "../engine/chain.ts";
import { allRuns } from "./all-runs.ts";
import { isEngineEntry } from "../engine/entries.ts";
import type { RunStore } from "./run-store.ts";

/** Whether the entries of a run are those that were written, as far as their hashes tell. */
export interface AuditReport {
  runId: RunId;
  entries: number;
  /** The first entry that does not fit, and why; absent when all do. */
  problem?: string | undefined;
}

/** Checks the chain of one run, or of all. Without a key it shows edits that did not redo it. */
export async function audit(store: RunStore, only?: RunId): Promise<AuditReport[]> {
  const reports: AuditReport[] = [];
  const runIds = only === undefined ? await allRuns(store) : [{ runId: only }];
  for (const { runId } of runIds) reports.push(auditLines(runId, await store.read(runId)));
  return reports;
}

function auditLines(runId: RunId, lines: readonly string[]): AuditReport {
  const entries = lines.length;
  try {
    const first = verifyLines(lines, { folders: agentFolders })[0]?.entry;
    const isStart = first !== undefined && isEngineEntry(first) && first.type === "run_started";
    if (isStart && first.runId === runId) return { runId, entries };
    return { runId, entries, problem: "entry 0 does not start this run" };
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    return { runId, entries, problem: error.message };
  }
}
