import { DatabaseSync } from "node:sqlite";

import { describe, expect, it } from "vitest";

import { createPayments } from "../support/payments.ts";
import { startPaused, storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";
import { prune } from "../../src/runs/prune.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { startOf } from "../support/journal-lines.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const FUTURE = "2999-01-01T00:00:00.000Z";

describe.each(storeKinds)("pruning the %s store", (kind) => {
  const openSite = useSite(kind);

  it("removes what is over and old, says how much, and leaves what could go on", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    const done = await startPaused(service, 'pay {"amount": 1}');
    await service.decide(done.approvalId, yes());
    await waitFor(service, done.runId, "completed");
    const waiting = await startPaused(service, 'pay {"amount": 2}');
    const cancelled = await startPaused(service, 'pay {"amount": 3}');
    await service.cancel(cancelled.runId, { by: "tester" });

    expect(await service.prune({ before: "2000-01-01T00:00:00.000Z" })).toEqual({
      runs: 0,
      bytes: 0,
      kept: 0,
    });
    const freed = await service.prune({ before: FUTURE });
    expect(freed.runs).toBe(2);
    expect(freed.bytes).toBeGreaterThan(500);
    const { runs } = await service.list({ limit: 9 });
    expect(runs.map(({ runId }) => runId)).toEqual([waiting.runId]);
    await expect(service.get(done.runId)).rejects.toMatchObject({ code: "run_not_found" });
    await service.decide(waiting.approvalId, yes());
    await waitFor(service, waiting.runId, "completed");
  });
});

it("prunes more runs than it holds at once", async () => {
  const store = createMemoryRunStore();
  const over = { status: "completed", isOver: true, runnable: false } as const;
  for (let index = 0; index < 250; index += 1) await store.append(startOf(`run_${index}`, over));
  await store.append(startOf("run_open"));
  expect(await prune(store, { before: FUTURE })).toMatchObject({ runs: 250 });
  const { runs } = await store.listRuns({ limit: 9 });
  expect(runs.map(({ runId }) => runId)).toEqual(["run_open"]);
});

describe("auditing", () => {
  const tempDirectory = useTempDirectory();

  it("names the first entry that is not as it was written, in the run it is in", async () => {
    const path = `${await tempDirectory()}/holdpoint.db`;
    const log = { info: () => {}, warn: () => {} };
    const { agent } = createPayments();
    const registry = createAgentRegistry([{ agent, source: "test#payments" }], {});
    const service = createRunService({ store: await openSqliteRunStore({ path }), registry, log });
    try {
      const one = await startPaused(service, 'pay {"amount": 1}');
      const two = await startPaused(service, 'pay {"amount": 2}');
      const sound = await service.audit();
      expect(sound.map(({ problem }) => problem)).toEqual([undefined, undefined]);

      const database = new DatabaseSync(path);
      database
        .prepare("UPDATE entries SET line = replace(line, '2', '9') WHERE run_id = ? AND seq = 2")
        .run(two.runId);
      database.close();
      const [report] = await service.audit(two.runId);
      expect(report?.problem).toMatch(/entry [23] /);
      expect((await service.audit(one.runId))[0]?.problem).toBeUndefined();
    } finally {
      await service.close();
    }
  });
});
