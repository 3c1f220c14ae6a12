import { expect, it } from "vitest";

import { createKnownRuns } from "../../src/engine/known-runs.ts";
import { decideOn, openRun, startRun } from "../../src/engine/open-run.ts";
import type { Recorder } from "../../src/engine/recorder.ts";
import type { JournalSink } from "../../src/engine/recording.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { createRunId, type RunId } from "../../src/lib/ids.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { createLatch, untilIdle } from "../support/latch.ts";
import { listFolders } from "./list-folder.ts";

it("gives who opens a run while it is being started the one journal that there is of it", async () => {
  const runId = createRunId();
  const store = createMemoryRunStore();
  const opening = { known: createKnownRuns(), folders: listFolders, clock: systemClock, store };
  // Whoever looks for work hears of a run before whoever starts it knows that it is stored.
  let opened: Promise<Recorder> | undefined;
  store.watch((of) => void (opened ??= of === undefined ? undefined : openRun(opening, of, 1)));
  const drafts = [
    { type: "run_started", format: 2, runId, driver: "list", agent: "a", source: "code" },
  ] as const;
  const started = await startRun(opening, { runId, drafts });
  expect((await opened)?.journal).toBe(started.journal);
});

it("has what another process stored where something of ours is on its way", async () => {
  const runId = createRunId();
  const store = createMemoryRunStore();
  const openingIn = (sink?: (one: JournalSink) => JournalSink) => ({
    known: createKnownRuns(),
    folders: listFolders,
    clock: systemClock,
    store,
    ...(sink === undefined ? {} : { watched: (_runId: RunId, one: JournalSink) => sink(one) }),
  });
  const drafts = [
    { type: "run_started", format: 2, runId, driver: "list", agent: "a", source: "code" },
  ] as const;
  const held = createLatch();
  const ours = openingIn((sink) => ({
    ...sink,
    async write(journal, from, waitMs) {
      if (from > 0) await held.opened;
      await sink.write(journal, from, waitMs);
    },
  }));
  const { append, journal } = await startRun(ours, { runId, drafts });
  const claim = { type: "run_claimed", format: 2, epoch: 1 } as const;
  const isFirst = (): boolean => journal.state.epoch === 0;
  const onItsWay = append([{ ...claim, owner: "ours" }], isFirst).catch(() => "refused");
  await untilIdle();
  expect(journal.state.owner).toBe("ours");
  const theirs = await openRun(openingIn(), runId);
  await theirs.append([{ ...claim, owner: "theirs" }]);
  const opened = openRun(ours, runId, 2);
  held.open();
  const { state } = (await opened).journal;
  expect(state.owner).toBe("theirs");
  expect(await onItsWay).toBe("refused");
});

it("answers nobody by a decision that the store may refuse yet", async () => {
  const runId = createRunId();
  const store = createMemoryRunStore();
  const held = createLatch();
  const full = new HoldpointError("store_unavailable", "The disk is full");
  let faults = 1;
  const opening = {
    known: createKnownRuns(),
    folders: listFolders,
    clock: systemClock,
    store,
    watched: (_runId: RunId, sink: JournalSink): JournalSink => ({
      ...sink,
      async write(journal, from, waitMs) {
        if (from > 0) await held.opened;
        if (from > 0 && faults-- > 0) throw full;
        await sink.write(journal, from, waitMs);
      },
    }),
  };
  const approvalId = "apr_1";
  const drafts = [
    { type: "run_started", format: 2, runId, driver: "list", agent: "a", source: "code" },
    { type: "approval_requested", approvalId, kind: "budget", agent: "a", approver: "client" },
  ] as const;
  const recorder = await startRun(opening, { runId, drafts });
  const by = async (name: string) =>
    decideOn(recorder, async () => ({
      approvalId,
      decision: "approved",
      by: name,
      channel: "inbox",
      level: "person",
      counts: "first",
    }));
  const first = by("Ann").catch((error: unknown) => error);
  await untilIdle();
  const second = by("Bob");
  await untilIdle();
  held.open();
  expect(await first).toBe(full);
  expect((await second).type).toBe("decided");
  expect((await store.read(runId)).join()).toContain("Bob");
});
