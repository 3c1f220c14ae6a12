import { expect, it } from "vitest";

import { createKnownRuns } from "../../src/engine/known-runs.ts";
import { openRun, startRun } from "../../src/engine/open-run.ts";
import type { Recorder } from "../../src/engine/recorder.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRunId } from "../../src/lib/ids.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
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
