import { describe, expect, it } from "vitest";

import type { EntryDraft } from "../../src/agents/entries.ts";
import { createJournal } from "../support/journal.ts";
import { createRunId } from "../../src/lib/ids.ts";
import { createRecorder } from "../../src/engine/recorder.ts";
import { createStoreSink } from "../../src/engine/store-sink.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";

const runId = createRunId();
const start: EntryDraft = {
  type: "run_started",
  format: 2,
  driver: "agents",
  runId,
  agent: "clerk",
  source: "code",
  start: { input: "Hello", maxTurns: null },
};
const answer: EntryDraft = {
  type: "model_responded",
  turn: 0,
  output: [],
  usage: { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 },
};
const request: EntryDraft = { type: "model_requested", from: 0 };

/** For each batch that reached the store, whether it may be on disk later. */
async function batchesOf(...batches: readonly EntryDraft[][]): Promise<boolean[]> {
  const store = createMemoryRunStore();
  const told: boolean[] = [];
  const watched: typeof store = {
    ...store,
    async append(batch) {
      told.push(batch.isRepeatable === true);
      await store.append(batch);
    },
  };
  const recorder = createRecorder(createJournal(), {
    clock: { now: () => 0 },
    sink: createStoreSink(watched, runId, {}),
  });
  for (const drafts of batches) await recorder.append(drafts);
  return told;
}

describe("what a power cut may take back", () => {
  it("is a model's answer, which is asked for again", async () => {
    expect(await batchesOf([start], [answer])).toEqual([false, true]);
  });

  it("is no answer to a request that must not be repeated", async () => {
    expect(await batchesOf([start], [request], [answer])).toEqual([false, false, false]);
  });

  it("is the answer of a later turn again", async () => {
    const told = await batchesOf([start], [request], [answer], [{ ...answer, turn: 1 }]);
    expect(told).toEqual([false, false, false, true]);
  });

  it("is no answer that came with what cannot be asked for again", async () => {
    const cancelled: EntryDraft = { type: "run_cancelled", by: "user" };
    expect(await batchesOf([start], [answer, cancelled])).toEqual([false, false]);
  });

  it("of a nested run is the answer, whatever the outer one must not repeat", async () => {
    const path = ["call_1"];
    const proposed: EntryDraft = {
      type: "call_proposed",
      callId: "call_1",
      name: "ask",
      arguments: "{}",
    };
    const told = await batchesOf(
      [start, proposed, { ...start, path }, request],
      [{ ...answer, path }],
    );
    expect(told).toEqual([false, true]);
  });
});
