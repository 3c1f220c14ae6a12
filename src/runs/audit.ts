import { setImmediate as nextTurn } from "node:timers/promises";

import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { verifyLines } from "../engine/chain.ts";
import type { Folders, Run } from "../engine/state.ts";
import { isEngineEntry, type StoredFields } from "../engine/entries.ts";
import { describeLate, fold } from "../engine/fold.ts";
import { eachRun } from "./all-runs.ts";
import { checkRows } from "./audit-rows.ts";
import type { RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { summaryOf } from "./service-means.ts";
import type { RunHistory, StoreReport } from "../engine/store-history.ts";

/** Whether the entries of a run are those that were written, as far as their hashes tell. */
export interface AuditReport {
  runId: RunId;
  entries: number;
  /** The first entry that does not fit, and why; absent when all do. */
  problem?: string | undefined;
  /** What else a person should know of it. */
  note?: string | undefined;
}

export interface WholeAuditRequest {
  /** Only this run. */
  only?: RunId | undefined;
  /** A text that was kept elsewhere of the store. */
  anchor?: string | undefined;
}

export interface WholeAudit {
  store: StoreReport;
  runs: AuditReport[];
}

/** The verbs of the service for whether what is stored is what was written. */
export interface AuditVerbs {
  /**
   * Checks the chain of hashes of a run, or of every run.
   *
   * @returns one report a run; `problem` names the first entry that does not fit
   */
  audit(runId?: RunId): Promise<AuditReport[]>;
  /** What the history of the store says of it as a whole. */
  auditStore(): Promise<StoreReport>;
  /** Both by one check of the history; nothing may be missing of an `anchor`, if one is given. */
  auditWhole(request: WholeAuditRequest): Promise<WholeAudit>;
  /** The last commit as a text to keep elsewhere; `undefined` where the store has none. */
  anchor(): Promise<string | undefined>;
  /** Says that the store is meant as it stands. @returns how many runs were on hold */
  acceptStore(): Promise<number>;
}

export function auditVerbs(means: AuditMeans): AuditVerbs {
  const { store } = means;
  return {
    audit: async (only) => (await auditWhole(means, { only })).runs,
    auditStore: async () => (await store.history?.check())?.store ?? {},
    auditWhole: (request) => auditWhole(means, request),
    anchor: async () => store.history?.anchor(),
    acceptStore: async () => (await store.history?.accept()) ?? 0,
  };
}

/**
 * Checks the chain of one run, or of all, each against what the store has as written, and the store
 * as a whole: one without a history shows only edits that did not redo the chain.
 *
 * @throws HoldpointError `run_not_found`
 */
export async function auditWhole(
  means: AuditMeans,
  { only, anchor }: WholeAuditRequest,
): Promise<WholeAudit> {
  if (only !== undefined) await summaryOf(means, only);
  const history = await means.store.history?.check(anchor);
  const store = await withGrants(means.store, history?.store ?? {});
  return { store, runs: await auditRuns(means, history?.runs, only) };
}

async function auditRuns(
  means: AuditMeans,
  history: ReadonlyMap<RunId, RunHistory> | undefined,
  only: RunId | undefined,
): Promise<AuditReport[]> {
  const reports: Audited[] = [];
  if (only === undefined) for await (const report of auditEach(means)) reports.push(report);
  else reports.push(await auditRun(means, only));
  const written = new Map(history);
  const checked = reports.map((report) => {
    const known = written.get(report.runId);
    written.delete(report.runId);
    return withHistory(report, known);
  });
  if (only !== undefined) return checked;
  const missing = [...written.values()].filter(({ problem }) => problem !== undefined);
  return [...checked, ...missing.map(({ runId, problem }) => ({ runId, entries: 0, problem }))];
}

/** What is known of the store as a whole, and of the yeses for later calls that it keeps. */
async function withGrants(store: RunStore, report: StoreReport): Promise<StoreReport> {
  const grants = await store.listGrants(Number.MAX_SAFE_INTEGER);
  const changed = grants.flatMap(({ grantId, problem }) =>
    problem === undefined ? [] : [`grant ${grantId} lets nothing run: ${problem}`],
  );
  if (changed.length === 0) return report;
  const { problem, ...rest } = report;
  return { ...rest, problem: [...(problem === undefined ? [] : [problem]), ...changed].join("; ") };
}

/** A run that is not in the history may have begun since that was read. */
function withHistory({ besides, ...report }: Audited, known: RunHistory | undefined): AuditReport {
  const problem = report.problem ?? known?.problem ?? besides;
  return problem === undefined ? report : { ...report, problem };
}

/** A report before the history of the store is asked. */
interface Audited extends AuditReport {
  /** What does not fit beside the entries: named where those do. */
  besides?: string | undefined;
}

interface AuditMeans {
  readonly store: RunStore;
  readonly folders: Folders;
}

/** Checks all runs, newest first, one journal in memory at a time. */
async function* auditEach(means: AuditMeans): AsyncGenerator<Audited, void> {
  for await (const { runId } of eachRun(means.store)) {
    yield await auditRun(means, runId);
    await nextTurn();
  }
}

async function auditRun({ store, folders }: AuditMeans, runId: RunId): Promise<Audited> {
  const { lines, row } = await readAtOnce(store, runId);
  const entries = lines.length;
  try {
    const stored = verifyLines(lines, { folders });
    const first = stored[0]?.entry;
    if (first === undefined || !isStartOf(first, runId)) {
      return { runId, entries, problem: "entry 0 does not start this run" };
    }
    const run = fold(
      stored.map(({ entry }) => entry),
      folders,
    );
    const rows = row === undefined ? {} : await checkRows(store, { runId, run, row });
    const isSame = (await store.getRun(runId))?.length === row?.length;
    const notes = [...lateNotes(run), ...(rows.note === undefined ? [] : [rows.note])];
    return {
      runId,
      entries,
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
      ...(isSame && rows.problem !== undefined ? { besides: rows.problem } : {}),
    };
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    return { runId, entries, problem: error.message };
  }
}

/** Looks so often at a run that grows. */
const LOOKS = 5;

/** The lines of a run, and its row as it stands with them; without it where the run grows too fast. */
async function readAtOnce(
  store: RunStore,
  runId: RunId,
): Promise<{ lines: string[]; row?: RunSummary | undefined }> {
  let before = await store.getRun(runId);
  let lines: string[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    lines = await store.read(runId);
    const row = await store.getRun(runId);
    if (row?.length === before?.length) return { lines, row };
    before = row;
  }
  return { lines };
}

function isStartOf(entry: StoredFields, runId: RunId): boolean {
  return isEngineEntry(entry) && entry.type === "run_started" && entry.runId === runId;
}

/** What bodies came to after something else had been said of their calls. */
function lateNotes(run: Run): string[] {
  return [...run.frames.values()].flatMap(({ calls }) =>
    [...calls.values()].flatMap((call) => {
      const late = describeLate(call);
      return late === undefined ? [] : [`call ${call.item.callId} of ${call.item.name} ${late}`];
    }),
  );
}
