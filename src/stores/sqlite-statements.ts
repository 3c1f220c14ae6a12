import type { RunStatus } from "../runs/run-store.ts";

/** Every statement on the tables, so that a test can ask SQLite which index each one takes. */
export const statements = {
  lastEntry: "SELECT seq, line FROM entries WHERE run_id = ? ORDER BY seq DESC LIMIT 1",
  linesFrom: "SELECT line FROM entries WHERE run_id = ? AND seq >= ? ORDER BY seq",
  addEntry: "INSERT INTO entries (run_id, seq, line) VALUES (?, ?, ?)",

  // Whatever SET names, SQLite writes to its indexes again, changed or not: most appends change
  // neither of the two columns that have one.
  lengthenRun: `
    UPDATE runs SET length = $length, updated_at = $updatedAt
    WHERE run_id = $runId AND status = $status AND runnable = $runnable`,
  replaceRun: `
    INSERT INTO runs (run_id, length, agent, source, status, created_at, updated_at,
      session_id, idempotency_key, request_digest, runnable)
    VALUES ($runId, $length, $agent, $source, $status, $createdAt, $updatedAt,
      $sessionId, $idempotencyKey, $requestDigest, $runnable)
    ON CONFLICT (run_id) DO UPDATE SET length = excluded.length, status = excluded.status,
      updated_at = excluded.updated_at, runnable = excluded.runnable`,
  run: "SELECT * FROM runs WHERE run_id = ?",
  runByIdempotencyKey: "SELECT * FROM runs WHERE idempotency_key = ?",
  unfinishedRun: `
    SELECT * FROM runs WHERE session_id = ? AND status IN ('running', 'awaiting_approval')`,
  runnable: `
    SELECT * FROM runs WHERE runnable = 1 AND source = ? ORDER BY created_at, run_id LIMIT ?`,

  openApprovalsOfRun: "SELECT approval_id FROM approvals WHERE run_id = ? AND is_open = 1",
  closeApproval: "UPDATE approvals SET is_open = 0 WHERE approval_id = ?",
  openApproval: `
    INSERT INTO approvals (approval_id, run_id, created_at, expires_at, is_open)
    VALUES (?, ?, ?, ?, 1)
    ON CONFLICT (approval_id) DO UPDATE SET created_at = excluded.created_at,
      expires_at = excluded.expires_at, is_open = 1
      WHERE run_id = excluded.run_id`,
  nextExpiry: `
    SELECT approval_id, run_id, created_at, expires_at FROM approvals
    WHERE is_open = 1 AND expires_at IS NOT NULL ORDER BY expires_at LIMIT 1`,
  runOfApproval: "SELECT run_id FROM approvals WHERE approval_id = ?",

  journalSize: `
    SELECT count(*) AS length, coalesce(sum(octet_length(line)), 0) AS bytes
    FROM entries WHERE run_id = ?`,
  removeEntries: "DELETE FROM entries WHERE run_id = ?",
  removeApprovals: "DELETE FROM approvals WHERE run_id = ?",
  removeLease: "DELETE FROM leases WHERE run_id = ?",
  removeRun: "DELETE FROM runs WHERE run_id = ?",

  lease: "SELECT * FROM leases WHERE run_id = ?",
  replaceLease: `
    INSERT INTO leases (run_id, owner, pid, host, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (run_id) DO UPDATE SET owner = excluded.owner, pid = excluded.pid,
      host = excluded.host, expires_at = excluded.expires_at`,
  releaseLease: "DELETE FROM leases WHERE run_id = ? AND owner = ?",
} as const;

export interface RunListing {
  status?: RunStatus | undefined;
  agent?: string | undefined;
  sessionId?: string | undefined;
  isContinued: boolean;
}

/** Newest first. Parameters: status, agent, session id, the cursor's two; each only when asked for. */
export function listRunsStatement({ status, agent, sessionId, isContinued }: RunListing): string {
  const conditions = [
    status === undefined ? [] : ["status = ?"],
    agent === undefined ? [] : ["agent = ?"],
    sessionId === undefined ? [] : ["session_id = ?"],
    isContinued ? ["(created_at, run_id) < (?, ?)"] : [],
  ].flat();
  return `SELECT * FROM runs ${where(conditions)} ORDER BY created_at DESC, run_id DESC LIMIT ?`;
}

/** Oldest first. Parameters: run id, the cursor's two, limit. */
export function listPendingStatement(of: { isOfRun: boolean; isContinued: boolean }): string {
  const conditions = [
    // A constant, not a parameter: only so does SQLite see that the partial index serves.
    ["is_open = 1"],
    of.isOfRun ? ["run_id = ?"] : [],
    of.isContinued ? ["(created_at, approval_id) > (?, ?)"] : [],
  ].flat();
  const columns = "approval_id, run_id, created_at, expires_at";
  return `SELECT ${columns} FROM approvals ${where(conditions)} ORDER BY created_at, approval_id LIMIT ?`;
}

export function countPendingStatement({ isOfRun }: { isOfRun: boolean }): string {
  const conditions = ["is_open = 1", ...(isOfRun ? ["run_id = ?"] : [])];
  return `SELECT count(*) AS pending FROM approvals ${where(conditions)}`;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}
