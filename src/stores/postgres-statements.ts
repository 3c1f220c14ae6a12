import { UNFINISHED, type RunListing } from "./run-listing.ts";

const run = `run_id, length, agent, source, status, created_at, updated_at, session_id,
  idempotency_key, request_digest, runnable::integer AS runnable, is_over::integer AS is_over`;
const approval = "approval_id, run_id, created_at, expires_at, card";

/** Whether a yes for later calls still lets some run. */
const SEAL =
  "grant_seal(tenant, grant_id, tool, terms, created_at, ends_at, most_uses, uses, ended_at, ended_by)";
const STANDING = `(ended_at IS NULL AND ends_at > store_ms()
  AND (most_uses IS NULL OR uses < most_uses) AND seal = ${SEAL})`;
const grant = `grant_id, tool, terms, created_at, ends_at::float8 AS ends_at, most_uses, uses,
  ended_at, ended_by, coalesce(${STANDING}, false)::integer AS is_standing,
  (seal IS DISTINCT FROM ${SEAL})::integer AS is_changed`;

/** Runs with their seals; `sealed` is the line that is sealed last, `last` the last one. */
const SEALED = `runs.run_id, is_over::integer AS is_over, next_seq, last_hash, sealed_from, sealed_to, mac,
  sealed.line AS sealed, ends.line AS last
  FROM runs
  LEFT JOIN entries AS sealed ON sealed.tenant = runs.tenant AND sealed.run_id = runs.run_id
    AND sealed.seq = sealed_to
  LEFT JOIN entries AS ends ON ends.tenant = runs.tenant AND ends.run_id = runs.run_id
    AND ends.seq = next_seq - 1`;

/** An append that is refused where the run does not end as it is sealed. */
function sealed(appends: string, count: number): string {
  const values = Array.from({ length: count }, (_, index) => `$${index + 1}`).join(", ");
  const [before, from, to, mac] = [1, 2, 3, 4].map((each) => `$${count + each}`);
  return `SELECT CASE WHEN ${before}::text IS NULL OR is_sealed_to($1, $2, $3, ${before})
    THEN seal_run(${appends}(${values}), $1, $2, ${from}, ${to}, ${mac}) ELSE 'seal' END AS outcome`;
}

