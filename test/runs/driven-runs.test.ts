import { expect, it } from "vitest";

import { FORMAT_VERSION, type DraftOf } from "../../src/engine/entries.ts";
import type { Journal } from "../../src/engine/journal.ts";
import { gatewayFolders } from "../../src/gateway/folder.ts";
import { createRunId } from "../../src/lib/ids.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import type { DriverSource } from "../../src/runs/driver-source.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";

const left = { type: "caller_left", why: "ticket" } as const;

function openService(store: RunStore, drivers: DriverSource[]) {
  const log = { info: () => undefined, warn: () => undefined };
  const registry = createAgentRegistry([], {});
  return createRunService({ store, registry, log, drivers, folders: new Map(gatewayFolders) });
}

/** Resolves once a journal has so many entries. */
async function hasGrown(journal: Journal, length: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (journal.entries.length >= length) resolve();
    };
    journal.watch(look);
    look();
  });
}

it("hears of what others write of a run while it writes itself", async () => {
  const store = createMemoryRunStore();
  const others = openService(store, []);
  const runId = createRunId();
  let isWrittenBehind = false;
  const busy: RunStore = {
    ...store,
    async append(batch) {
      await store.append(batch);
      if (batch.fromSeq === 0 || isWrittenBehind) return;
      isWrittenBehind = true;
      // Somebody else writes after this has been written, and before its writer knows.
      await others.say(runId, [left]);
    },
  };
  const heard = Promise.withResolvers<void>();
  const driver: DriverSource = {
    source: "gateway:test",
    planner: {
      next: () => ({ steps: [], calls: "go" }),
      rest: () => [],
      target: () => ({ type: "own" }),
    },
    failureType: "gateway_stopped",
    async goOn(recorder) {
      await recorder.append([left]);
      await hasGrown(recorder.journal, 4);
      heard.resolve();
    },
  };
  const service = openService(busy, [driver]);
  const drafts: [DraftOf<"run_started">, DraftOf<"call_proposed">] = [
    {
      type: "run_started",
      format: FORMAT_VERSION,
      runId,
      driver: "gateway",
      agent: "a client",
      source: driver.source,
      start: { server: "files", tool: "write" },
    },
    { type: "call_proposed", callId: "1", name: "write", arguments: "{}", kind: "tool" },
  ];
  await service.begin({ runId, drafts });
  await heard.promise;
  expect((await service.state(runId)).length).toBe(4);
  await service.close();
});
