import { describe, expect, it, vi } from "vitest";

import { readStoredLines, createJournal, placeDrafts } from "../support/journal.ts";
import type { EntryDraft } from "../../src/agents/entries.ts";
import { ConflictError, HoldpointError } from "../../src/lib/errors.ts";
import { createRecorder, type Recorder } from "../../src/engine/recorder.ts";
import type { JournalSink } from "../../src/engine/recording.ts";
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
const full = new HoldpointError("store_unavailable", "The disk is full");
const finished: EntryDraft = {
  type: "tool_finished",
  callId: "call_1",
  attempt: 1,
  outcome: "ran",
  output: "paid",
};
const claimed: EntryDraft = { type: "run_claimed", format: 2, owner: "own_1", epoch: 1 };

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
    const waiting = Promise.resolve(recorder.settled()).then(() => (settled = true));
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

describe("a recorder whose store takes nothing", () => {
  it("keeps outcomes and intentions, and stores them once when it works again", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = full;
    const appends = [recorder.append([claimed], always), recorder.append([finished])];
    await vi.waitFor(() => expect(recorder.stalled?.error).toBe(full));
    expect(recorder.journal.entries).toHaveLength(1);
    sink.writeError = undefined;
    await Promise.all(appends);
    expect(typesIn(sink.lines)).toEqual(["run_started", "run_claimed", "tool_finished"]);
    expect(recorder.stalled).toBeUndefined();
  });

  it("says when all that was asked for is stored, or why it is not", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = full;
    const appending = recorder.append([finished]);
    const storing = recorder.stored().then(() => sink.lines.length);
    await expect(recorder.stored({ orThrow: true })).rejects.toBe(full);
    sink.writeError = undefined;
    expect(await storing).toBe(2);
    await appending;
    await recorder.stored({ orThrow: true });
  });

  it("refuses a word, so that who says it knows", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = full;
    await expect(recorder.append([said("word")])).rejects.toBe(full);
    expect(recorder.journal.entries).toHaveLength(1);
  });

  it("takes in meanwhile what others stored, and goes behind it", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = full;
    const append = recorder.append([finished]);
    await vi.waitFor(() => expect(recorder.stalled).toBeDefined());
    sink.foreign = [said("theirs")];
    sink.writeError = undefined;
    await append;
    expect(recorder.journal.entries.map(({ entry }) => entry.type)).toEqual([
      "run_started",
      "input_added",
      "tool_finished",
    ]);
  });

  it.each(["reads", "cannot read"])(
    "settles what was written after all when it %s",
    async (how) => {
      const { recorder, sink } = await startedRecorder();
      const write = sink.write.bind(sink);
      let isUnclear = true;
      sink.write = async (journal, from) => {
        await write(journal, from);
        if (!isUnclear) return;
        isUnclear = false;
        if (how === "cannot read") sink.readError = full;
        throw full;
      };
      const append = recorder.append([finished]);
      if (how === "cannot read") {
        await vi.waitFor(() => expect(recorder.stalled).toBeDefined());
        sink.readError = undefined;
      }
      await append;
      expect(typesIn(sink.lines)).toEqual(["run_started", "tool_finished"]);
      expect(recorder.journal.entries.map(({ line }) => line)).toEqual(sink.lines);
    },
  );

  it("settles what was written at the first of several tries, though time passes", async () => {
    const sink = createSharedSink();
    let now = Date.parse(at);
    const moving = { now: () => (now += 1_000) };
    const recorder = createRecorder(createJournal(), { clock: moving, sink });
    await recorder.append([start]);
    const write = sink.write.bind(sink);
    let tries = 0;
    sink.write = async (journal, from) => {
      tries += 1;
      sink.readError = tries < 3 ? full : undefined;
      if (tries !== 2) await write(journal, from);
      if (tries < 3) throw full;
    };
    await recorder.append([finished]);
    expect(typesIn(sink.lines)).toEqual(["run_started", "tool_finished"]);
    expect(recorder.journal.entries.map(({ line }) => line)).toEqual(sink.lines);
  });

  it("keeps an outcome that others forestalled until it can read what they wrote", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.foreign = [said("theirs")];
    sink.readError = full;
    const append = recorder.append([finished]);
    const isRefused = expect(recorder.append([said("more")], always)).rejects.toThrow(full);
    await vi.waitFor(() => expect(recorder.stalled).toBeDefined());
    await isRefused;
    sink.readError = undefined;
    expect((await append)[0]?.entry.seq).toBe(2);
    expect(typesIn(sink.lines).at(-1)).toBe("tool_finished");
    expect(recorder.stalled).toBeUndefined();
  });

  it("does not store again what somebody reads that was stored at a try that failed", async () => {
    const { recorder, sink } = await startedRecorder();
    const write = sink.write.bind(sink);
    sink.write = async (journal, from) => {
      await write(journal, from);
      sink.write = write;
      sink.readError = full;
      throw full;
    };
    const append = recorder.append([finished]);
    await vi.waitFor(() => expect(recorder.stalled).toBeDefined());
    sink.readError = undefined;
    await recorder.catchUp();
    expect((await append)[0]?.entry.seq).toBe(1);
    expect(typesIn(sink.lines)).toEqual(["run_started", "tool_finished"]);
  });

  it("lets nobody wait for longer than its patience, and knows the outcome", async () => {
    const sink = createSharedSink();
    const recorder = createRecorder(createJournal(), { clock, sink, patienceMs: 0 });
    await recorder.append([start]);
    sink.writeError = full;
    const outcomes = await Promise.allSettled([
      recorder.append([claimed], always),
      recorder.append([finished]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const types = recorder.journal.entries.map(({ entry }) => entry.type);
    expect(types).toEqual(["run_started", "tool_finished"]);
    expect(sink.lines).toHaveLength(1);
    const known = recorder.journal.entries.map(({ line }) => line);
    sink.writeError = undefined;
    await vi.waitFor(() => expect(sink.lines).toEqual(known));
  });

  it("does not store what a state has brought into the store meanwhile", async () => {
    const sink = createSharedSink();
    const recorder = createRecorder(createJournal(), { clock, sink, patienceMs: 0 });
    await recorder.append([start]);
    sink.writeError = full;
    await expect(recorder.append([finished])).rejects.toBe(full);
    sink.foreign = [said("theirs"), finished];
    sink.writeError = undefined;
    await vi.waitFor(() => expect(recorder.stalled).toBeUndefined());
    expect(typesIn(sink.lines).slice(2)).toEqual(["tool_finished"]);
    expect(recorder.journal.entries.map(({ line }) => line)).toEqual(sink.lines);
  });

  it("lets go of what waits when the process does not wait any longer", async () => {
    const { recorder, sink } = await startedRecorder();
    sink.writeError = full;
    const append = recorder.append([finished]);
    await vi.waitFor(() => expect(recorder.stalled).toBeDefined());
    const closing = new Error("It is closing");
    recorder.giveUp(closing, { isForGood: true });
    await expect(append).rejects.toBe(closing);
    await expect(recorder.append([finished])).rejects.toBe(closing);
    expect(recorder.journal.entries).toHaveLength(1);
  });
});
