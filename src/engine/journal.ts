import { ConflictError } from "../lib/errors.ts";
import { storeEntry, type StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import { kindIn } from "./entry-kinds.ts";
import { apply, fold } from "./fold.ts";
import { type Folders, createRun, type Run } from "./state.ts";

/** The entries of one run in this process, and what they amount to. */
export interface Journal {
  /** All entries, in order. Not to be changed. */
  readonly entries: readonly StoredEntry[];
  /** The fold of all entries. Not to be changed; another object after `rollback`. */
  readonly state: Run;
  /** Gives drafts their places behind the last entry, and appends them. `at`: ISO 8601 UTC. */
  place(drafts: readonly AnyDraft[], at: string): readonly StoredEntry[];
  /** Appends entries that have their place already. @throws ConflictError when they do not fit */
  extend(entries: readonly StoredEntry[]): void;
  /** Forgets the entries from `length` on, which a store refused. */
  rollback(length: number): void;
  /** Calls back after every change that is stored; returns what ends that. */
  watch(listener: () => void): () => void;
  /** Tells the watchers. */
  notify(): void;
}

export function createJournal(folders: Folders, initial: readonly StoredEntry[] = []): Journal {
  const entries: StoredEntry[] = [...initial];
  let state = fold(
    entries.map(({ entry }) => entry),
    folders,
  );
  const listeners = new Set<() => void>();
  return {
    entries,
    get state() {
      return state;
    },
    place(drafts, at) {
      const from = entries.length;
      for (const draft of drafts) {
        const stored = placeDraft(draft, { run: state, last: entries.at(-1), at });
        entries.push(stored);
        apply(state, stored.entry);
      }
      return entries.slice(from);
    },
    extend(more) {
      for (const stored of more) {
        if (stored.entry.seq !== entries.length) {
          throw new ConflictError(
            `Cannot append entry ${stored.entry.seq}: the journal has ${entries.length}`,
          );
        }
        entries.push(stored);
        apply(state, stored.entry);
      }
    },
    rollback(length) {
      entries.length = length;
      state = fold(
        entries.map(({ entry }) => entry),
        folders,
      );
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify() {
      for (const listener of listeners) listener();
    },
  };
}

/** The entry that a draft becomes behind the last one of `run`. */
export function placeDraft(
  draft: AnyDraft,
  { run, last, at }: { run: Run; last: StoredEntry | undefined; at: string },
): StoredEntry {
  return storeEntry(draft, {
    seq: last === undefined ? 0 : last.entry.seq + 1,
    at,
    epoch: run.epoch,
    kind: kindIn(run, draft),
    previous: last,
  });
}

/** The fold of the first `length` entries, without the rest. */
export function foldUntil(
  { entries, state: { folders } }: Pick<Journal, "entries" | "state">,
  length: number,
): Run {
  const run = createRun(folders);
  for (const { entry } of entries.slice(0, length)) apply(run, entry);
  return run;
}
