import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

import type { RunId } from "../lib/ids.ts";
import { isKeepable } from "../lib/key-text.ts";
import { parseNumber, parseText } from "../lib/rows.ts";
import type { Line } from "../postgres/line.ts";
import type { ClaimRequest, LeaseReport } from "../runs/run-store.ts";
import type { LeaseTerms, RunSummary } from "../engine/journal-store.ts";
import type { PostgresMeans } from "./postgres-append.ts";
import { parseLease, parseRun, parseRunId } from "./rows.ts";
import { statements } from "./postgres-statements.ts";

/** How long one whose lock is free may have lost its connection only. */
const MISSED_MS = 320;

/** What leases are taken with. */
export interface HeldLeases extends PostgresMeans {
  readonly line: Line;
  /** The owners of leases that were taken here and not let go. */
  readonly held: Map<RunId, LeaseTerms>;
}

export async function claim(
  means: HeldLeases,
  { sources, limit, except = new Map(), owner, leaseMs }: ClaimRequest,
): Promise<RunSummary[]> {
  if (sources.length === 0) return [];
  await means.line.hold();
  const { connection, tenant, instance, held } = means;
  const leftOut = [...except].map(([runId, length]) => `${runId} ${length}`);
  const rows = await connection.ask(statements.claim, {
    values: [tenant, sources, limit, leftOut, owner, instance, process.pid, hostname(), leaseMs],
  });
  const runs = rows.map(parseRun);
  for (const { runId } of runs) held.set(runId, { owner, leaseMs });
  return runs;
}

export async function claimRun(
  means: HeldLeases,
  runId: RunId,
  { owner, leaseMs }: LeaseTerms,
): Promise<boolean> {
  if (!isKeepable(runId)) return false;
  await means.line.hold();
  const { connection, tenant, instance, held } = means;
  const values = [tenant, runId, owner, instance, process.pid, hostname(), leaseMs];
  const ask = async (): Promise<string> => {
    const [row] = await connection.ask(statements.claimRun, { values });
    return row === undefined ? "" : parseText(row, "outcome");
  };
  let outcome = await ask();
  if (outcome === "missed") {
    await delay(MISSED_MS);
    outcome = await ask();
  }
  if (outcome !== "taken") return false;
  held.set(runId, { owner, leaseMs });
  return true;
}

export async function nextFree(
  { connection, tenant }: HeldLeases,
  { sources, owner }: { sources: readonly string[]; owner: string },
): Promise<number | undefined> {
  const [row] = await connection.ask(statements.nextFree, { values: [tenant, sources, owner] });
  return row?.["in_ms"] == null ? undefined : parseNumber(row, "in_ms");
}

/** Takes those again, too, that were lost with the server and that nobody has by now. */
export async function renew(
  { connection, tenant, instance, held }: HeldLeases,
  owner: string,
  { leaseMs, runIds }: { leaseMs: number; runIds: readonly RunId[] },
): Promise<RunId[]> {
  const own = runIds.filter((runId) => held.get(runId)?.owner === owner);
  const rows = await connection.ask(statements.renew, {
    values: [tenant, owner, runIds, own, instance, process.pid, hostname(), leaseMs],
  });
  const renewed = rows.map(parseRunId);
  const still = new Set(renewed);
  for (const runId of own) if (!still.has(runId)) held.delete(runId);
  return renewed;
}

/** All leases that were taken here, when the line stands again. */
export async function renewAll(means: HeldLeases): Promise<void> {
  const leases = [...means.held].map(([runId, terms]) => ({ runId, ...terms }));
  for (const owner of new Set(leases.map((lease) => lease.owner))) {
    const own = leases.filter((lease) => lease.owner === owner);
    const leaseMs = Math.min(...own.map((lease) => lease.leaseMs));
    await renew(means, owner, { leaseMs, runIds: own.map(({ runId }) => runId) });
  }
}

/** @returns whether the owner had it */
export async function release(
  { connection, tenant, instance, held }: HeldLeases,
  runId: RunId,
  owner: string,
): Promise<boolean> {
  if (held.get(runId)?.owner === owner) held.delete(runId);
  const [row] = await connection.ask(statements.release, {
    values: [tenant, runId, owner, instance],
  });
  return Boolean(row?.["was_held"]);
}

/**
 * Whether an instance lives. One whose lock is free may have lost its connection only, and go on
 * with what it began.
 */
export async function livesAs(
  { connection }: HeldLeases,
  instance: string | undefined,
): Promise<true | "unknown"> {
  if (instance === undefined) return "unknown";
  const [row] = await connection.ask(statements.isAlive, { values: [instance] });
  return row !== undefined && parseNumber(row, "is_alive") === 1 ? true : "unknown";
}

export async function leaseOf(
  { connection, tenant }: HeldLeases,
  runId: RunId,
): Promise<LeaseReport | undefined> {
  if (!isKeepable(runId)) return undefined;
  const [row] = await connection.ask(statements.lease, { values: [tenant, runId] });
  if (row === undefined) return undefined;
  const { expiresAt, ...lease } = parseLease(row);
  return {
    ...lease,
    expiresAt: new Date(expiresAt).toISOString(),
    leftMs: parseNumber(row, "left_ms"),
    alive: parseNumber(row, "is_alive") === 1,
  };
}
