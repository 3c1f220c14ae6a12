import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Approval } from "../journal/approvals.ts";
import type { Entry } from "../journal/entries.ts";
import { openApprovals, rootFrame, type RunFold } from "../journal/fold.ts";
import { frameKey } from "../journal/frame.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalSink } from "./recorder.ts";
import type { JournalStore, PendingApproval, RunStatus, RunSummary } from "./journal-store.ts";
import { hasWork, type Plan } from "./next-steps.ts";

/** What a store is told of a run besides its journal. */
export interface RunLabels {
  idempotencyKey?: string | undefined;
  requestDigest?: string | undefined;
}

/** What lists show of an approval, as JSON text, made when it is asked for. */
export type ToCard = (state: RunFold, approval: Approval) => string | undefined;

/**
 * Keeps one run's journal in a store, its summary and open approvals in step.
 *
 * @param plan what the run's code says; without it (a process that only decides) a run with a
 * fresh decision counts as runnable, and whoever has the code finds out what that means
 */
export function createStoreSink(
  store: JournalStore,
  runId: RunId,
  {
    plan,
    labels = {},
    toCard,
  }: { plan?: Plan | undefined; labels?: RunLabels | undefined; toCard?: ToCard | undefined },
): JournalSink {
  let told: string | undefined;
  const makeCard = toCard === undefined ? undefined : rememberCards(toCard);
  return {
    async write(journal, from) {
      const { state, entries } = journal;
      const open = openApprovals(state);
      const digest = open.map(({ approvalId }) => approvalId).join(" ");
      const added = entries.slice(from);
      await store.append({
        runId,
        fromSeq: from,
        lines: added.map(({ line }) => line),
        summary: summarize(runId, state, { plan, labels }),
        // Rows are replaced only when they changed: most appends ask nobody anything.
        pending: digest === told ? undefined : toPending(state, { runId, open, makeCard }),
        isRepeatable: added.every(({ entry }) => isRepeatable(journal, entry)),
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

/**
 * Whether nothing is lost with an entry that a power cut takes back. A claim says nothing until
 * what is done under it is on disk, and then it is too. So it is with a model's answer, which is
 * asked for again, unless the journal says that it must not be.
 */
function isRepeatable({ entries }: Journal, { type, seq, path }: Entry): boolean {
  if (type !== "model_responded") return type === "run_claimed";
  const place = frameKey(path);
  const before = entries.findLast(
    ({ entry }) =>
      entry.seq < seq && entry.type.startsWith("model_") && frameKey(entry.path) === place,
  );
  return before?.entry.type !== "model_requested";
}

function toPending(
  state: RunFold,
  {
    runId,
    open,
    makeCard,
  }: { runId: RunId; open: readonly Approval[]; makeCard: ToCard | undefined },
): PendingApproval[] {
  return open.map((approval) => {
    const { approvalId, at, expiresAt } = approval;
    const card = makeCard?.(state, approval);
    return {
      approvalId: approvalId as ApprovalId,
      runId,
      createdAt: at,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(card === undefined ? {} : { card }),
    };
  });
}

/** Makes each card once: of 200 open approvals that are decided one by one, 200 cards. */
function rememberCards(toCard: ToCard): ToCard {
  const cards = new WeakMap<Approval, string | undefined>();
  return (state, approval) => {
    if (!cards.has(approval)) cards.set(approval, toCard(state, approval));
    return cards.get(approval);
  };
}

/** The row that lists show of a run. */
export function summarize(
  runId: RunId,
  state: RunFold,
  { plan, labels }: { plan?: Plan | undefined; labels: RunLabels },
): RunSummary {
  const status = statusOf(state, plan);
  return {
    runId,
    length: state.length,
    agent: rootFrame(state)?.startedAgent ?? "",
    source: state.source,
    status,
    createdAt: state.startedAt,
    updatedAt: state.updatedAt,
    sessionId: state.sessionId,
    ...labels,
    runnable: status === "running",
    isOver: rootFrame(state)?.end !== undefined,
  };
}

/** Where a run stands. A model failure is `failed` until somebody resumes it. */
export function statusOf(state: RunFold, plan?: Plan): RunStatus {
  const end = rootFrame(state)?.end;
  if (end?.type === "run_completed") return "completed";
  if (end?.type === "run_failed") return "failed";
  if (end?.type === "run_cancelled") return "cancelled";
  if (state.failure !== undefined) return "failed";
  const working = plan === undefined ? wasJustDecided(state) : hasWork(state, plan);
  if (working) return "running";
  return openApprovals(state).length > 0 ? "awaiting_approval" : "running";
}

/** Without the code: whether the last thing that happened is a decision, which may free work. */
function wasJustDecided(state: RunFold): boolean {
  return state.decidedSeq === state.length - 1;
}
