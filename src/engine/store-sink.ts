import type { ApprovalId, RunId } from "../lib/ids.ts";
import { openApprovals } from "./approvals.ts";
import { isEngineEntry, type EntryOf, type StoredFields } from "./entries.ts";
import { kindIn } from "./entry-kinds.ts";
import { frameKey, isOver, rootFrame } from "./frames.ts";
import type { IntentClaim, JournalStore, PendingApproval, RunSummary } from "./journal-store.ts";
import type { PastCall } from "./past-call.ts";
import type { JournalSink } from "./recording.ts";
import type { Approval, Run } from "./state.ts";
import { statusOf } from "./status.ts";

/** What a store is told of a run besides its journal. */
export interface RunLabels {
  idempotencyKey?: string | undefined;
  requestDigest?: string | undefined;
}

/** What lists show of an approval, as JSON text, made when it is asked for. */
export type ToCard = (run: Run, approval: Approval) => string | undefined;

/** What is counted of a call that ran; `undefined` where nothing is. */
export type ToPast = (run: Run, entry: EntryOf<"tool_finished">) => PastCall | undefined;

export interface StoreSinkOptions {
  toPast?: ToPast | undefined;
  labels?: RunLabels | undefined;
  toCard?: ToCard | undefined;
  /** The wish that the run is begun for. */
  intent?: IntentClaim | undefined;
  /** Whether nothing is lost with what a power cut takes back of the run. */
  mayBeLost?: boolean | undefined;
  /** How long a busy store is waited for when somebody asks; default 45,000. */
  askedWaitMs?: number | undefined;
}

/**
 * How long a busy store is waited for when somebody asks: less than clients wait for an answer,
 * which is a minute with most.
 */
const ASKED_WAIT_MS = 45_000;

/** Keeps one run's journal in a store, its summary and open approvals in step. */
export function createStoreSink(
  store: JournalStore,
  runId: RunId,
  {
    labels = {},
    toCard,
    toPast,
    intent,
    mayBeLost,
    askedWaitMs = ASKED_WAIT_MS,
  }: StoreSinkOptions = {},
): JournalSink {
  let told: string | undefined;
  // Each is made once: of 200 open approvals that are decided one by one, 200 cards.
  const cards = new WeakMap<Approval, string | undefined>();
  return {
    async write({ state, entries }, from, waitMs) {
      const open = openApprovals(state);
      const digest = open.map(({ approvalId }) => approvalId).join(" ");
      const added = entries.slice(from);
      const isUrgent = added.some(({ entry }) => kindIn(state, entry) === "word");
      await store.append({
        runId,
        fromSeq: from,
        lines: added.map(({ line }) => line),
        summary: summarize(runId, state, labels),
        // Rows are replaced only when they changed: most appends ask nobody anything.
        pending: digest === told ? undefined : toPending(state, { runId, open, toCard, cards }),
        ...pastOf(state, added, toPast),
        ...(from === 0 && intent !== undefined ? { intent } : {}),
        isRepeatable: mayBeLost ?? added.every(({ entry }) => isRepeatable(state, entry)),
        isUrgent,
        waitMs: isUrgent || from === 0 ? askedWaitMs : waitMs,
      });
      told = digest;
    },
    async read(fromSeq) {
      const lines = await store.read(runId, fromSeq);
      // Whoever wrote them has replaced the rows.
      if (lines.length > 0) told = undefined;
      return lines;
    },
  };
}

/** The calls that ran by these entries. */
function pastOf(
  run: Run,
  added: readonly { entry: StoredFields }[],
  toPast: ToPast | undefined,
): { past?: PastCall[] } {
  if (toPast === undefined) return {};
  const past = added.flatMap(({ entry }) => {
    if (!isEngineEntry(entry) || entry.type !== "tool_finished") return [];
    return entry.outcome === "ran" ? (toPast(run, entry) ?? []) : [];
  });
  return past.length === 0 ? {} : { past };
}

/**
 * Whether nothing is lost with an entry that a power cut takes back. A claim says nothing until
 * what is done under it is on disk, and then it is too.
 */
function isRepeatable(run: Run, entry: StoredFields): boolean {
  if (isEngineEntry(entry)) return entry.type === "run_claimed";
  const frame = run.frames.get(frameKey(entry.path));
  return frame !== undefined && run.folder?.mayBeLost(frame, entry) === true;
}

function toPending(
  run: Run,
  {
    runId,
    open,
    toCard,
    cards,
  }: {
    runId: RunId;
    open: readonly Approval[];
    toCard: ToCard | undefined;
    cards: WeakMap<Approval, string | undefined>;
  },
): PendingApproval[] {
  return open.map((approval) => {
    const { approvalId, at, expiresAt } = approval;
    if (!cards.has(approval)) cards.set(approval, toCard?.(run, approval));
    const card = cards.get(approval);
    return {
      approvalId: approvalId as ApprovalId,
      runId,
      createdAt: at,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(card === undefined ? {} : { card }),
    };
  });
}

/** The row that lists show of a run. */
export function summarize(runId: RunId, run: Run, labels: RunLabels): RunSummary {
  const status = statusOf(run);
  const root = rootFrame(run);
  return {
    runId,
    length: run.length,
    agent: root?.startedBy ?? "",
    source: run.source,
    status,
    createdAt: run.startedAt,
    updatedAt: run.updatedAt,
    sessionId: run.sessionId,
    ...labels,
    runnable: status === "running",
    isOver: root !== undefined && isOver(root),
  };
}

/** The wish that a run was begun for, as long as something may come of it; else `undefined`. */
export function openWish(run: Run): string | undefined {
  const root = rootFrame(run);
  return root === undefined || isOver(root) ? undefined : run.folder?.intentKey?.(root);
}
