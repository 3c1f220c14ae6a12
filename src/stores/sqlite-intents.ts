import type { AppendBatch, Intent } from "../runs/run-store.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseNumber, type Row } from "../lib/rows.ts";
import { intentOpen } from "./append-rule.ts";
import { checkKeys } from "./key-rule.ts";
import { parseRun } from "./rows.ts";
import { statements } from "./sqlite-statements.ts";

/** @throws HoldpointError `intent_open`, `invalid_input` */
export function addIntent(prepare: Prepare, batch: AppendBatch): void {
  const { runId, intent } = batch;
  if (intent === undefined) return;
  const { key, place, closes = [] } = intent;
  checkKeys({ intentKey: key });
  for (const closed of closes) prepare(statements.closeIntent).run(closed);
  const holder = parseFirst(prepare(statements.intentHolder).get(key, place), parseRun);
  if (holder !== undefined) throw intentOpen(batch, holder);
  prepare(statements.addIntent).run({ $runId: runId, $key: key, $place: place });
}

export function findIntents(prepare: Prepare, key: string): Intent[] {
  return [statements.currentIntents, statements.lastClosedIntent].flatMap((statement) =>
    prepare(statement).all(key).map(parseIntent),
  );
}

function parseIntent(row: Row): Intent {
  return {
    run: parseRun(row),
    place: parseNumber(row, "place"),
    isCurrent: parseNumber(row, "is_current") === 1,
  };
}
