import { rootFrame as rootOf, type Conversation } from "../../src/agents/conversation.ts";
import type { Entry, EntryDraft } from "../../src/agents/entries.ts";
import { agentFolders } from "../../src/agents/turn-fold.ts";
import * as chain from "../../src/engine/chain.ts";
import type { EntryKind } from "../../src/engine/entries.ts";
import { createRun, type Run } from "../../src/engine/state.ts";
import { kindIn } from "../../src/engine/entry-kinds.ts";
import * as folding from "../../src/engine/fold.ts";
import * as journals from "../../src/engine/journal.ts";

export { openApprovals } from "../../src/engine/approvals.ts";
export { apply } from "../../src/engine/fold.ts";
export { storeEntry } from "../../src/engine/chain.ts";
export { rootFrame } from "../../src/agents/conversation.ts";
export type { Run as RunFold } from "../../src/engine/state.ts";

export type StoredEntry = chain.StoredEntry<Entry>;

/** The journals of agents' runs, as the library has them. */
export function fold(entries: Iterable<Entry>): Run {
  return folding.fold(entries, agentFolders);
}

export function createFold(): Run {
  return createRun(agentFolders);
}

export function createJournal(initial: readonly chain.StoredEntry[] = []): journals.Journal {
  return journals.createJournal(agentFolders, initial);
}

export function verifyLines(
  lines: readonly string[],
  options: { fromSeq?: number; previous?: string | undefined } = {},
): StoredEntry[] {
  return chain.verifyLines(lines, { folders: agentFolders, ...options }) as StoredEntry[];
}

export function readStoredLines(lines: readonly string[]): StoredEntry[] {
  return chain.readStoredLines(lines, agentFolders) as StoredEntry[];
}

/** What an entry is to whoever writes it. */
export function kindOf({ type }: { type: string }): EntryKind {
  return kindIn({ ...createFold(), folder: agentFolders.get("agents") }, { type });
}

/** What a driver keeps of the root frame of a run. */
export function conversationOf(run: Run): Conversation | undefined {
  return rootOf(run)?.data;
}

/** The fold of the first `length` entries. */
export function foldUntil(entries: readonly chain.StoredEntry[], length: number): Run {
  return folding.fold(
    entries.slice(0, length).map(({ entry }) => entry),
    agentFolders,
  );
}

/** Gives `drafts` their places behind `after.last`. */
export function placeDrafts(
  drafts: readonly EntryDraft[],
  after: { length: number; last: chain.StoredEntry | undefined; at: string; epoch?: number },
): StoredEntry[] {
  let { epoch = 0 } = after;
  let previous: chain.StoredEntry | undefined = after.last;
  return drafts.map((draft, index) => {
    if (draft.type === "run_claimed") epoch = draft.epoch;
    const kind = kindOf(draft);
    const { at } = after;
    const stored = chain.storeEntry(draft, {
      seq: after.length + index,
      at,
      epoch,
      kind,
      previous,
    });
    previous = stored;
    return stored as StoredEntry;
  });
}