/** Every statement; the first parameter is the tenant, but for those that say otherwise. */
export const statements = {
  append: `SELECT append_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
    $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) AS outcome`,
  appendAndCount: `SELECT append_and_count($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
    $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) AS outcome`,
  /** The seals' four come after the values of an append. */
  sealedAppend: sealed("append_entries", 27),
  sealedAppendAndCount: sealed("append_and_count", 28),
  past: "SELECT * FROM past_calls WHERE tenant = $1 AND tool = $2 AND feature = ANY ($3)",
  addGrant: `INSERT INTO grants (tenant, grant_id, tool, terms, created_at, ends_at, most_uses, seal)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, ends, $7::integer,
      grant_seal($1, $2, $3, $4, $5, ends, $7, 0, NULL, NULL)
    FROM (SELECT store_ms() + $6::bigint AS ends) AS at ON CONFLICT DO NOTHING`,
  grants: `SELECT ${grant} FROM grants WHERE tenant = $1
    ORDER BY created_at DESC, grant_id DESC LIMIT $2`,
  grantsFor: `SELECT ${grant} FROM grants
    WHERE tenant = $1 AND tool = $2 AND ended_at IS NULL AND ${STANDING}`,
  useGrant: `UPDATE grants SET uses = uses + 1, seal = grant_seal(tenant, grant_id, tool, terms,
      created_at, ends_at, most_uses, uses + 1, ended_at, ended_by)
    WHERE tenant = $1 AND grant_id = $2 AND ${STANDING} RETURNING grant_id`,
  // Of one that was changed by others the seal goes on to say so.
  endGrant: `UPDATE grants SET ended_at = $3::text, ended_by = $4::text,
      seal = CASE WHEN seal = ${SEAL} THEN grant_seal(tenant, grant_id, tool, terms, created_at,
        ends_at, most_uses, uses, $3::text, $4::text) ELSE seal END
    WHERE tenant = $1 AND grant_id = $2 AND ended_at IS NULL RETURNING grant_id`,
  linesFrom: `
    SELECT line FROM entries WHERE tenant = $1 AND run_id = $2 AND seq >= $3 ORDER BY seq`,
  remove: `SELECT runs, bytes::float8 AS bytes, more, kept::float8 AS kept
    FROM remove_runs($1, $2, $3, $4, $5)`,

  run: `SELECT ${run} FROM runs WHERE tenant = $1 AND run_id = $2`,
  runByIdempotencyKey: `SELECT ${run} FROM runs WHERE tenant = $1 AND idempotency_key = $2`,
  unfinishedRun: `SELECT ${run} FROM runs
    WHERE tenant = $1 AND session_id = $2 AND status IN (${UNFINISHED})`,

  currentIntents: `SELECT ${run}, place, is_current::integer AS is_current
    FROM intents JOIN runs USING (tenant, run_id)
    WHERE tenant = $1 AND key = $2 AND is_current ORDER BY place`,
  lastClosedIntent: `SELECT ${run}, place, is_current::integer AS is_current
    FROM intents JOIN runs USING (tenant, run_id)
    WHERE tenant = $1 AND key = $2 AND NOT is_current ORDER BY number DESC LIMIT 1`,
  closeIntent: `UPDATE intents SET is_current = false
    WHERE tenant = $1 AND run_id = $2 AND is_current`,

  claim: `SELECT ${run} FROM claim_as_worker($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
  claimRun: "SELECT claim_run($1, $2, $3, $4, $5, $6, $7) AS outcome",
  renew: "SELECT run_id FROM renew_leases($1, $2, $3, $4, $5, $6, $7, $8) AS renewed (run_id)",
  release: "SELECT release_lease($1, $2, $3, $4) AS was_held",
  lease: `SELECT owner, instance, pid, host, expires_at::float8 AS expires_at,
      (expires_at - store_ms())::float8 AS left_ms, is_alive(instance)::integer AS is_alive
    FROM leases WHERE tenant = $1 AND run_id = $2`,
  isAlive: "SELECT is_alive($1)::integer AS is_alive",
  // One that may be dead is looked at again soon, and so are the leases after they were all lost.
  nextFree: `
    SELECT least((min(CASE WHEN leases.missed_at IS NULL THEN leases.expires_at - store_ms()
        ELSE 300 END))::float8, nullif(grace_ms(), 0)::float8) AS in_ms
    FROM leases JOIN runs ON runs.tenant = leases.tenant AND runs.run_id = leases.run_id
    WHERE leases.tenant = $1 AND leases.owner <> $3 AND runs.runnable AND runs.source = ANY ($2)`,

  claimDue: `
    WITH found AS MATERIALIZED (
      SELECT approval_id, due_at FROM approvals
      WHERE tenant = $1 AND is_open AND due_at IS NOT NULL AND due_at <= store_ms()
      ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE approvals SET due_at = store_ms() + $3 FROM found
      WHERE approvals.tenant = $1 AND approvals.approval_id = found.approval_id
      RETURNING approvals.*, found.due_at AS was_due_at
    )
    SELECT ${approval} FROM claimed ORDER BY was_due_at`,
  nextDue: `SELECT ${approval}, (due_at - store_ms())::float8 AS in_ms FROM approvals
    WHERE tenant = $1 AND is_open AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
  auditKey: "SELECT key_id FROM audit_keys WHERE tenant = $1",
  addAuditKey: "INSERT INTO audit_keys VALUES ($1, $2) ON CONFLICT DO NOTHING",
  /** By id; parameters: tenant, the id before, limit. */
  unsealed: `SELECT run_id, next_seq, line AS last FROM runs
    JOIN entries USING (tenant, run_id)
    WHERE tenant = $1 AND run_id > $2 AND seq = next_seq - 1 AND NOT is_over AND mac IS NULL
    ORDER BY run_id LIMIT $3`,
  sealAsIs: `UPDATE runs SET sealed_from = given.next, sealed_to = given.next - 1, mac = given.mac
    FROM unnest($2::text[], $3::integer[], $4::text[]) AS given (run_id, next, mac)
    WHERE runs.tenant = $1 AND runs.run_id = given.run_id AND next_seq = given.next
      AND runs.mac IS NULL`,
  seal: `SELECT ${SEALED} WHERE runs.tenant = $1 AND runs.run_id = $2`,
  seals: `SELECT ${SEALED} WHERE runs.tenant = $1 AND runs.run_id > $2
    ORDER BY runs.run_id LIMIT $3`,
  holdRun: "SELECT hold_run($1, $2, $3) AS since",
  /** What a person lets go on as it stands ends where its entries do. */
  rebase: `UPDATE runs SET next_seq = ends.seq + 1, last_hash = hash_of(ends.line)
    FROM (SELECT seq, line FROM entries WHERE tenant = $1 AND run_id = $2
      ORDER BY seq DESC LIMIT 1) AS ends
    WHERE tenant = $1 AND run_id = $2 RETURNING runs.run_id`,
  holdOf: "SELECT since FROM holds WHERE tenant = $1 AND run_id = $2",
  releaseHold: "DELETE FROM holds WHERE tenant = $1 AND run_id = $2",
  runOfApproval: "SELECT run_id FROM approvals WHERE tenant = $1 AND approval_id = $2",
} as const;

