import { UNFINISHED, type RunListing } from "./run-listing.ts";

/** Every statement on the tables, so that a test can ask SQLite which index each one takes. */
/** Whether a yes for later calls still lets some run. */
const STANDING = "(ended_at IS NULL AND ends_at > $nowMs AND uses < ifnull(most_uses, uses + 1))";

export const statements = {
  lastEntry: "SELECT seq, line FROM entries WHERE run_id = ? ORDER BY seq DESC LIMIT 1",
  linesFrom: "SELECT line FROM entries WHERE run_id = ? AND seq >= ? ORDER BY seq",
  // `guard` tells this version's writers from those of the ones before.
  addEntry: "INSERT INTO entries (run_id, seq, line, guard) VALUES (?, ?, ?, 2)",

  // Whatever SET names, SQLite writes to its indexes again, changed or not: most appends change
  // neither of the two columns that have one.
  lengthenRun: `
    UPDATE runs SET length = $length, updated_at = $updatedAt,
      commit_number = coalesce($commit, commit_number)
    WHERE run_id = $runId AND status = $status AND runnable = $runnable AND is_over = $isOver`,
  replaceRun: `
    INSERT INTO runs (run_id, length, agent, source, status, created_at, updated_at,
      session_id, idempotency_key, request_digest, runnable, is_over, commit_number)
    VALUES ($runId, $length, $agent, $source, $status, $createdAt, $updatedAt,
      $sessionId, $idempotencyKey, $requestDigest, $runnable, $isOver, $commit)
    ON CONFLICT (run_id) DO UPDATE SET length = excluded.length, status = excluded.status,
      updated_at = excluded.updated_at, runnable = excluded.runnable,
      is_over = excluded.is_over,
      commit_number = coalesce(excluded.commit_number, commit_number)`,
  run: "SELECT * FROM runs WHERE run_id = ?",
  runByIdempotencyKey: "SELECT * FROM runs WHERE idempotency_key = ?",
  currentIntents: `
    SELECT runs.*, intents.place, intents.is_current FROM intents
    JOIN runs ON runs.run_id = intents.run_id
    WHERE intents.key = ? AND intents.is_current = 1 ORDER BY intents.place`,
  lastClosedIntent: `
    SELECT runs.*, intents.place, intents.is_current FROM intents
    JOIN runs ON runs.run_id = intents.run_id
    WHERE intents.key = ? AND intents.is_current = 0 ORDER BY intents.number DESC LIMIT 1`,
  intentHolder: `
    SELECT runs.* FROM intents JOIN runs ON runs.run_id = intents.run_id
    WHERE intents.key = ? AND intents.place = ? AND intents.is_current = 1`,
  addIntent: `
    INSERT INTO intents (run_id, key, place, is_current, number)
    VALUES ($runId, $key, $place, 1,
      (SELECT coalesce(max(number), 0) + 1 FROM intents WHERE key = $key))`,
  closeIntent: "UPDATE intents SET is_current = 0 WHERE run_id = ? AND is_current = 1",
  countPast: `
    INSERT INTO past_calls (tool, feature, count, kinds, last_at, low, high)
    VALUES ($tool, $feature, 1, 0, $at, $number, $number)
    ON CONFLICT (tool, feature) DO UPDATE SET count = count + 1,
      last_at = max(last_at, excluded.last_at),
      low = min(coalesce(low, excluded.low), coalesce(excluded.low, low)),
      high = max(coalesce(high, excluded.high), coalesce(excluded.high, high))
    RETURNING count`,
  countKind: "UPDATE past_calls SET kinds = kinds + 1 WHERE tool = ? AND feature = ?",
  past: `
    SELECT * FROM past_calls WHERE tool = ? AND feature IN (SELECT value FROM json_each(?))`,
  addGrant: `
    INSERT INTO grants (grant_id, tool, terms, created_at, ends_at, most_uses, uses)
    VALUES ($grantId, $tool, $terms, $createdAt, $endsAt, $mostUses, 0)
    ON CONFLICT DO NOTHING`,
  grants: `
    SELECT *, ${STANDING} AS is_standing FROM grants
    ORDER BY created_at DESC, grant_id DESC LIMIT $limit`,
  grantsFor: `
    SELECT *, 1 AS is_standing FROM grants WHERE tool = $tool AND ended_at IS NULL AND ${STANDING}`,
  grant: "SELECT * FROM grants WHERE grant_id = ?",
  useGrant: `UPDATE grants SET uses = uses + 1 WHERE grant_id = $grantId AND ${STANDING}`,
  endGrant: `
    UPDATE grants SET ended_at = $at, ended_by = $by
    WHERE grant_id = $grantId AND ended_at IS NULL`,
  removeIntent: "DELETE FROM intents WHERE run_id = ?",
  unfinishedRun: `
    SELECT * FROM runs WHERE session_id = ? AND status IN (${UNFINISHED})`,
  // 2 is runnable: 1 is what a process of the version before would look for.
  freeRuns: `
    SELECT runs.* FROM runs LEFT JOIN leases ON leases.run_id = runs.run_id
    WHERE runs.runnable = 2 AND runs.source = $source
      AND (leases.run_id IS NULL OR leases.expires_at <= $nowMs
        OR leases.instance IN (SELECT value FROM json_each($dead)))
      AND runs.run_id || ' ' || runs.length NOT IN (SELECT value FROM json_each($except))
      AND runs.run_id NOT IN (SELECT run_id FROM holds)
    ORDER BY runs.created_at, runs.run_id LIMIT $limit`,
  leaseEnd: `
    SELECT min(leases.expires_at) AS ends_at FROM runs JOIN leases ON leases.run_id = runs.run_id
    WHERE runs.runnable = 2 AND runs.source = ? AND leases.owner <> ?`,

  openApprovalsOfRun: "SELECT approval_id FROM approvals WHERE run_id = ? AND is_open = 1",
  closeApproval: "UPDATE approvals SET is_open = 0, card = NULL WHERE approval_id = ?",
  openApproval: `
    INSERT INTO approvals (approval_id, run_id, created_at, expires_at, is_open, due_at, card)
    VALUES ($approvalId, $runId, $createdAt, $expiresAt, 1, $dueAt, $card)
    ON CONFLICT (approval_id) DO UPDATE SET created_at = excluded.created_at,
      expires_at = excluded.expires_at, is_open = 1, due_at = excluded.due_at,
      card = excluded.card
      WHERE run_id = excluded.run_id`,
  due: `
    SELECT * FROM approvals WHERE is_open = 1 AND due_at IS NOT NULL AND due_at <= ?
    ORDER BY due_at LIMIT ?`,
  nextDue: `
    SELECT * FROM approvals WHERE is_open = 1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
  postponeDue: "UPDATE approvals SET due_at = ? WHERE approval_id = ?",
  runOfApproval: "SELECT run_id FROM approvals WHERE approval_id = ?",

  overBefore: `
    SELECT run_id FROM runs WHERE is_over = 1 AND updated_at < $before
      AND ($untold OR NOT EXISTS (SELECT 1 FROM intents
        WHERE intents.run_id = runs.run_id AND is_current = 1))
    ORDER BY updated_at LIMIT $limit`,
  untoldBefore: `
    SELECT count(*) AS runs FROM intents JOIN runs USING (run_id)
    WHERE is_current = 1 AND is_over = 1 AND updated_at < ?`,
  journalSize: `
    SELECT coalesce(sum(octet_length(line)), 0) AS bytes FROM entries WHERE run_id = ?`,
  removeEntries: "DELETE FROM entries WHERE run_id = ?",
  removeApprovals: "DELETE FROM approvals WHERE run_id = ?",
  removeLease: "DELETE FROM leases WHERE run_id = ?",
  removeRun: "DELETE FROM runs WHERE run_id = ?",

  lease: "SELECT * FROM leases WHERE run_id = ?",
  replaceLease: `
    INSERT INTO leases (run_id, owner, pid, host, expires_at, instance) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (run_id) DO UPDATE SET owner = excluded.owner, pid = excluded.pid,
      host = excluded.host, expires_at = excluded.expires_at, instance = excluded.instance`,
  renewLeases: `
    UPDATE leases SET expires_at = ?
    WHERE owner = ? AND run_id IN (SELECT value FROM json_each(?)) RETURNING run_id`,
  releaseLease: "DELETE FROM leases WHERE run_id = ? AND owner = ?",
} as const;

/**
 * Whose leases may have outlived them. It reads all leases: there is one for each run that goes
 * on, and none for the others.
 */
export const holdersStatement = `
  SELECT DISTINCT instance FROM leases
  WHERE instance IS NOT NULL AND instance <> ? AND host = ? AND expires_at > ?`;

/** What tells what others have written. */
export const followStatements = {
  lastEntry: "SELECT max(rowid) AS last FROM entries",
  grown: `
    SELECT run_id, max(seq) AS last FROM entries WHERE rowid > ? GROUP BY run_id LIMIT ?`,
  leases: "SELECT run_id FROM leases",
  oldest: "SELECT run_id FROM runs WHERE is_over = 1 ORDER BY updated_at, run_id LIMIT 1",
} as const;

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
  return `SELECT * FROM approvals ${where(conditions)} ORDER BY created_at, approval_id LIMIT ?`;
}

/** Parameters: run id, limit. */
export function countPendingStatement({ isOfRun }: { isOfRun: boolean }): string {
  const conditions = ["is_open = 1", ...(isOfRun ? ["run_id = ?"] : [])];
  return `SELECT count(*) AS pending FROM (SELECT 1 FROM approvals ${where(conditions)} LIMIT ?)`;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}
