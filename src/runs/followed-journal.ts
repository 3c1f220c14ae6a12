import type { Journal } from "../engine/journal.ts";
import { onHold } from "../engine/store-history.ts";
import { sha256 } from "../lib/digest.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunStore } from "./run-store.ts";

/** How many entries of a journal were seen to follow from one another. */
const seen = new WeakMap<Journal, number>();

/**
 * Puts a run on hold of which another program changed an entry, so that nothing is done on the
 * strength of it. Each entry is looked at once; what a person released is behind them.
 *
 * @throws HoldpointError `not_allowed`
 */
export async function refuseChanged(
  { history }: Pick<RunStore, "history">,
  runId: RunId,
  journal: Journal,
): Promise<void> {
  if (history === undefined || follows(journal)) return;
  throw onHold(runId, await history.suspect(runId));
}

function follows(journal: Journal): boolean {
  const { entries } = journal;
  const from = Math.max(1, Math.min(seen.get(journal) ?? 0, entries.length));
  const changed = entries
    .slice(from)
    .findLastIndex(
      ({ entry: { prev, type } }, index) =>
        type !== "run_released" && prev !== sha256(entries[from + index - 1]?.line ?? ""),
    );
  const isReleased = () =>
    entries.slice(from + changed + 1).some(({ entry }) => entry.type === "run_released");
  if (changed !== -1 && !isReleased()) return false;
  seen.set(journal, entries.length);
  return true;
}