/**
 * Newest first. Parameters: tenant, limit, status, agent, session id, the cursor's two; each of the
 * last five only when asked for.
 *
 * The first of the three is written as a range, by which it is sorted as well. As an equality it is
 * no part of the order: the database may then go through all runs, newest first, and pass over the
 * 100,000 that are of another status.
 */
export function listRunsStatement({ status, agent, sessionId, isContinued }: RunListing): string {
  const [leading, ...others] = [
    ...(status === undefined ? [] : ["status"]),
    ...(agent === undefined ? [] : ["agent"]),
    ...(sessionId === undefined ? [] : ["session_id"]),
  ];
  const order = [...(leading === undefined ? [] : [leading]), "created_at", "run_id"];
  const after = 3 + (leading === undefined ? 0 : 1) + others.length;
  const cursor = [...(leading === undefined ? [] : ["$3"]), `$${after}`, `$${after + 1}`];
  const conditions = [
    "tenant = $1",
    ...(leading === undefined ? [] : [`${leading} >= $3 AND ${leading} <= $3`]),
    ...others.map((column, index) => `${column} = $${index + 4}`),
    ...(isContinued ? [`(${order.join(", ")}) < (${cursor.join(", ")})`] : []),
  ];
  return `SELECT ${run} FROM runs WHERE ${conditions.join(" AND ")}
    ORDER BY ${order.map((column) => `${column} DESC`).join(", ")} LIMIT $2`;
}

/** Oldest first. Parameters: tenant, limit, run id, the cursor's two. */
export function listPendingStatement(of: { isOfRun: boolean; isContinued: boolean }): string {
  const first = of.isOfRun ? 4 : 3;
  const conditions = [
    "tenant = $1 AND is_open",
    ...(of.isOfRun ? ["run_id = $3"] : []),
    ...(of.isContinued ? [`(created_at, approval_id) > ($${first}, $${first + 1})`] : []),
  ];
  return `SELECT ${approval} FROM approvals WHERE ${conditions.join(" AND ")}
    ORDER BY created_at, approval_id LIMIT $2`;
}

/** Parameters: tenant, limit, run id. */
export function countPendingStatement({ isOfRun }: { isOfRun: boolean }): string {
  return `SELECT count(*)::integer AS pending FROM (SELECT FROM approvals
    WHERE tenant = $1 AND is_open ${isOfRun ? "AND run_id = $3" : ""} LIMIT $2) AS counted`;
}
