import { engineKinds, type EntryKind } from "./entries.ts";
import type { Run } from "./state.ts";

const kindsByType: Readonly<Record<string, EntryKind | undefined>> = engineKinds;

/** What an entry is to whoever writes it. */
export function kindIn({ folder }: Run, { type }: { type: string }): EntryKind {
  return kindsByType[type] ?? folder?.entries[type]?.kind ?? "word";
}

export function isOutcome(run: Run, draft: { type: string }): boolean {
  return kindIn(run, draft) === "outcome";
}
