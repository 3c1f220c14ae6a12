import type { ApprovalId } from "../lib/ids.ts";
import { tiers, type Tier } from "./hold/presentation.ts";
import type { ApprovalReport } from "./run-report.ts";
import type { PendingApproval } from "../engine/journal-store.ts";

/** So many that wait are looked through for the riskiest. */
export const LOOKED_THROUGH = 1_000;
/** Of so many whose risk is not known yet what earlier calls say is looked up; of more, later. */
const LOOKED_UP = 100;
const MOST_KNOWN = 5_000;

/** The tiers of what was listed, with what earlier calls say: looking that up again takes long. */
const known = new WeakMap<object, Map<ApprovalId, Tier>>();

/** Keeps the tiers of what was looked at. @param owner whose list it is */
export function noteTiers(owner: object, reports: readonly ApprovalReport[]): void {
  const noted = known.get(owner) ?? new Map<ApprovalId, Tier>();
  known.set(owner, noted);
  if (noted.size > MOST_KNOWN) noted.clear();
  for (const { approvalId, presentation } of reports) noted.set(approvalId, presentation.tier);
}

/**
 * The riskiest of what waits, the oldest of like ones first.
 *
 * @param options `lookAt`: looks at what was not looked at yet, and notes its tier
 */
export async function riskiestOf(
  owner: object,
  rows: readonly PendingApproval[],
  { limit, lookAt }: { limit: number; lookAt(rows: readonly PendingApproval[]): Promise<unknown> },
): Promise<readonly PendingApproval[]> {
  if (rows.length <= limit) return rows;
  const isNew = ({ approvalId }: PendingApproval): boolean =>
    known.get(owner)?.has(approvalId) !== true;
  const unknown = rows.filter((row) => isNew(row));
  if (unknown.length > 0 && unknown.length <= LOOKED_UP) await lookAt(unknown);
  const noted = known.get(owner);
  const rankOf = ({ approvalId, card }: PendingApproval): number =>
    tiers.indexOf(noted?.get(approvalId) ?? tierOnCard(card));
  return rows
    .map((row) => ({ row, rank: rankOf(row) }))
    .toSorted((a, b) => b.rank - a.rank)
    .slice(0, limit)
    .map(({ row }) => row);
}

/** What a card says by itself; read without the rest of it, since there are many. */
function tierOnCard(card: string | undefined): Tier {
  const said = /"tier":"(\w+)"/.exec(card ?? "")?.[1];
  return tiers.find((tier) => tier === said) ?? "normal";
}
