import { createKnownRuns } from "../../engine/known-runs.ts";
import type { Journal } from "../../engine/journal.ts";
import { ConflictError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import { createSerial, type Serial } from "../../lib/slots.ts";

/** The runs that states of this process are of, whatever texts and stores they came from. */
export const knownRuns = createKnownRuns();

/** Journals that somebody here goes on with now. */
export const atWork = new WeakSet<Journal>();

const joins = new WeakMap<Journal, Serial>();

/** What brings a journal into its store: one after the other, and before anybody goes on with it. */
export function joinsOf(journal: Journal): Serial {
  const serial = joins.get(journal) ?? createSerial();
  joins.set(journal, serial);
  return serial;
}

/** @param where who has the run: `this process`, `another process` */
export function busyError(runId: RunId | undefined, where: string): ConflictError {
  return new ConflictError(
    `Cannot go on with run ${runId ?? ""}: ${where} is going on with it already`,
  );
}
