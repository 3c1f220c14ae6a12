import { randomBytes } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import { runStoreContract } from "../contracts/run-store-contract.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { createPayments } from "../support/payments.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore, psql, urlOf } from "../support/postgres.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";
import { isThorough } from "../support/thorough.ts";

const opened: RunService[] = [];
const closeAll = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
};
afterEach(closeAll);

const person = { by: "ada", channel: "terminal", level: "person" } as const;

/** A database whose runs are sealed, and services on it. */
async function openPlace(hasKey = true) {
  const url = await makeSchemaUrl();
  const auditKey = hasKey ? randomBytes(32).toString("hex") : "";
  const { agent, paid } = createPayments();
  const open = async (key: string | undefined = auditKey, goesOn = true): Promise<RunService> => {
    const store = await openPostgresRunStore({ url, auditKey: key });
    const registry = createAgentRegistry([{ agent, source: "test#A" }], {});
    const log = { info: () => {}, warn: () => {} };
    const limits = goesOn ? {} : { maxRunsAtOnce: 0 };
    const service = createRunService({ store, registry, log, ...limits });
    opened.push(service);
    return service;
  };
  return {
    url,
    auditKey,
    paid,
    open,
    /** As a program of somebody who can write to the database and has not the key. */
    async forge(work: (service: RunService) => Promise<void>) {
      const [row] = await psql(url, "SELECT key_id FROM audit_keys");
      await psql(url, "DELETE FROM audit_keys");
      const forger = await open("", false);
      await work(forger);
      await closeAll();
      await psql(url, `INSERT INTO audit_keys VALUES ('default', '${String(row?.["key_id"])}')`);
    },
  };
}

describe.skipIf(!hasPostgres())(
  "runs that are sealed with an audit key",
  { timeout: 60_000 },
  () => {
    it("go on in any process that has the key, and nothing is amiss", async () => {
      const { open, paid } = await openPlace();
      const service = await open();
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 1}');
      await closeAll();
      const other = await open();
      other.recover();
      await other.decide(approvalId, yes());
      await waitFor(other, runId, "completed");
      expect(paid).toEqual([1]);
      expect(await other.audit()).toEqual([{ runId, entries: expect.any(Number) }]);
      expect(await other.auditStore()).toEqual({});
    });

    it("with a yes that another program wrote do nothing, and a person lets them go on", async () => {
      const { open, paid, forge } = await openPlace();
      const { runId, approvalId } = await startPaused(await open(), 'pay {"amount": 1}');
      await closeAll();
      await forge((service) => service.decide(approvalId, yes()).then(() => {}));
      const after = await open();
      after.recover();
      await expect
        .poll(async () => (await after.get(runId)).hold, { timeout: 20_000 })
        .toContain("was changed outside of holdpoint");
      expect((await after.audit(runId))[0]?.problem).toContain("was added by another program");
      expect(paid).toEqual([]);
      await after.release(runId, person);
      const { approvals } = await waitFor(after, runId, "awaiting_approval");
      expect(approvals[0]?.approvalId).not.toBe(approvalId);
      await after.decide(approvals[0]!.approvalId, yes());
      await waitFor(after, runId, "completed");
      expect(paid).toEqual([1]);
      expect((await after.audit(runId))[0]?.problem).toBeUndefined();
      expect((await after.auditStore()).note).toContain("taken as it stood");
    });

    it("whose seal was taken away are named, and nothing of them runs", async () => {
      const { open, paid, url } = await openPlace();
      const { runId, approvalId } = await startPaused(await open(), 'pay {"amount": 1}');
      await closeAll();
      await psql(url, "UPDATE runs SET mac = NULL, sealed_to = NULL, sealed_from = NULL");
      const after = await open();
      after.recover();
      await expect(after.decide(approvalId, yes())).rejects.toThrow(/on hold/);
      expect((await after.audit(runId))[0]?.problem).toContain("has no seal");
      expect(paid).toEqual([]);
    });

    it("are opened by nobody without the key, or with another, and the key is not shown", async () => {
      const { open, auditKey } = await openPlace();
      await open();
      const other = randomBytes(32).toString("hex");
      for (const [key, said] of [
        ["", /sealed with an audit key, and there is none here.*HOLDPOINT_AUDIT_KEY/],
        [other, /sealed with another audit key than this one/],
        [`${other.slice(1)}x`, /must be 64 hexadecimal digits/],
      ] as const) {
        const error: unknown = await open(key).catch((thrown: unknown) => thrown);
        expect(String(error)).toMatch(said);
        expect(String(error)).not.toContain(key === "" ? auditKey : key.slice(0, 8));
      }
    });

    it("are those that wait when the first process has a key; of those that are over it is said", async () => {
      const { open, paid } = await openPlace();
      const before = await open("");
      const over = await startPaused(before, 'pay {"amount": 1}');
      await before.decide(over.approvalId, yes());
      await waitFor(before, over.runId, "completed");
      const { runId, approvalId } = await startPaused(before, 'pay {"amount": 2}');
      await closeAll();
      const after = await open();
      after.recover();
      await after.decide(approvalId, yes());
      await waitFor(after, runId, "completed");
      expect(paid).toEqual([1, 2]);
      expect((await after.audit()).filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect((await after.auditStore()).note).toMatch(/^1 runs were over .*; of 1 runs /);
    });
  },
);

describe.skipIf(!hasPostgres()).each([
  { with: "with an audit key", hasKey: true },
  { with: "without an audit key", hasKey: false },
])("runs in PostgreSQL $with", { timeout: 60_000 }, ({ hasKey }) => {
  it.each([
    {
      what: "whose end was cut",
      change: `DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries);
        UPDATE runs SET runnable = true, status = 'running'`,
      problem: "is missing",
    },
    {
      what: "whose last entry was changed",
      change: `UPDATE entries SET line = replace(line, '{"', '{"x":1,"')
        WHERE seq = (SELECT max(seq) FROM entries)`,
      problem: "not as it was written",
    },
    {
      what: "of which one in the middle was changed",
      change: `UPDATE entries SET line = replace(line, '{"', '{"x":1,"')
        WHERE line LIKE '%"model_responded"%'`,
      problem: "does not",
    },
  ])("$what are named, do nothing, and go on when a person says so", async (play) => {
    const { open, paid, url } = await openPlace(hasKey);
    const { runId, approvalId } = await startPaused(await open(), 'pay {"amount": 1}');
    await closeAll();
    await psql(url, play.change);
    const after = await open();
    after.recover();
    await expect(after.decide(approvalId, yes())).rejects.toThrow(/on hold|no approval/);
    await expect
      .poll(async () => (await after.get(runId)).hold, { timeout: 20_000 })
      .toContain("was changed outside of holdpoint");
    expect((await after.audit(runId))[0]?.problem).toContain(play.problem);
    await after.release(runId, person);
    const { approvals } = await waitFor(after, runId, "awaiting_approval");
    expect(approvals[0]?.approvalId).not.toBe(approvalId);
    expect(paid).toEqual([]);
    await after.decide(approvals[0]!.approvalId, yes());
    await waitFor(after, runId, "completed");
    expect(paid).toEqual([1]);
  });
});

describe.skipIf(!isThorough || !hasPostgres())("sealed", { timeout: 120_000 }, () => {
  const auditKey = randomBytes(32).toString("hex");
  runStoreContract("PostgreSQL with an audit key", {
    open: async (options) => openPostgresStore(await makeSchemaUrl(), { ...options, auditKey }),
    shared: {
      kind: "PostgreSQL",
      connect: async (store, options) =>
        openPostgresStore(await urlOf(store), { ...options, auditKey }),
    },
  });
});
