import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";

import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import {
  countPendingStatement,
  listPendingStatement,
  listRunsStatement,
  statements,
} from "../../src/stores/sqlite-statements.ts";
import { runStoreContract } from "../contracts/run-store-contract.ts";
import { approvalOf, nextOf, startOf } from "../support/journal-lines.ts";
import { holdFile } from "../support/store-faults.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const makeDirectory = useTempDirectory();

async function makePath(): Promise<string> {
  return join(await makeDirectory(), "holdpoint.db");
}

runStoreContract("SQLite", {
  open: async (options) => openSqliteRunStore({ path: await makePath(), ...options }),
  shared: {
    kind: "SQLite",
    connect: ({ location }, options) => openSqliteRunStore({ path: location, ...options }),
    placeOf: async ({ location }) => location,
    hold: async ({ location }) => holdFile(location),
  },
});

describe("SQLite run store on disk", () => {
  it("is known by its absolute path", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path });
    expect(store.location).toBe(path);
    await store.close();
  });

  it("runs every connection with WAL and synchronous FULL, and never stands still for a lock", async () => {
    const used = vi.spyOn(DatabaseSync.prototype, "exec");
    const prepared = vi.spyOn(DatabaseSync.prototype, "prepare");
    const path = await makePath();
    const stores = [await openSqliteRunStore({ path }), await openSqliteRunStore({ path })];
    await stores[0]?.append(startOf("run_a"));
    const contexts: unknown[] = [...used.mock.contexts, ...prepared.mock.contexts];
    const connections = new Set(contexts.filter((context) => context instanceof DatabaseSync));
    vi.restoreAllMocks();
    expect(connections.size).toBe(2);
    for (const connection of connections) {
      const read = (pragma: string): unknown => connection.prepare(`PRAGMA ${pragma}`).get();
      expect(read("journal_mode")).toEqual({ journal_mode: "wal" });
      expect(read("synchronous")).toEqual({ synchronous: 2 });
      expect(read("busy_timeout")).toEqual({ timeout: 0 });
    }
    await Promise.all(stores.map((store) => store.close()));
  });

  it("takes the right to write before it reads what the write depends on", async () => {
    const store = await openSqliteRunStore({ path: await makePath() });
    const used = vi.spyOn(DatabaseSync.prototype, "exec");
    await store.append(startOf("run_a"));
    const [first] = used.mock.calls;
    vi.restoreAllMocks();
    expect(first).toEqual(["BEGIN IMMEDIATE"]);
    await store.close();
  });

  it("writes a row for each approval that changes, and none for those that stay", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path });
    const [gone, ...kept] = Array.from({ length: 50 }, (_, index) =>
      approvalOf(`apr_${index}`, "run_a"),
    );
    const first = startOf("run_a");
    await store.append({ ...first, pending: [gone!, ...kept] });
    const log = logWrites(path);
    const added = approvalOf("apr_new", "run_a");
    await store.append({ ...nextOf("run_a", first.lines), pending: [...kept, added] });
    expect(log.read()).toEqual([gone?.approvalId, added.approvalId]);
    await store.close();
  });
});

