import { createKnownRuns } from "../../engine/known-runs.ts";
import type { Journal } from "../../engine/journal.ts";
import { ConflictError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";

/** The runs that states of this process are of, whatever texts and stores they came from. */
export const knownRuns = createKnownRuns();

/** Journals that somebody here goes on with now. */
export const atWork = new WeakSet<Journal>();

const beingJoined = new WeakMap<Journal, Promise<unknown>>();

/** Does `work`, which brings a journal into its store: one after the other, and before anybody goes on. */
export async function joining<T>(journal: Journal, work: () => Promise<T>): Promise<T> {
  const before = beingJoined.get(journal);
  const next = (async () => {
    await before?.catch(() => undefined);
    return work();
  })();
  beingJoined.set(journal, next);
  try {
    return await next;
  } finally {
    if (beingJoined.get(journal) === next) beingJoined.delete(journal);
  }
}

/** Waits until nobody here brings the journal into a store. */
export async function joined(journal: Journal): Promise<void> {
  let last: unknown;
  for (let work = beingJoined.get(journal); work !== last; work = beingJoined.get(journal)) {
    last = work;
    await work?.catch(() => undefined);
  }
}

/** @param where who has the run: `this process`, `another process` */
export function busyError(runId: RunId | undefined, where: string): ConflictError {
  return new ConflictError(
    `Cannot go on with run ${runId ?? ""}: ${where} is going on with it already`,
  );
}
