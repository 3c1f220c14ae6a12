import { setTimeout as delay } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { answerAll } from "../support/crash-site.ts";
import { createPayments } from "../support/payments.ts";
import { hasPostgres, makeSchemaUrl } from "../support/postgres.ts";
import { tapPostgres, type PostgresTap } from "./postgres-tap.ts";
import { startPaused, waitUntil, yes } from "../support/run-services.ts";
import { isThorough } from "../support/thorough.ts";

const CYCLES = 6;
const PAUSED = 200;
/** How long nothing may be asked, or as long as somebody is away with the whole suite. */
const QUIET_MS = isThorough ? 60_000 : 3_000;
const HEARTBEAT = "SELECT wall_ms() AS now";
const log = { info() {}, warn() {} };

interface Worker {
  tap: PostgresTap;
  service: RunService;
}

describe.skipIf(!hasPostgres())("workers on PostgreSQL", { timeout: 120_000 }, () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  });

  /** As a process of its own: it shares no connection with others. */
  const open = async (url: string, options: { maxRunsAtOnce?: number } = {}): Promise<Worker> => {
    const { agent } = createPayments();
    const tap = await tapPostgres(url);
    const store = await openPostgresRunStore({ url: tap.url });
    const registry = createAgentRegistry([{ agent, source: `test#${agent.name}` }], {});
    const service = createRunService({ store, registry, log, ...options });
    opened.push(tap, service);
    return { tap, service };
  };
  const openWorkers = async (url: string, count: number): Promise<Worker[]> => {
    const workers = await Promise.all(Array.from({ length: count }, () => open(url)));
    for (const { service } of workers) service.recover();
    for (const { tap } of workers) await quiet(tap);
    return workers;
  };
  const totalOf = (workers: readonly Worker[]): number =>
    workers.reduce((sum, { tap }) => sum + tap.statements.length, 0);

  it("ask as much for an approval when they are eight as when there is one", async () => {
    const cost = async (count: number): Promise<number> => {
      const url = await makeSchemaUrl();
      const workers = await openWorkers(url, count);
      const { service: desk } = await open(url, { maxRunsAtOnce: 0 });
      const before = totalOf(workers);
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const runId = await desk.start({ input: 'pay {"amount": 1}' });
        const report = await answerAll(desk, runId, () => false);
        expect(report).toMatchObject({ status: "completed" });
      }
      return (totalOf(workers) - before) / CYCLES;
    };
    const one = await cost(1);
    const eight = await cost(8);
    expect(one).toBeGreaterThan(5);
    // By time, not by what is done, each of eight looks whether the others live.
    expect(eight).toBeLessThan(one * 2);
  });

  it("ask nothing while two hundred runs wait for a person", async () => {
    const url = await makeSchemaUrl();
    const [worker, other] = await openWorkers(url, 2);
    const ids = await Promise.all(
      Array.from({ length: PAUSED }, () => worker!.service.start({ input: 'pay {"amount": 1}' })),
    );
    for (const runId of ids) await waitUntil(worker!.service, runId, "awaiting_approval");
    // A run that another had is tried once more when the lease is over that it was left with.
    await quiet(worker!.tap, 6_000);
    await quiet(other!.tap, 6_000);
    const before = [worker!, other!].map(({ tap }) => tap.statements.length);
    await delay(QUIET_MS);
    for (const [index, { tap }] of [worker!, other!].entries()) {
      const asked = tap.statements.slice(before[index]);
      expect(asked.filter((text) => text !== HEARTBEAT)).toEqual([]);
      expect(asked.length).toBeLessThanOrEqual(Math.ceil(QUIET_MS / 1_000));
    }
  });

  it("take up what one was told of that does nothing, or has no room", async () => {
    const url = await makeSchemaUrl();
    // Lives, has said that it has room, and does nothing with what it is told.
    const deaf = await openPostgresRunStore({ url });
    opened.push(deaf);
    const source = "test#Payments";
    const terms = { owner: "own_deaf", leaseMs: 5_000, limit: 1_000 };
    expect(await deaf.claim({ ...terms, sources: [source] })).toEqual([]);
    const told: string[] = [];
    deaf.watch((_, of) => void told.push(of?.turn ?? "unknown"));
    await openWorkers(url, 1);
    const { service: desk } = await open(url, { maxRunsAtOnce: 0 });
    const start = async (): Promise<void> => {
      const { runId, approvalId } = await startPaused(desk, 'pay {"amount": 1}');
      await desk.decide(approvalId, yes());
      await waitUntil(desk, runId, "completed");
    };
    while (!told.includes("here")) await start();
    // It says that it has no more room, and is told of none from then on.
    await deaf.claim({ ...terms, sources: [source], limit: 0 });
    told.length = 0;
    for (let count = 0; count < 8; count += 1) await start();
    expect(told).not.toContain("here");
  });
});

/** Resolves once it was asked nothing but what time it is for a while. */
async function quiet({ statements }: PostgresTap, whileMs = 700): Promise<void> {
  const count = (): number => statements.filter((text) => text !== HEARTBEAT).length;
  for (let before = -1; before !== count();) {
    before = count();
    await delay(whileMs);
  }
}
