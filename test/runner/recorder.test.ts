import { describe, expect, it } from "vitest";

import { readStoredLines } from "../support/journal.ts";
import type { EntryDraft } from "../../src/agents/entries.ts";
import { createJournal, placeDrafts } from "../support/journal.ts";
import { ConflictError, HoldpointError } from "../../src/lib/errors.ts";
import { createRecorder, type JournalSink, type Recorder } from "../../src/engine/recorder.ts";
import { createLatch, untilIdle } from "../support/latch.ts";

const at = "2026-01-01T00:00:00.000Z";
const clock = { now: () => Date.parse(at) };
const start: EntryDraft = {
  type: "run_started",
  format: 2,
  driver: "agents",
  runId: "run_1",
  agent: "clerk",
  source: "code",
  start: { input: "Hello", maxTurns: null },
};

function said(text: string): EntryDraft {
  return { type: "input_added", items: [{ type: "message", role: "user", content: text }] };
}

interface SharedSink extends JournalSink {
  lines: string[];
  /** Somebody else writes this before the next write. */
  foreign: EntryDraft[];
  /** How many entries came with each write. */
  writes: number[];
  readError: Error | undefined;
  writeError: Error | undefined;
  held: Promise<void> | undefined;
}

/** What several writers share: who comes second gets a conflict, and nothing is written. */
function createSharedSink(): SharedSink {
  const sink: SharedSink = {
    lines: [],
    foreign: [],
    writes: [],
    readError: undefined,
    writeError: undefined,
    held: undefined,
    async write(journal, from) {
      await sink.held;
      if (sink.writeError !== undefined) throw sink.writeError;
      const last = readStoredLines(sink.lines.slice(-1))[0];
      const placed = placeDrafts(sink.foreign.splice(0), { length: sink.lines.length, last, at });
      sink.lines.push(...placed.map(({ line }) => line));
      if (sink.lines.length !== from) throw new ConflictError("Somebody was first");
      const more = journal.entries.slice(from);
      sink.lines.push(...more.map(({ line }) => line));
      sink.writes.push(more.length);
    },
    async read(fromSeq) {
      if (sink.readError !== undefined) throw sink.readError;
      return sink.lines.slice(fromSeq);
    },
  };
  return sink;
}

async function startedRecorder(): Promise<{ recorder: Recorder; sink: SharedSink }> {
  const sink = createSharedSink();
  const recorder = createRecorder(createJournal(), { clock, sink });
  await recorder.append([start]);
  return { recorder, sink };
}

function typesIn(lines: readonly string[]): string[] {
  return readStoredLines(lines).map(({ entry }) =>
    entry.type === "input_added" ? JSON.stringify(entry.items[0]) : entry.type,
  );
}

const always = (): boolean => true;

describe("a recorder", () => {
  it("appends in the order of asking, and together what was asked for during a write", async () => {
    const { recorder, sink } = await startedRecorder();
    const latch = createLatch();
    sink.held = latch.opened;
    const appends = ["a", "b", "c"].map((text) => recorder.append([said(text)]));
    await untilIdle();
    latch.open();
    const stored = await Promise.all(appends);
    expect(stored.map(([first]) => first?.entry.seq)).toEqual([1, 2, 3]);
    expect(sink.lines).toEqual(recorder.journal.entries.map(({ line }) => line));
    expect(sink.writes.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(sink.writes.length).toBeLessThan(4);
  });

  it("appends an outcome behind the new end when somebody else was first", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.foreign = [said("theirs")];
    const [stored] = await recorder.append([said("ours")]);
    expect(stored?.entry.seq).toBe(2);
    expect(typesIn(sink.lines).map((line) => /theirs|ours/.exec(line)?.[0])).toEqual([
      undefined,
      "theirs",
      "ours",
    ]);
    expect(recorder.journal.state.length).toBe(3);
  });

  it("throws an intention away when somebody else was first, and has taken in theirs", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.foreign = [said("theirs")];
    await expect(recorder.append([said("ours")], always)).rejects.toThrow(ConflictError);
    expect(sink.lines).toHaveLength(2);
    expect(recorder.journal.entries.map(({ line }) => line)).toEqual(sink.lines);
  });

  it("asks an intention again when its turn comes", async () => {
    const { recorder, sink } = await startedRecorder();
    const latch = createLatch();
    sink.held = latch.opened;
    let isOurs = true;
    const outcome = recorder.append([said("outcome")]);
    await untilIdle();
    const intention = recorder.append([said("intention")], () => isOurs);
    isOurs = false;
    latch.open();
    await expect(intention).rejects.toThrow(ConflictError);
    await outcome;
    expect(sink.lines).toHaveLength(2);
  });

  it("forgets what could not be written, and can go on afterwards", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = new HoldpointError("store_unavailable", "The disk is full");
    await expect(recorder.append([said("lost")])).rejects.toBe(sink.writeError);
    expect(recorder.journal.state.length).toBe(1);
    sink.writeError = undefined;
    await recorder.append([said("kept")]);
    expect(sink.lines).toHaveLength(2);
  });

  it("leaves nobody waiting when what others wrote cannot be read", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.foreign = [said("theirs")];
    sink.readError = new HoldpointError("store_unavailable", "The disk is gone");
    const appends = [recorder.append([said("outcome")]), recorder.append([said("more")], always)];
    const outcomes = await Promise.allSettled(appends);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("is settled when nothing is on its way to the sink", async () => {
    const { recorder, sink } = await startedRecorder();
    const latch = createLatch();
    sink.held = latch.opened;
    const appends = [recorder.append([said("a")]), recorder.append([said("b")])];
    let settled = false;
    const waiting = recorder.settled().then(() => (settled = true));
    await untilIdle();
    expect(settled).toBe(false);
    latch.open();
    await waiting;
    expect(sink.lines).toHaveLength(3);
    await Promise.all(appends);
  });

  it("tells watchers of what is stored, and of nothing else", async () => {
    const { recorder, sink } = await startedRecorder();
    const seen: number[] = [];
    const unwatch = recorder.journal.watch(() => seen.push(sink.lines.length));
    await recorder.append([said("a")]);
    sink.foreign = [said("theirs")];
    await recorder.catchUp();
    await recorder.append([said("b")]);
    unwatch();
    await recorder.append([said("c")]);
    expect(seen).toEqual([2, 3, 4]);
  });
});
