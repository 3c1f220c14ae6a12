import { cp, open as openFile, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { createPayments } from "../support/payments.ts";
import { fuzzOptions, fuzzTimeout } from "../support/fuzz.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const log = { info() {}, warn() {} };
const byte = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  to: fc.nat({ max: 255 }),
});
const damage = fc.oneof(
  { weight: 6, arbitrary: fc.record({ bytes: fc.array(byte, { minLength: 1, maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);
type Damage = { bytes: { at: number; to: number }[] } | { keep: number };

async function harm(path: string, how: Damage): Promise<void> {
  const { size } = await stat(path);
  // One of a byte or less is a new store to SQLite.
  if ("keep" in how) return truncate(path, Math.max(2, Math.floor(size * how.keep)));
  const file = await openFile(path, "r+");
  for (const { at, to } of how.bytes) {
    // One after the other.
    // oxlint-disable-next-line no-await-in-loop
    await file.write(Buffer.from([to]), 0, 1, Math.floor(at * size));
  }
  await file.close();
}

describe("any damage to the file of a store", fuzzTimeout, () => {
  const tempDirectory = useTempDirectory();
  let saved = "";
  const lines = new Map<RunId, string[]>();
  let made: Promise<void> | undefined;

  /** A store with a run that is over, one that waits, and one that was approved and did not run. */
  const make = async (): Promise<void> => {
    const directory = await tempDirectory();
    const path = join(directory, "runs.db");
    const store = await openSqliteRunStore({ path, stateDirectory: join(directory, "state"), log });
    const { agent } = createPayments();
    const registry = createAgentRegistry([{ agent, source: "test#A" }], {});
    const service = createRunService({ store, registry, log });
    const first = await startPaused(service, 'pay {"amount": 1}');
    await service.decide(first.approvalId, yes());
    await waitFor(service, first.runId, "completed");
    await startPaused(service, 'pay {"amount": 2}');
    for (const { runId } of (await service.list({ limit: 9 })).runs) {
      // oxlint-disable-next-line no-await-in-loop
      lines.set(runId, await store.read(runId));
    }
    await service.close();
    saved = directory;
  };

  beforeAll(() => {
    lines.clear();
  });

  // What was written is read as it was written, or the store says that it is damaged, or audit names
  // what is not as it was; and nothing is done that nobody approved.
  it("is named, or changes nothing of what is read, and does nothing by itself", async () => {
    await (made ??= make());
    const directory = await tempDirectory();
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const place = join(directory, "damaged");
        await rm(place, { recursive: true, force: true });
        await cp(saved, place, { recursive: true });
        const path = join(place, "runs.db");
        await harm(path, how);
        const { agent, paid } = createPayments();
        let isNamed = false;
        try {
          const state = join(place, "state");
          const store = await openSqliteRunStore({ path, stateDirectory: state, log });
          const registry = createAgentRegistry([{ agent, source: "test#A" }], {});
          const service = createRunService({ store, registry, log });
          try {
            service.recover();
            const { store: whole, runs } = await service.auditWhole({});
            isNamed =
              whole.problem !== undefined || runs.some(({ problem }) => problem !== undefined);
            for (const [runId, before] of lines) {
              // oxlint-disable-next-line no-await-in-loop
              const now = await store.read(runId);
              if (!isNamed) expect(now).toEqual(before);
            }
          } finally {
            await service.close();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(HoldpointError);
          expect(["store_corrupt", "store_unavailable", "state_incompatible"]).toContain(
            (error as HoldpointError).code,
          );
        }
        expect(paid).toEqual([]);
      }),
      fuzzOptions(40),
    );
  });
});
