import { toIso, type Clock } from "../lib/clock.ts";
import { ConflictError, HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { isPending } from "../lib/pending.ts";
import { isOpen, openApprovals } from "./approvals.ts";
import { readStoredLines } from "./chain.ts";
import { decide, type Command, type Decided } from "./decide.ts";
import type { AnyDraft } from "./entries.ts";
import type { IntentClaim, JournalStore } from "./journal-store.ts";
import { createJournal, type Journal } from "./journal.ts";
import type { KnownRuns } from "./known-runs.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import type { JournalSink } from "./recording.ts";
import type { Folders, Run } from "./state.ts";
import { createStoreSink, type RunLabels, type StoreSinkOptions } from "./store-sink.ts";

/** What runs are started and opened with. */
export interface Opening extends Pick<StoreSinkOptions, "toCard" | "toPast" | "askedWaitMs"> {
  readonly known: KnownRuns;
  readonly folders: Folders;
  readonly clock: Clock;
  /** Where they are kept; without one in this process alone. */
  readonly store?: JournalStore | undefined;
  /** How long a store that fails is waited for; for ever when absent. */
  readonly patienceMs?: number | undefined;
  /** Stands between a recorder and the store. */
  readonly watched?: ((runId: RunId, sink: JournalSink) => JournalSink) | undefined;
}

/**
 * Starts a run: its first entries are stored by the time that this resolves.
 *
 * @param start `labels`: what the store is told of it besides
 * @throws ConflictError when the store has a run of this id; others as `JournalStore.append` says
 */
export async function startRun(
  opening: Opening,
  {
    runId,
    drafts,
    labels,
    intent,
  }: {
    runId: RunId;
    drafts: readonly AnyDraft[];
    labels?: RunLabels | undefined;
    /** The wish that it is begun for. */
    intent?: IntentClaim | undefined;
  },
): Promise<Recorder> {
  const journal = createJournal(opening.folders);
  const recorder = createWay(opening, { runId, journal, labels, intent });
  // Before it is stored: whoever hears of it then must not begin a journal of their own.
  if (opening.known.journalOf(runId) === undefined) opening.known.remember(runId, journal);
  await recorder.append(drafts, () => journal.entries.length === 0);
  opening.known.remember(runId, journal);
  opening.known.keep(runId, recorder);
  return recorder;
}

/**
 * The way into a stored run, with all that the store has of it; the same for all who ask, as long
 * as the store takes what they write.
 *
 * @param length how many entries it has, where that is known: it is read for what is new, and not
 * where nothing is
 * @throws HoldpointError `run_not_found`
 */
export async function openRun(
  opening: Opening & { store: JournalStore },
  runId: RunId,
  length?: number,
): Promise<Recorder> {
  const known = opening.known.journalOf(runId);
  const isShared =
    known !== undefined && (length !== undefined || (await isCourseOf(opening.store, known)));
  const journal = isShared ? known : createJournal(opening.folders);
  if (!isShared) opening.known.remember(runId, journal);
  const recorder = wayInto(opening, runId, journal);
  if (length === undefined || recorder.storedLength < length) await recorder.catchUp();
  if (journal.entries.length > 0) return recorder;
  throw new HoldpointError("run_not_found", `There is no run ${runId} in this store`);
}

/** Whether the store has the run as far as the journal has, and perhaps further. */
async function isCourseOf(
  store: JournalStore,
  { entries, state: { runId } }: Journal,
): Promise<boolean> {
  const last = entries.at(-1);
  if (last === undefined || runId === undefined) return true;
  const [line] = await store.read(runId, last.entry.seq);
  return line === last.line;
}

/** The way into a journal that is here. */
export function wayInto(opening: Opening, runId: RunId, journal: Journal): Recorder {
  const { known, store, patienceMs } = opening;
  const way = known.ways.get(journal);
  // Where it gave up on the store, somebody new may want to wait for that.
  const hasGivenUp = way?.recorder.stalled !== undefined && patienceMs !== undefined;
  const isSame = way?.store === store && way?.patienceMs === patienceMs && !hasGivenUp;
  const recorder =
    way !== undefined && isSame ? way.recorder : createWay(opening, { runId, journal });
  known.keep(runId, recorder);
  return recorder;
}

function createWay(
  { known, store, clock, patienceMs, toCard, toPast, askedWaitMs, watched }: Opening,
  {
    runId,
    journal,
    labels,
    intent,
  }: {
    runId: RunId;
    journal: Journal;
    labels?: RunLabels | undefined;
    intent?: IntentClaim | undefined;
  },
): Recorder {
  let sink: JournalSink | undefined;
  if (store !== undefined) {
    sink = createStoreSink(store, runId, { labels, intent, toCard, toPast, askedWaitMs });
    sink = watched?.(runId, sink) ?? sink;
  }
  const recorder = createRecorder(journal, { clock, sink, patienceMs });
  known.ways.set(journal, { recorder, store, patienceMs });
  return recorder;
}

/** What the store has of a run, apart from who works with it here. */
export async function readRun(
  { store, folders }: { store: JournalStore; folders: Folders },
  runId: RunId,
): Promise<Run> {
  return createJournal(folders, readStoredLines(await store.read(runId), folders)).state;
}

/**
 * Decides on a run, and appends what that comes to; where somebody else wrote first, it is decided
 * anew, against what stands then. Nobody is answered by a decision that is not stored yet.
 */
export async function decideOn(
  recorder: Recorder,
  toCommand: (run: Run) => Promise<Command>,
): Promise<Decided> {
  const { journal } = recorder;
  for (;;) {
    const decided = decide(journal.state, await toCommand(journal.state));
    const settling = recorder.settled();
    if (
      "standing" in decided &&
      decided.standing.seq >= recorder.storedLength &&
      isPending(settling)
    ) {
      await settling;
      continue;
    }
    if (decided.type !== "decided") return decided;
    try {
      await recorder.append(decided.entries, () => areOpen(journal.state, decided.entries));
      return decided;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

function areOpen(run: Run, entries: readonly { approvalId: string }[]): boolean {
  const approvals = entries.map(({ approvalId }) => run.approvals.get(approvalId));
  return approvals.every((approval) => approval !== undefined && isOpen(run, approval));
}

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
