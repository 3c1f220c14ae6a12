import type { Intent, ChangeNews } from "../runs/run-store.ts";
import type { AppendBatch, PendingApproval, RunSummary } from "../engine/journal-store.ts";
import { parseFirst, parseNumber, parseText, type Row } from "../lib/rows.ts";
import type { PostgresConnection, Value } from "../postgres/connection.ts";
import { codeOf, isUniqueViolation } from "../postgres/errors.ts";
import {
  conflict,
  dueAt,
  foreignApproval,
  idempotencyConflict,
  intentOpen,
  prevOf,
  refusals,
  sessionBusy,
} from "./rules.ts";
import { parseRun } from "./rows.ts";
import type { AppendRefusal, RunSeals } from "./postgres-seals.ts";
import { statements } from "./postgres-statements.ts";

/** What a store object in PostgreSQL works with. */
export interface PostgresMeans {
  readonly connection: PostgresConnection;
  readonly tenant: string;
  readonly instance: string;
  readonly seals: RunSeals;
}

/**
 * One statement. Where the answer is lost, the same is asked again: what is there with the same
 * texts was kept, and a first try that is still on its way finds a conflict.
 */
export async function append(means: PostgresMeans, batch: AppendBatch): Promise<void> {
  const refusal = await tryAppend(means, batch);
  if (refusal === undefined) return;
  await means.seals.explain(batch, refusal);
  // More is known now: whoever is refused again was not the first.
  const again = await tryAppend(means, batch);
  if (again !== undefined) throw refusals[again === "seal" ? "hash" : again](batch);
}

/** @returns why nothing was written */
async function tryAppend(
  means: PostgresMeans,
  batch: AppendBatch,
): Promise<AppendRefusal | undefined> {
  const { seals } = means;
  const sealing = seals.valuesFor(batch);
  const toValues = (isAgain: boolean): Value[] => [...valuesOf(means, batch, isAgain), ...sealing];
  let row: Row | undefined;
  try {
    const { append: plain, appendAndCount, sealedAppend, sealedAppendAndCount } = statements;
    const [alone, counted] = seals.isSealing
      ? [sealedAppend, sealedAppendAndCount]
      : [plain, appendAndCount];
    [row] = await means.connection.ask(batch.past === undefined ? alone : counted, {
      values: toValues(false),
      again: toValues(true),
      waitMs: batch.waitMs,
    });
  } catch (error) {
    const detail = error instanceof Error && "detail" in error ? String(error.detail) : "";
    if (codeOf(error) === "HP001") throw foreignApproval(batch, detail);
    const isClash = isUniqueViolation(error) || codeOf(error) === "HP002";
    throw isClash ? await clashOf(means, batch) : error;
  }
  const outcome = row === undefined ? "" : parseText(row, "outcome");
  const known: readonly AppendRefusal[] = ["exists", "gap", "hash", "seal"];
  return known.find((refusal) => refusal === outcome);
}

/** Of an own batch; where it is the turn of this process, the line says so afterwards. */
export function toldOf({
  summary: { runnable, updatedAt },
  pending = [],
}: AppendBatch): ChangeNews {
  const due = pending.flatMap(({ expiresAt }) =>
    expiresAt === undefined ? [] : [dueAt({ expiresAt, updatedAt, nowMs: 0 })],
  );
  const turn = runnable ? "elsewhere" : "nobody";
  return { turn, ...(due.length === 0 ? {} : { dueInMs: Math.min(...due) }) };
}

function valuesOf(
  { tenant, instance }: PostgresMeans,
  batch: AppendBatch,
  isAgain: boolean,
): Value[] {
  const { runId, fromSeq, lines, summary, pending, past, intent, isRepeatable = false } = batch;
  const { length, agent, source, status, createdAt, updatedAt, runnable, isOver } = summary;
  const { sessionId = null, idempotencyKey = null, requestDigest = null } = summary;
  return [
    tenant,
    runId,
    fromSeq,
    lines,
    prevOf(batch),
    isAgain,
    isRepeatable,
    instance,
    length,
    agent,
    source,
    status,
    createdAt,
    updatedAt,
    sessionId,
    idempotencyKey,
    requestDigest,
    runnable,
    isOver,
    ...(pending === undefined ? [null, null, null, null, null] : columnsOf(pending, updatedAt)),
    ...(intent === undefined
      ? [null, null, null]
      : [intent.key, intent.place, intent.closes ?? []]),
    ...(past === undefined ? [] : [JSON.stringify(past)]),
  ];
}

function columnsOf(pending: readonly PendingApproval[], updatedAt: string): Value[] {
  return [
    pending.map(({ approvalId }) => approvalId),
    pending.map(({ createdAt }) => createdAt),
    pending.map(({ expiresAt }) => expiresAt ?? null),
    // As much later than now as it is later than the entry that wrote it; the store adds its time.
    pending.map(({ expiresAt }) =>
      expiresAt === undefined ? null : dueAt({ expiresAt, updatedAt, nowMs: 0 }),
    ),
    pending.map(({ card }) => card ?? null),
  ];
}

/** What a refused row means: the server names one index, while a request can violate two. */
async function clashOf({ connection, tenant }: PostgresMeans, batch: AppendBatch): Promise<Error> {
  const { runId, summary } = batch;
  const holderBy = async (
    statement: string,
    key: string | undefined,
  ): Promise<RunSummary | undefined> => {
    if (key === undefined) return undefined;
    const [row] = await connection.ask(statement, { values: [tenant, key] });
    const holder = parseFirst(row, parseRun);
    return holder?.runId === runId ? undefined : holder;
  };
  const keyHolder = await holderBy(statements.runByIdempotencyKey, summary.idempotencyKey);
  if (keyHolder) return idempotencyConflict(batch, keyHolder);
  const sessionHolder = await holderBy(statements.unfinishedRun, summary.sessionId);
  if (sessionHolder) return sessionBusy(batch, sessionHolder);
  const { intent } = batch;
  const current = intent === undefined ? [] : await findIntents({ connection, tenant }, intent.key);
  const holder = current.find(({ place, isCurrent }) => isCurrent && place === intent?.place);
  if (holder !== undefined && holder.run.runId !== runId) return intentOpen(batch, holder.run);
  return conflict(batch, "it exists");
}

/** The runs of a wish. */
export async function findIntents(
  { connection, tenant }: Pick<PostgresMeans, "connection" | "tenant">,
  key: string,
): Promise<Intent[]> {
  const values = [tenant, key];
  const current = await connection.ask(statements.currentIntents, { values });
  const closed = await connection.ask(statements.lastClosedIntent, { values });
  return [...current, ...closed].map((row) => ({
    run: parseRun(row),
    place: parseNumber(row, "place"),
    isCurrent: parseNumber(row, "is_current") === 1,
  }));
}
