import { runStatuses } from "../engine/vocabulary.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import { toIso } from "../lib/clock.ts";
import type { KeptGrant } from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import type { PastCount } from "../engine/past-call.ts";
import { parseNumber, parseOneOf, parseText, type Row } from "../lib/rows.ts";
import type { JournalEnd } from "./rules.ts";

/** A yes for later calls; `ends_at` in milliseconds since 1970. */
const CHANGED = "it is not as it was written: another program added or changed it";

export function parseGrant(row: Row): KeptGrant {
  const optional = (name: string): string | undefined =>
    row[name] === null ? undefined : parseText(row, name);
  const [endedAt, endedBy] = [optional("ended_at"), optional("ended_by")];
  return {
    grantId: parseText(row, "grant_id"),
    tool: parseText(row, "tool"),
    terms: parseText(row, "terms"),
    createdAt: parseText(row, "created_at"),
    endsAt: toIso(parseNumber(row, "ends_at")),
    ...(row["most_uses"] === null ? {} : { mostUses: parseNumber(row, "most_uses") }),
    uses: parseNumber(row, "uses"),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedBy === undefined ? {} : { endedBy }),
    isStanding: parseNumber(row, "is_standing") === 1,
    ...(row["is_changed"] === 1 ? { problem: CHANGED } : {}),
  };
}

export function parseRunId(row: Row): RunId {
  return parseText(row, "run_id") as RunId;
}

export function parseRun(row: Row): RunSummary {
  return {
    runId: parseRunId(row),
    length: parseNumber(row, "length"),
    agent: parseText(row, "agent"),
    source: parseText(row, "source"),
    status: parseOneOf(row, "status", runStatuses),
    createdAt: parseText(row, "created_at"),
    updatedAt: parseText(row, "updated_at"),
    ...(row["session_id"] === null ? {} : { sessionId: parseText(row, "session_id") }),
    ...(row["idempotency_key"] === null
      ? {}
      : { idempotencyKey: parseText(row, "idempotency_key") }),
    ...(row["request_digest"] === null ? {} : { requestDigest: parseText(row, "request_digest") }),
    runnable: parseNumber(row, "runnable") !== 0,
    isOver: parseNumber(row, "is_over") === 1,
  };
}

export function parseApproval(row: Row): PendingApproval {
  return {
    approvalId: parseText(row, "approval_id") as ApprovalId,
    runId: parseRunId(row),
    createdAt: parseText(row, "created_at"),
    ...(row["expires_at"] === null ? {} : { expiresAt: parseText(row, "expires_at") }),
    ...(row["card"] === null ? {} : { card: parseText(row, "card") }),
  };
}

/** A row of `leases`. */
export interface Lease {
  owner: string;
  /** Absent where a process of an older version took it. */
  instance: string | undefined;
  pid: number;
  host: string;
  /** Milliseconds since 1970, by the store's clock. */
  expiresAt: number;
}

export function parseLease(row: Row): Lease {
  return {
    owner: parseText(row, "owner"),
    instance: row["instance"] === null ? undefined : parseText(row, "instance"),
    pid: parseNumber(row, "pid"),
    host: parseText(row, "host"),
    expiresAt: parseNumber(row, "expires_at"),
  };
}

export function parseEnd(row: Row): JournalEnd {
  return { seq: parseNumber(row, "seq"), line: parseText(row, "line") };
}

/** What is known of earlier calls; `low` and `high` where they had a number. */
export function parsePast(row: Row): PastCount {
  const range =
    typeof row["low"] === "number"
      ? { low: parseNumber(row, "low"), high: parseNumber(row, "high") }
      : {};
  const [count, kinds] = [parseNumber(row, "count"), parseNumber(row, "kinds")];
  return { count, kinds, lastAt: parseText(row, "last_at"), ...range };
}
