import type { RunId } from "../lib/ids.ts";
import type { Intent } from "../runs/run-store.ts";
import type { AppendBatch } from "../engine/journal-store.ts";
import { checkKeys, intentOpen } from "./rules.ts";
import type { Shelf } from "./memory-shelf.ts";

/** @throws HoldpointError `intent_open`, `invalid_input` */
export function assertPlaceIsFree(shelf: Shelf, batch: AppendBatch): void {
  const { intent } = batch;
  if (intent === undefined) return;
  const { key, place, closes = [] } = intent;
  checkKeys({ intentKey: key });
  for (const runId of shelf.byIntentKey.get(key) ?? []) {
    const other = shelf.intents.get(runId);
    if (other?.isCurrent !== true || other.place !== place || closes.includes(runId)) continue;
    const holder = shelf.runs.get(runId);
    if (holder !== undefined) throw intentOpen(batch, holder);
  }
}

export function addIntent(shelf: Shelf, { runId, intent }: AppendBatch): void {
  if (intent === undefined) return;
  const { key, place, closes = [] } = intent;
  for (const closed of closes) closeIntent(shelf, closed);
  shelf.intents.set(runId, { key, place, isCurrent: true });
  const runs = shelf.byIntentKey.get(key) ?? new Set();
  shelf.byIntentKey.set(key, runs.add(runId));
}

export function closeIntent({ intents }: Shelf, runId: RunId): void {
  const intent = intents.get(runId);
  if (intent !== undefined) intents.set(runId, { ...intent, isCurrent: false });
}

export function findIntents(shelf: Shelf, key: string): Intent[] {
  const found = [...(shelf.byIntentKey.get(key) ?? [])].flatMap((runId): Intent[] => {
    const [run, intent] = [shelf.runs.get(runId), shelf.intents.get(runId)];
    if (run === undefined || intent === undefined) return [];
    return [{ run: { ...run }, place: intent.place, isCurrent: intent.isCurrent }];
  });
  const current = found.filter(({ isCurrent }) => isCurrent);
  const closed = found.filter(({ isCurrent }) => !isCurrent);
  return [...current.toSorted((a, b) => a.place - b.place), ...closed.slice(-1)];
}

export function removeIntent(shelf: Shelf, runId: RunId): void {
  const key = shelf.intents.get(runId)?.key;
  shelf.intents.delete(runId);
  if (key === undefined) return;
  const runs = shelf.byIntentKey.get(key);
  runs?.delete(runId);
  if (runs?.size === 0) shelf.byIntentKey.delete(key);
}
