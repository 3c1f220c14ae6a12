import { openApprovals } from "../engine/approvals.ts";
import { FORMAT_VERSION } from "../engine/entries.ts";
import type { Approval, Run } from "../engine/state.ts";
import { openWish, summarize } from "../engine/store-sink.ts";
import { canonicalJson, isJsonObject, type JsonValue } from "../lib/json.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunStore } from "./run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import { toCard } from "./service-means.ts";

const PAGE = 500;

/** What a run's journal and its row say alike, whichever version wrote them. */
const NAMES = ["length", "agent", "source", "sessionId"] as const;
/** The same of runs in the format of now. */
const STANDING = ["status", "runnable", "isOver", "createdAt", "updatedAt"] as const;
/** What is decided on, of a card: its words may be another version's. */
const DECIDED_ON = [
  "approvalId",
  "runId",
  "kind",
  "source",
  "agent",
  "path",
  "tool",
  "callId",
  "toolDigest",
  "arguments",
  "approver",
  "expiresAt",
] as const;

/** What of the rows that lists and claims go by is not what the journal says. */
export interface RowsReport {
  problem?: string | undefined;
  note?: string | undefined;
}

/**
 * Compares what a store keeps of a run beside its journal with the journal.
 *
 * @param row as it stands at the length that `run` has
 */
export async function checkRows(
  store: RunStore,
  { runId, run, row }: { runId: RunId; run: Run; row: RunSummary },
): Promise<RowsReport> {
  const wanted = summarize(runId, run, {});
  const names = run.format === FORMAT_VERSION ? [...NAMES, ...STANDING] : NAMES;
  const other = names.find((name) => row[name] !== wanted[name]);
  if (other !== undefined) {
    return { problem: `its row was changed: it has another ${other} than its entries say` };
  }
  const lost = await lostIntent(store, runId, run);
  if (lost !== undefined) return { problem: lost };
  return checkOpen(run, await pendingOf(store, runId));
}

/** A call that is not over is what repetitions of it wait for. */
async function lostIntent(store: RunStore, runId: RunId, run: Run): Promise<string | undefined> {
  const key = openWish(run);
  if (key === undefined) return undefined;
  const intents = await store.findIntents(key);
  return intents.some((each) => each.run.runId === runId && each.isCurrent)
    ? undefined
    : "what tells a repetition of its call was taken out";
}

async function pendingOf(store: RunStore, runId: RunId): Promise<PendingApproval[]> {
  const found: PendingApproval[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listPending({ runId, limit: PAGE, cursor });
    found.push(...page.approvals);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

function checkOpen(run: Run, rows: readonly PendingApproval[]): RowsReport {
  const listed = new Map<string, PendingApproval>(rows.map((row) => [row.approvalId, row]));
  const notes: string[] = [];
  for (const approval of openApprovals(run)) {
    const { approvalId } = approval;
    const row = listed.get(approvalId);
    listed.delete(approvalId);
    if (row === undefined) return { problem: `approval ${approvalId} waits, and is not listed` };
    const { problem, note } = checkCard(run, approval, row);
    if (problem !== undefined) return { problem: `approval ${approvalId}: ${problem}` };
    if (note !== undefined) notes.push(`approval ${approvalId}: ${note}`);
  }
  const [added] = listed.keys();
  if (added !== undefined) return { problem: `approval ${added} is listed, and does not wait` };
  return notes.length === 0 ? {} : { note: notes.join("; ") };
}

function checkCard(run: Run, approval: Approval, row: PendingApproval): RowsReport {
  if (row.createdAt !== approval.at || row.expiresAt !== approval.expiresAt) {
    return { problem: "its row was changed: it has other times than its entry" };
  }
  if (row.card === undefined) return {};
  const wanted = toCard(run, approval);
  if (wanted === row.card) return {};
  const [shown, right] = [readCard(row.card), wanted === undefined ? undefined : readCard(wanted)];
  const isSame = DECIDED_ON.every((name) => isEqual(shown?.[name], right?.[name]));
  if (shown === undefined || right === undefined || !isSame) {
    return { problem: "what lists show of it was changed: it is not what would run" };
  }
  return { note: "lists show it in other words than this version has for it" };
}

function readCard(text: string): { [name: string]: JsonValue | undefined } | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEqual(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one) === canonicalJson(other);
}