describe("a query plan", () => {
  const listings = [undefined, "completed" as const].flatMap((status) =>
    [undefined, "clerk"].flatMap((agent) =>
      [undefined, "ses_a"].flatMap((sessionId) =>
        [false, true].map((isContinued) =>
          listRunsStatement({ status, agent, sessionId, isContinued }),
        ),
      ),
    ),
  );

  const searches = Object.values(statements).filter((text) => !text.includes("INSERT"));

  it("finds free runs by their source, in their order, and the lease of each by its key", async () => {
    const steps = await explain(await makePath(), statements.freeRuns);
    expect(steps).toContain("SEARCH runs USING INDEX runs_runnable (source=?)");
    expect(steps).toContain("SEARCH leases USING PRIMARY KEY (run_id=?) LEFT-JOIN");
  });

  it("finds old runs by an index alone, and the intent of each by its key", async () => {
    expect(await explain(await makePath(), statements.overBefore)).toEqual([
      "SEARCH runs USING COVERING INDEX runs_over (updated_at<?)",
      expect.stringMatching(/SUBQUERY/),
      "SEARCH intents USING PRIMARY KEY (run_id=?)",
    ]);
  });

  it.each([
    [false, "COVERING INDEX approvals_open"],
    [true, "COVERING INDEX approvals_open_by_run (run_id=?)"],
  ])("counts by an index alone (of one run: %s)", async (isOfRun, step) => {
    const steps = await explain(await makePath(), countPendingStatement({ isOfRun }));
    expect(steps).toContainEqual(expect.stringContaining(step));
  });

  it.each([...searches, ...listings])(
    "goes by an index and sorts nothing: %s",
    async (statement) => {
      const steps = await explain(await makePath(), statement);
      expect(steps).not.toEqual([]);
      // A list that was given is read as a whole.
      for (const step of steps.filter(
        (each) => !/json_each|^(LIST|CORRELATED SCALAR) SUBQUERY|BLOOM FILTER/.test(each),
      )) {
        expect(step).not.toContain("TEMP B-TREE");
        expect(step).toMatch(/^SEARCH|USING (COVERING )?INDEX/);
      }
    },
  );

  it.each([
    [statements.due, "SEARCH approvals USING INDEX approvals_due (due_at>? AND due_at<?)"],
    [statements.nextDue, "SEARCH approvals USING INDEX approvals_due (due_at>?)"],
    [statements.unfinishedRun, "SEARCH runs USING INDEX runs_unfinished (session_id=?)"],
    [statements.runByIdempotencyKey, "runs_idempotency_key (idempotency_key=?)"],
    [listRunsStatement({ status: "failed", isContinued: true }), "runs_by_status (status=? AND"],
    [listRunsStatement({ agent: "clerk", isContinued: false }), "runs_by_agent (agent=?)"],
    [listRunsStatement({ sessionId: "a", isContinued: false }), "runs_by_session (session_id=?)"],
    [listRunsStatement({ isContinued: true }), "SEARCH runs USING INDEX runs_newest"],
    [listPendingStatement({ isOfRun: false, isContinued: false }), "INDEX approvals_open"],
    [listPendingStatement({ isOfRun: false, isContinued: true }), "approvals_open (("],
    [listPendingStatement({ isOfRun: true, isContinued: false }), "approvals_open_by_run (run_id"],
    [listPendingStatement({ isOfRun: true, isContinued: true }), "approvals_open_by_run (run_id"],
    [statements.openApprovalsOfRun, "COVERING INDEX approvals_open_by_run (run_id=?)"],
  ])("reads no more rows than it returns: %s", async (statement, step) => {
    const steps = await explain(await makePath(), statement);
    expect(steps).toEqual([expect.stringContaining(step)]);
  });
});

/** The steps in which SQLite would answer `statement` in a new store. */
async function explain(path: string, statement: string): Promise<string[]> {
  const store = await openSqliteRunStore({ path });
  await store.close();
  const database = new DatabaseSync(path);
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all();
  database.close();
  return plan.map(({ detail }) => String(detail));
}

/** Notes the id of each approval row that is written from now on, by whatever connection. */
function logWrites(path: string): { read(): unknown[] } {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE log (id TEXT);
    CREATE TRIGGER log_insert AFTER INSERT ON approvals
      BEGIN INSERT INTO log VALUES (new.approval_id); END;
    CREATE TRIGGER log_update AFTER UPDATE ON approvals
      BEGIN INSERT INTO log VALUES (new.approval_id); END;`);
  return {
    read() {
      const rows = database.prepare("SELECT id FROM log ORDER BY id").all();
      database.close();
      return rows.map(({ id }) => id);
    },
  };
}
