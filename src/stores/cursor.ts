import { HoldpointError } from "../lib/errors.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";

/** Where a page ended: what its rows are sorted by, with the id that breaks ties. */
export interface CursorKey {
  /** ISO 8601 UTC. */
  createdAt: string;
  id: string;
}

export function keyOfRun({ createdAt, runId }: RunSummary): CursorKey {
  return { createdAt, id: runId };
}

export function keyOfApproval({ createdAt, approvalId }: PendingApproval): CursorKey {
  return { createdAt, id: approvalId };
}

/** An opaque text that `parseCursor` turns into `key` again. */
export function toCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify([key.createdAt, key.id])).toString("base64url");
}

/** @throws HoldpointError `invalid_cursor` for any text that `toCursor` does not make. */
export function parseCursor(cursor: string): CursorKey {
  const key = parseKey(Buffer.from(cursor, "base64url").toString());
  // Decoding skips what is not base64url, so that a damaged text could pass for another one.
  if (key === undefined || toCursor(key) !== cursor) {
    throw new HoldpointError(
      "invalid_cursor",
      "Cannot list from this cursor: it does not come from an earlier page. List without one",
    );
  }
  return key;
}

function parseKey(text: string): CursorKey | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [createdAt, id]: unknown[] = value;
    return typeof createdAt === "string" && typeof id === "string" ? { createdAt, id } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Cuts a page from rows of which one more than `limit` was asked for: that one says whether
 * another page follows, and is not part of this one.
 */
export function toPage<Row>(
  rows: readonly Row[],
  { limit, keyOf }: { limit: number; keyOf: (row: Row) => CursorKey },
): { rows: Row[]; nextCursor?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page };
  return { rows: page, nextCursor: toCursor(keyOf(last)) };
}

/** The order of lists: oldest first, and by id where the times are equal. */
export function compareKeys(a: CursorKey, b: CursorKey): number {
  return compareTexts(a.createdAt, b.createdAt) || compareTexts(a.id, b.id);
}

export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
