import { agentFolders } from "../agents/turn-fold.ts";
import { readStoredLines } from "../engine/chain.ts";
import { fold } from "../engine/fold.ts";
import { isOver, rootFrame } from "../engine/state.ts";
import { allRuns } from "./all-runs.ts";
import type { RunStore, RunSummary } from "./run-store.ts";

const OVER = ["completed", "cancelled", "failed"] as const;

/**
 * Removes the runs that are over and were last written before `before` (ISO 8601 UTC). A run that
 * failed in a way that can be resumed is not over.
 */
export async function prune(
  store: RunStore,
  before: string,
): Promise<{ runs: number; bytes: number }> {
  let runs = 0;
  let bytes = 0;
  for (const status of OVER) {
    for (const run of await allRuns(store, { status })) {
      if (run.updatedAt >= before || !(await isFinished(store, run))) continue;
      const freed = await store.remove(run.runId, run.length);
      if (freed === undefined) continue;
      runs += 1;
      bytes += freed;
    }
  }
  return { runs, bytes };
}

async function isFinished(store: RunStore, { runId, status }: RunSummary): Promise<boolean> {
  if (status !== "failed") return true;
  const state = fold(
    readStoredLines(await store.read(runId), agentFolders).map(({ entry }) => entry),
    agentFolders,
  );
  const root = rootFrame(state);
  return root !== undefined && isOver(root);
}
