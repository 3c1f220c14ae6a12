import { hostname } from "node:os";

import type { RunId } from "../lib/ids.ts";
import type { ClaimRequest, LeaseReport } from "../runs/run-store.ts";
import type { LeaseTerms, RunSummary } from "../engine/journal-store.ts";
import { compareKeys, keyOfRun } from "./cursor.ts";
import { checkKeys } from "./rules.ts";
import { copiesOf, type Shelf } from "./memory-shelf.ts";

export function claim(
  shelf: Shelf,
  { sources, owner, limit, leaseMs, except }: ClaimRequest,
): RunSummary[] {
  for (const source of sources) checkKeys({ source });
  const runs = [...new Set(sources)]
    .flatMap((source) => [...(shelf.runnable.get(source) ?? [])])
    .flatMap((runId) => shelf.runs.get(runId) ?? [])
    .filter(({ runId, length }) => isFree(shelf, runId) && except?.get(runId) !== length)
    .toSorted((a, b) => compareKeys(keyOfRun(a), keyOfRun(b)))
    .slice(0, limit);
  for (const { runId } of runs) take(shelf, runId, { owner, leaseMs });
  return copiesOf(runs);
}

export function nextFree(
  { runnable, leases, clock }: Shelf,
  { sources, owner }: { sources: readonly string[]; owner: string },
): number | undefined {
  const ends = sources
    .flatMap((source) => [...(runnable.get(source) ?? [])])
    .flatMap((runId) => leases.get(runId) ?? [])
    .filter((lease) => lease.owner !== owner)
    .map(({ expiresAt }) => expiresAt);
  return ends.length === 0 ? undefined : Math.min(...ends) - clock.now();
}

export function claimRun(shelf: Shelf, runId: RunId, terms: LeaseTerms): boolean {
  const isOurs = shelf.leases.get(runId)?.owner === terms.owner;
  if (!isOurs && !isFree(shelf, runId)) return false;
  take(shelf, runId, terms);
  return true;
}

export function renew(
  shelf: Shelf,
  owner: string,
  { leaseMs, runIds }: { leaseMs: number; runIds: readonly RunId[] },
): RunId[] {
  const held = runIds.filter((runId) => shelf.leases.get(runId)?.owner === owner);
  for (const runId of held) take(shelf, runId, { owner, leaseMs });
  return held;
}

/** @returns whether the owner had it */
export function release(shelf: Shelf, { runId, owner }: { runId: RunId; owner: string }): boolean {
  return shelf.leases.get(runId)?.owner === owner && shelf.leases.delete(runId);
}

export function leaseOf({ leases, clock, instance }: Shelf, runId: RunId): LeaseReport | undefined {
  const lease = leases.get(runId);
  if (lease === undefined) return undefined;
  const { owner, expiresAt } = lease;
  return {
    owner,
    instance,
    pid: process.pid,
    host: hostname(),
    expiresAt: new Date(expiresAt).toISOString(),
    leftMs: expiresAt - clock.now(),
    // Whoever can ask is in the process that has it.
    alive: true,
  };
}

function isFree({ leases, clock }: Shelf, runId: RunId): boolean {
  const lease = leases.get(runId);
  return lease === undefined || lease.expiresAt <= clock.now();
}

function take({ leases, clock }: Shelf, runId: RunId, { owner, leaseMs }: LeaseTerms): void {
  leases.set(runId, { owner, expiresAt: clock.now() + leaseMs });
}
