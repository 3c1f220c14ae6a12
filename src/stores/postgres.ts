import { hostname } from "node:os";

import type { RunId } from "../lib/ids.ts";
import { isKeepable } from "../lib/key-text.ts";
import { parseFirst, parseNumber, parseText } from "../lib/rows.ts";
import { closedError } from "../postgres/errors.ts";
import { createLine } from "../postgres/line.ts";
import { usePostgres } from "../postgres/shared.ts";
import type { RunStore } from "../runs/run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { parseAuditKey } from "./audit-key.ts";
import { checkKeys } from "./rules.ts";
import { append, findIntents, toldOf } from "./postgres-append.ts";
import {
  claim,
  claimRun,
  leaseOf,
  livesAs,
  nextFree,
  release,
  renew,
  renewAll,
  type HeldLeases,
} from "./postgres-leases.ts";
import { grantVerbs } from "./postgres-grants.ts";
import { countPending, listPending, listRuns, pastOf } from "./postgres-lists.ts";
import { openSeals } from "./postgres-seals.ts";
import { statements } from "./postgres-statements.ts";
import { parseApproval, parseRun, parseRunId } from "./rows.ts";
import { createWatchers, type Watchers } from "./watchers.ts";

export interface PostgresRunStoreOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; `?schema=` names another schema than `holdpoint`. */
  url: string;
  /** Whose runs these are; a store has those of one. Default `default`. */
  tenant?: string | undefined;
  /**
   * 64 hexadecimal digits, the same for all who use the store: what others write into its runs is
   * found by `audit`, and nobody goes on with it. Default `HOLDPOINT_AUDIT_KEY` of the environment.
   */
  auditKey?: string | undefined;
}

/** What `createPostgresRunStore` loads. */
export async function openPostgresRunStore(options: PostgresRunStoreOptions): Promise<RunStore> {
  const means = await openMeans(options);
  const { connection, line, seals, watchers } = means;
  return {
    location: connection.location,
    aheadMs: line.aheadMs,
    history: seals.history,
    ...journalVerbs(means),
    ...lookUps(means),
    ...leaseVerbs(means),
    ...approvalVerbs(means),
    ...grantVerbs(means),
    starter: {
      process: { instance: line.instance, pid: process.pid, host: hostname() },
      isAlive: ({ instance }) => livesAs(means, instance),
    },
    watch(listener) {
      if (connection.isClosed) throw closedError(connection.location);
      return watchers.add(listener);
    },
    async close() {
      watchers.clear();
      // Both at once: nothing is begun while one of them ends.
      await Promise.all([line.close(), connection.close()]);
    },
  };
}

async function openMeans({
  url,
  tenant = "default",
  auditKey = process.env["HOLDPOINT_AUDIT_KEY"],
}: PostgresRunStoreOptions): Promise<Means> {
  const key = parseAuditKey(auditKey);
  const connection = await usePostgres(url);
  const watchers = createWatchers();
  let means: Means | undefined;
  const line = createLine(connection, {
    tenant,
    told: (runId, of) => watchers.tell(runId as RunId | undefined, of),
    async restored() {
      if (means !== undefined) await renewAll(means);
      watchers.tell(undefined);
    },
  });
  const { instance } = line;
  try {
    const seals = await openSeals({ connection, tenant, key });
    means = { connection, tenant, watchers, line, instance, seals, held: new Map() };
    // From now on: what is written between the first look of a watcher and its line would be missed.
    await line.hold();
    return means;
  } catch (error) {
    await Promise.all([line.close(), connection.close()]);
    throw error;
  }
}

interface Means extends HeldLeases {
  readonly watchers: Watchers;
}

function journalVerbs(means: Means) {
  const { connection, tenant, instance, watchers } = means;
  return {
    async append(batch) {
      checkKeys({ ...batch.summary, intentKey: batch.intent?.key });
      await append(means, batch);
      watchers.tell(batch.runId, toldOf(batch));
    },
    async read(runId, fromSeq = 0) {
      if (!isKeepable(runId)) return [];
      const rows = await connection.ask(statements.linesFrom, { values: [tenant, runId, fromSeq] });
      return rows.map((row) => parseText(row, "line"));
    },
    async removeBefore({ before, limit, untold = false }) {
      const [row] = await connection.ask(statements.remove, {
        values: [tenant, before, limit, instance, untold],
      });
      const runIds = (row?.["runs"] ?? []) as unknown as RunId[];
      for (const runId of runIds) watchers.tell(runId);
      const bytes = parseFirst(row, (removed) => parseNumber(removed, "bytes")) ?? 0;
      const kept = parseFirst(row, (removed) => parseNumber(removed, "kept")) ?? 0;
      return { runs: runIds.length, bytes, more: Boolean(row?.["more"]), kept };
    },
  } satisfies Partial<RunStore>;
}

function lookUps(means: Means) {
  const { connection, tenant } = means;
  const findRun = async (statement: string, key: string): Promise<RunSummary | undefined> => {
    const [row] = await connection.ask(statement, { values: [tenant, key] });
    return parseFirst(row, parseRun);
  };
  return {
    async getRun(runId) {
      return isKeepable(runId) ? findRun(statements.run, runId) : undefined;
    },
    async findByIdempotencyKey(idempotencyKey) {
      checkKeys({ idempotencyKey });
      return findRun(statements.runByIdempotencyKey, idempotencyKey);
    },
    async findUnfinishedRun(sessionId) {
      checkKeys({ sessionId });
      return findRun(statements.unfinishedRun, sessionId);
    },
    pastOf: (tool, features) => pastOf(means, { tool, features }),
    async findIntents(key) {
      checkKeys({ intentKey: key });
      return findIntents(means, key);
    },
    async closeIntent(runId) {
      if (!isKeepable(runId)) return;
      await connection.ask(statements.closeIntent, { values: [tenant, runId] });
    },
    async listRuns(filter) {
      checkKeys({ agent: filter.agent, sessionId: filter.sessionId });
      return listRuns(means, filter);
    },
  } satisfies Partial<RunStore>;
}

function leaseVerbs(means: Means) {
  return {
    async claim(request) {
      for (const source of request.sources) checkKeys({ source });
      return claim(means, request);
    },
    claimRun: (runId, terms) => claimRun(means, runId, terms),
    renew: (owner, request) => renew(means, owner, request),
    async release(runId, owner) {
      // Whoever waits for this run here tries it; whose turn it is else comes by the line.
      const told = { turn: "elsewhere" } as const;
      if (await release(means, runId, owner)) means.watchers.tell(runId, told);
    },
    nextFree: (request) => nextFree(means, request),
    leaseOf: (runId) => leaseOf(means, runId),
  } satisfies Partial<RunStore>;
}

function approvalVerbs(means: Means) {
  const { connection, tenant } = means;
  return {
    listPending: (filter) => listPending(means, filter),
    countPending: (runId) => countPending(means, runId),
    async findApproval(approvalId) {
      if (!isKeepable(approvalId)) return undefined;
      const [row] = await connection.ask(statements.runOfApproval, {
        values: [tenant, approvalId],
      });
      return parseFirst(row, parseRunId);
    },
    async claimDue({ limit, leaseMs }) {
      const rows = await connection.ask(statements.claimDue, { values: [tenant, limit, leaseMs] });
      return rows.map(parseApproval);
    },
    async nextDue() {
      const [row] = await connection.ask(statements.nextDue, { values: [tenant] });
      if (row === undefined) return undefined;
      return { inMs: parseNumber(row, "in_ms"), approval: parseApproval(row) };
    },
  } satisfies Partial<RunStore>;
}
