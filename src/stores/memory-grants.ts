import type { KeptGrant, NewGrant } from "../runs/run-store.ts";
import { compareTexts } from "./cursor.ts";
import { copiesOf, type GrantRow, type Shelf } from "./memory-shelf.ts";

export function addGrant(shelf: Shelf, { lastsMs, ...grant }: NewGrant): void {
  shelf.grants.set(grant.grantId, { ...grant, uses: 0, endsAt: shelf.clock.now() + lastsMs });
}

/** Newest first. */
export function listGrants(shelf: Shelf, limit: number): KeptGrant[] {
  const all = [...shelf.grants.values()].toSorted(
    (a, b) => compareTexts(b.createdAt, a.createdAt) || compareTexts(b.grantId, a.grantId),
  );
  return copiesOf(all.slice(0, limit)).map((row) => toKept(shelf, row));
}

export function grantsFor(shelf: Shelf, tool: string): KeptGrant[] {
  return [...shelf.grants.values()]
    .filter((row) => row.tool === tool && isStanding(shelf, row))
    .map((row) => toKept(shelf, row));
}

export function useGrant(shelf: Shelf, grantId: string): boolean {
  const row = shelf.grants.get(grantId);
  if (row === undefined || !isStanding(shelf, row)) return false;
  row.uses += 1;
  return true;
}

export function endGrant(
  shelf: Shelf,
  grantId: string,
  { at, by }: { at: string; by: string },
): boolean {
  const row = shelf.grants.get(grantId);
  if (row === undefined || row.endedAt !== undefined) return false;
  Object.assign(row, { endedAt: at, endedBy: by });
  return true;
}

function isStanding({ clock }: Shelf, { endsAt, endedAt, uses, mostUses }: GrantRow): boolean {
  return endedAt === undefined && endsAt > clock.now() && uses < (mostUses ?? Infinity);
}

function toKept(shelf: Shelf, row: GrantRow): KeptGrant {
  const { endsAt, ...rest } = row;
  const isOn = isStanding(shelf, row);
  return { ...rest, endsAt: new Date(endsAt).toISOString(), isStanding: isOn };
}
