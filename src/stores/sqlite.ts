import { hostname } from "node:os";

import type { RunId } from "../lib/ids.ts";
import { HoldpointError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import type { RunStore } from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import {
  openSqliteConnection,
  type Prepare,
  type SqliteConnection,
  type SqliteOptions,
} from "../sqlite/connection.ts";
import { openLiveness } from "../sqlite/liveness.ts";
import { parseFirst, parseNumber } from "../lib/rows.ts";
import { checkKeys } from "./rules.ts";
import { append } from "./sqlite-append.ts";
import {
  claim,
  claimRun,
  leaseOf,
  nextFree,
  release,
  renew,
  type LeaseMeans,
} from "./sqlite-leases.ts";
import { grantVerbs } from "./sqlite-grants.ts";
import {
  countPending,
  findIntents,
  listPending,
  listRuns,
  pastOf,
  readLines,
} from "./sqlite-lists.ts";
import { followOthers } from "./sqlite-follow.ts";
import { createHistory, noteCommit, openSeal, type HistoryOptions } from "./sqlite-history.ts";
import { holdChanged } from "./sqlite-holds.ts";
import { removeBefore } from "./sqlite-removal.ts";
import type { Seal } from "./sqlite-seal.ts";
import { parseApproval, parseRun, parseRunId } from "./rows.ts";
import { statements } from "./sqlite-statements.ts";
import { createSteadyClock } from "../lib/clock.ts";
import { createWatchers, type Watchers } from "./watchers.ts";

/** What `createSqliteRunStore` loads. */
export async function openSqliteRunStore(options: SqliteStoreOptions): Promise<RunStore> {
  const connection = await openSqliteConnection(options);
  const clock = createSteadyClock(options.clock);
  const { stateDirectory, log = createLog() } = options;
  const seal = await openSealOrClose(connection, { clock, log, stateDirectory });
  const liveness = await openLiveness(connection.path);
  const own = new Map<RunId, number>();
  const watchers = createWatchers(() =>
    followOthers(connection, { own, tell: (runId) => watchers.tell(runId) }),
  );
  const means: Means = { connection, liveness, watchers, own, clock, seal };
  return {
    location: connection.path,
    ...journalVerbs(means),
    ...lookUps(means),
    ...leaseVerbs(means),
    ...approvalVerbs(means),
    ...grantVerbs(means),
    history: createHistory(means),
    starter: {
      process: { instance: liveness.instance, pid: process.pid, host: hostname() },
      isAlive: liveness.livesAs,
    },
    watch(listener) {
      // Throws where the store is closed.
      connection.foreignVersion();
      return watchers.add(listener);
    },
    async close() {
      watchers.clear();
      liveness.close();
      connection.close();
      seal.anchors?.close();
    },
  };
}

export interface SqliteStoreOptions extends SqliteOptions {
  /**
   * Where this user keeps what was seen of stores, outside of them; without it a store that was
   * put back or changed is not noticed.
   */
  stateDirectory?: string | undefined;
}

async function openSealOrClose(
  connection: SqliteConnection,
  options: HistoryOptions,
): Promise<Seal> {
  try {
    return await openSeal(connection, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

interface Means extends LeaseMeans {
  readonly watchers: Watchers;
  /** The last entries that were written here of runs, since others wrote last. */
  readonly own: Map<RunId, number>;
}

const OWN_LIMIT = 1_000;

function journalVerbs({ connection, clock, watchers, own, seal }: Means) {
  const terms = () => ({ nowMs: clock.now(), key: seal.key });
  return {
    async append(batch) {
      checkKeys(batch.summary);
      seal.anchors?.begin();
      const write = connection.write((prepare) => append(prepare, batch, terms()), {
        isLazy: batch.isRepeatable,
        isAlone: batch.isUrgent,
        limitMs: batch.waitMs,
      });
      const commit = await write.catch(async (error: unknown) => {
        if (isChanged(error)) {
          await connection.write((prepare) => holdChanged(prepare, batch.runId, { clock }));
        }
        throw error;
      });
      // What a power cut may take back was not seen.
      if (batch.isRepeatable !== true && commit !== undefined) {
        const isBody = batch.lines.some((line) => line.includes('"type":"tool_started"'));
        seal.anchors?.note(commit, isBody ? "at once" : "soon");
      }
      // Forgotten, they are only looked at once more than is needed.
      if (own.size > OWN_LIMIT) own.clear();
      own.set(batch.runId, batch.fromSeq + batch.lines.length - 1);
      watchers.tell(batch.runId);
    },
    read: (runId, fromSeq = 0) =>
      connection.read((prepare) => readLines(prepare, { runId, fromSeq })),
    async removeBefore(request) {
      const { runIds, commit, ...result } = await connection.write((prepare) =>
        removeBefore(prepare, request, terms()),
      );
      noteCommit(seal, commit);
      for (const runId of runIds) watchers.tell(runId);
      return result;
    },
  } satisfies Partial<RunStore>;
}

function isChanged(error: unknown): boolean {
  return error instanceof HoldpointError && error.code === "store_corrupt";
}

function lookUps({ connection }: Means) {
  const findRun = (statement: string, key: string): Promise<RunSummary | undefined> =>
    connection.read((prepare) => parseFirst(prepare(statement).get(key), parseRun));
  return {
    getRun: (runId) => findRun(statements.run, runId),
    async findByIdempotencyKey(idempotencyKey) {
      checkKeys({ idempotencyKey });
      return findRun(statements.runByIdempotencyKey, idempotencyKey);
    },
    async findUnfinishedRun(sessionId) {
      checkKeys({ sessionId });
      return findRun(statements.unfinishedRun, sessionId);
    },
    pastOf: (tool, features) => connection.read((prepare) => pastOf(prepare, { tool, features })),
    async findIntents(key) {
      checkKeys({ intentKey: key });
      return connection.read((prepare) => findIntents(prepare, key));
    },
    async closeIntent(runId) {
      await connection.write((prepare) => void prepare(statements.closeIntent).run(runId), {
        isLazy: true,
      });
    },
    async listRuns(filter) {
      checkKeys({ agent: filter.agent, sessionId: filter.sessionId });
      return connection.read((prepare) => listRuns(prepare, filter));
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
      if (await release(means, { runId, owner })) means.watchers.tell(runId);
    },
    nextFree: (request) => nextFree(means, request),
    leaseOf: (runId) => leaseOf(means, runId),
  } satisfies Partial<RunStore>;
}

function approvalVerbs({ connection, clock }: Means) {
  return {
    listPending: (filter) => connection.read((prepare) => listPending(prepare, filter)),
    countPending: (runId) => connection.read((prepare) => countPending(prepare, runId)),
    findApproval: (approvalId) =>
      connection.read((prepare) =>
        parseFirst(prepare(statements.runOfApproval).get(approvalId), parseRunId),
      ),
    claimDue: (request) => claimDue(connection, { ...request, nowMs: clock.now() }),
    async nextDue() {
      const row = await connection.read((prepare) => prepare(statements.nextDue).get());
      if (row === undefined) return undefined;
      return { inMs: parseNumber(row, "due_at") - clock.now(), approval: parseApproval(row) };
    },
  } satisfies Partial<RunStore>;
}

async function claimDue(
  connection: SqliteConnection,
  { limit, leaseMs, nowMs }: { limit: number; leaseMs: number; nowMs: number },
): Promise<PendingApproval[]> {
  const find = (prepare: Prepare): PendingApproval[] =>
    prepare(statements.due).all(nowMs, limit).map(parseApproval);
  if ((await connection.read(find)).length === 0) return [];
  return connection.write((prepare) => {
    const due = find(prepare);
    for (const { approvalId } of due) {
      prepare(statements.postponeDue).run(nowMs + leaseMs, approvalId);
    }
    return due;
  });
}
