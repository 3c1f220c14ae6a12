import { hostname } from "node:os";

import type { Clock } from "../lib/clock.ts";
import type { RunId } from "../lib/ids.ts";
import type { ClaimRequest, LeaseReport } from "../runs/run-store.ts";
import type { LeaseTerms, RunSummary } from "../engine/journal-store.ts";
import type { Prepare, SqliteConnection } from "../sqlite/connection.ts";
import type { Liveness } from "../sqlite/liveness.ts";
import { parseFirst, parseNumber, parseText } from "../lib/rows.ts";
import { compareKeys, keyOfRun } from "./cursor.ts";
import { checkHold, findHold, holdChanged, isSound } from "./sqlite-holds.ts";
import { parseLease, parseRun, parseRunId, type Lease } from "./rows.ts";
import type { Seal } from "./sqlite-seal.ts";
import { holdersStatement, statements } from "./sqlite-statements.ts";

/** What leases are taken with. */
export interface LeaseMeans {
  readonly connection: SqliteConnection;
  readonly clock: Clock;
  readonly liveness: Liveness;
  readonly seal: Seal;
}

/**
 * Looks before it writes: a process that finds nothing, as most looks do, keeps nobody waiting.
 * Who is dead stays dead, so that this may be asked before the transaction.
 */
export async function claim(means: LeaseMeans, request: ClaimRequest): Promise<RunSummary[]> {
  const { connection, liveness } = means;
  const dead = await findDead(means);
  const wanted = { ...request, dead };
  if (request.limit < 1) return [];
  const free = await connection.read((prepare) => findFree(prepare, means, wanted));
  if (free.length === 0) return [];
  liveness.hold();
  return connection.write(
    (prepare) => {
      // One whose end is not what was written is put on hold instead.
      const found = findFree(prepare, means, wanted);
      const runs = found.filter(({ runId }) => isKeptSound(prepare, means, runId));
      for (const { runId } of runs) take(prepare, means, { ...request, runId });
      return runs;
    },
    { isLazy: true },
  );
}

function findFree(
  prepare: Prepare,
  { clock }: LeaseMeans,
  { sources, limit, except = new Map(), dead }: ClaimRequest & { dead: readonly string[] },
): RunSummary[] {
  const parameters = {
    $nowMs: clock.now(),
    $dead: JSON.stringify(dead),
    $except: JSON.stringify([...except].map(([runId, length]) => `${runId} ${length}`)),
    $limit: limit,
  };
  const runs = [...new Set(sources)].flatMap((source) =>
    prepare(statements.freeRuns)
      .all({ ...parameters, $source: source })
      .map(parseRun),
  );
  return runs.toSorted((a, b) => compareKeys(keyOfRun(a), keyOfRun(b))).slice(0, limit);
}

/** The instances of this host that left leases behind. */
async function findDead({ connection, clock, liveness }: LeaseMeans): Promise<string[]> {
  const others = await connection.read((prepare) =>
    prepare(holdersStatement)
      .all(liveness.instance, hostname(), clock.now())
      .map((row) => parseText(row, "instance")),
  );
  return others.filter((instance) => !liveness.isAlive(instance));
}

export async function nextFree(
  { connection, clock }: LeaseMeans,
  { sources, owner }: { sources: readonly string[]; owner: string },
): Promise<number | undefined> {
  const ends = await connection.read((prepare) =>
    [...new Set(sources)]
      .map((source) => prepare(statements.leaseEnd).get(source, owner))
      .flatMap((row) => (row?.["ends_at"] == null ? [] : [parseNumber(row, "ends_at")])),
  );
  return ends.length === 0 ? undefined : Math.min(...ends) - clock.now();
}

export async function claimRun(
  means: LeaseMeans,
  runId: RunId,
  terms: LeaseTerms,
): Promise<boolean> {
  const { connection, liveness } = means;
  const seen = await connection.read((prepare) => findLease(prepare, runId));
  const dead = seen === undefined || liveness.livesAs(seen) !== false ? undefined : seen.instance;
  const isFree = (lease: Lease | undefined): boolean =>
    lease === undefined ||
    lease.owner === terms.owner ||
    lease.expiresAt <= means.clock.now() ||
    (dead !== undefined && lease.instance === dead);
  if (!isFree(seen)) return false;
  liveness.hold();
  const isTaken = await connection.write(
    (prepare) => {
      if (!isFree(findLease(prepare, runId))) return false;
      if (findHold(prepare, runId) !== undefined) return false;
      if (!isKeptSound(prepare, means, runId)) return false;
      take(prepare, means, { ...terms, runId });
      return true;
    },
    { isLazy: true },
  );
  if (!isTaken) await connection.read((prepare) => checkHold(prepare, runId));
  return isTaken;
}

function isKeptSound(prepare: Prepare, { clock, seal }: LeaseMeans, runId: RunId): boolean {
  if (isSound(prepare, runId, seal.key)) return true;
  holdChanged(prepare, runId, { clock });
  return false;
}

function take(
  prepare: Prepare,
  { clock, liveness: { instance } }: LeaseMeans,
  { runId, owner, leaseMs }: LeaseTerms & { runId: RunId },
): void {
  const expiresAt = clock.now() + leaseMs;
  prepare(statements.replaceLease).run(runId, owner, process.pid, hostname(), expiresAt, instance);
}

export function renew(
  { connection, clock }: LeaseMeans,
  owner: string,
  { leaseMs, runIds }: { leaseMs: number; runIds: readonly RunId[] },
): Promise<RunId[]> {
  return connection.write(
    (prepare) =>
      prepare(statements.renewLeases)
        .all(clock.now() + leaseMs, owner, JSON.stringify(runIds))
        .map(parseRunId),
    { isLazy: true },
  );
}

/** @returns whether the owner had it */
export function release(
  { connection }: LeaseMeans,
  { runId, owner }: { runId: RunId; owner: string },
): Promise<boolean> {
  return connection.write(
    (prepare) => prepare(statements.releaseLease).run(runId, owner).changes > 0,
    { isLazy: true },
  );
}

export async function leaseOf(means: LeaseMeans, runId: RunId): Promise<LeaseReport | undefined> {
  const lease = await means.connection.read((prepare) => findLease(prepare, runId));
  if (lease === undefined) return undefined;
  const { expiresAt, ...rest } = lease;
  return {
    ...rest,
    expiresAt: new Date(expiresAt).toISOString(),
    leftMs: expiresAt - means.clock.now(),
    alive: means.liveness.livesAs(lease),
  };
}

function findLease(prepare: Prepare, runId: RunId): Lease | undefined {
  return parseFirst(prepare(statements.lease).get(runId), parseLease);
}
