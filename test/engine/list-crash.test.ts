import { beforeAll, describe, expect, it } from "vitest";

import { openApprovals } from "../../src/engine/approvals.ts";
import { readStoredLines, verifyLines } from "../../src/engine/chain.ts";
import { apply, fold } from "../../src/engine/fold.ts";
import { createRun, type Run } from "../../src/engine/state.ts";
import { isOver, rootFrame } from "../../src/engine/frames.ts";
import { mayHaveWork, statusOf } from "../../src/engine/status.ts";
import { nextSteps } from "../../src/engine/steps.ts";
import { createLatch } from "../support/latch.ts";
import { bindList, outputsOf, type ListOwn } from "./list-driver.ts";
import { listFolders, type Batch } from "./list-folder.ts";
import { batch, nested, outputOf, ownOf, startList, takeUp, type ListRun } from "./list-run.ts";
import type { ListTool } from "./list-tool.ts";

/** Every way in which a call comes to its end: free, asked, edited, sticky, nested, held. */
const batches: Batch[] = [
  batch("free1 say", "free2 say"),
  batch("edited pay", "in inside", "same again"),
  { ...batch("held say"), asks: true },
  batch("first pay"),
  batch("covered pay"),
  batch({ callId: "s", name: "switch_to", arguments: { agent: "helper" } }),
  batch("other pay", "last say"),
];

interface Body {
  readonly callId: string;
  /** How many entries there were when it began. */
  readonly after: number;
}

/** The tools of one process, which note each body that begins. */
function toolsOf(begun: Body[], length: () => number): ListOwn {
  const note = (_value: unknown, key: string): string => {
    const callId = key.split("/").at(-1) ?? "";
    begun.push({ callId, after: length() });
    return `did ${callId}`;
  };
  const tools: ListTool[] = [
    { name: "say", run: note },
    { name: "pay", asks: true, run: note },
    { name: "again", idempotent: true, run: note },
    nested("inside", batch("deep1 pay", "deep2 say"), batch("deep3 say")),
  ];
  return ownOf(...tools);
}

/** Goes on until the run is over, deciding as one person would; returns what was in doubt. */
async function goOn(run: ListRun): Promise<string[]> {
  const doubts: string[] = [];
  for (let round = 0; run.status === "running" || run.status === "awaiting_approval"; round += 1) {
    const went = await run.advance();
    const open = openApprovals(run.state);
    if (round > 20 || (!went && open.length === 0)) throw new Error("The run comes to no end");
    for (const { kind, callId } of open) {
      if (kind !== "outcome_unknown") await run.approve(callId, howOf(callId));
      else {
        doubts.push(callId ?? "");
        await run.reject(callId, `stated ${callId}`);
      }
    }
  }
  return doubts.toSorted();
}

function howOf(callId: string | undefined): { arguments?: { less: true }; always?: boolean } {
  if (callId === "edited") return { arguments: { less: true } };
  return { always: callId === "first" };
}

/** What each call that has a body came to, over all frames. */
function answersOf({ frames }: Run): Record<string, unknown> {
  const all = [...frames.values()].map(({ calls }) => outputsOf(calls));
  const { in: _in, s: _s, ...answers } = Object.assign({}, ...all) as Record<string, unknown>;
  return answers;
}

/** What the process that had both halves saw, and what a reader sees. */
function viewOf(run: Run): unknown {
  return {
    length: run.length,
    status: statusOf(run),
    open: openApprovals(run).map(({ approvalId }) => approvalId),
    undecided: [...run.undecided],
  };
}

/** Calls that the lines say were started and say no end of. */
function unfinishedIn(lines: readonly string[]): string[] {
  const begun = new Set<string>();
  for (const line of lines) {
    const { type, callId } = JSON.parse(line) as { type: string; callId?: string };
    if (type === "tool_started") begun.add(callId ?? "");
    if (type === "tool_finished") begun.delete(callId ?? "");
  }
  return [...begun].toSorted();
}

const begun: Body[] = [];
const seen: unknown[] = [];
let whole: ListRun;

beforeAll(async () => {
  const own = toolsOf(begun, () => whole.journal.entries.length);
  whole = await startList(batches, { own, watch: (run) => void seen.push(viewOf(run)) });
  await goOn(whole);
});

describe("a run of a list", () => {
  it("comes to its end without a doubt where nothing interrupts it", () => {
    expect(whole.status).toBe("completed");
    expect(unfinishedIn(whole.lines)).toEqual([]);
  });

  it("has every body begin once, behind the entry that says so", () => {
    const ids = begun.map(({ callId }) => callId).toSorted();
    expect(ids).toEqual(Object.keys(answersOf(whole.state)).toSorted());
    for (const { callId, after } of begun) {
      const known = whole.lines.slice(0, after).map((line) => JSON.parse(line) as object);
      expect(known).toContainEqual(expect.objectContaining({ type: "tool_started", callId }));
    }
  });

  it("goes on behind every entry that a crash may leave as the last: effects once, doubts asked", async () => {
    const wholeAnswers = answersOf(whole.state);
    const onceOnly = new Set(Object.keys(wholeAnswers).filter((callId) => callId !== "same"));
    const doubted = new Set<string>();
    for (let length = 1; length <= whole.lines.length; length += 1) {
      const left = whole.lines.slice(0, length);
      expect(verifyLines(left, { folders: listFolders })).toHaveLength(length);
      // At worst every body that could have begun by then did what it does.
      const effects = begun.filter(({ after }) => after <= length);
      const second: ListRun = takeUp(
        left,
        toolsOf(effects, () => second.journal.entries.length),
      );
      const doubts = await goOn(second);

      const unfinished = unfinishedIn(left);
      expect(doubts).toEqual(unfinished.filter((callId) => callId !== "same"));
      const stated = doubts.map((callId) => [callId, `stated ${callId}`]);
      expect(answersOf(second.state)).toEqual({ ...wholeAnswers, ...Object.fromEntries(stated) });
      // Never twice; and once, but where a person said what came of it.
      const done = effects.map(({ callId }) => callId).filter((callId) => callId !== "same");
      expect(done).toHaveLength(new Set(done).size);
      expect(new Set([...done, ...doubts])).toEqual(onceOnly);
      for (const callId of doubts) doubted.add(callId);
    }
    // Every body that is not idempotent was in doubt behind some entry.
    expect(doubted).toEqual(onceOnly);
  });

  it("stands the same for a reader without tools, after every entry, as for who runs it", () => {
    const reader = createRun(listFolders);
    const read = readStoredLines(whole.lines, listFolders).map(({ entry }) => {
      apply(reader, entry);
      return viewOf(reader);
    });
    expect(seen).toHaveLength(whole.lines.length);
    expect(read).toEqual(seen);
  });

  it("may have work, after every entry, exactly where the code of the list names a step", () => {
    const bound = bindList(toolsOf([], () => 0));
    const entries = readStoredLines(whole.lines, listFolders).map(({ entry }) => entry);
    const said = entries.flatMap((entry, index) => {
      const run = fold(entries.slice(0, index + 1), listFolders);
      const root = rootFrame(run);
      if (root === undefined || isOver(root)) return [];
      const steps = nextSteps(run, bound, { epoch: run.epoch + 1 });
      const isRight = mayHaveWork(run) === steps.length > 0;
      return [{ entry: `${index} ${entry.type}`, isRight, steps: steps.map(({ key }) => key) }];
    });
    expect(said.filter(({ isRight }) => !isRight)).toEqual([]);
    expect(said.some(({ steps }) => steps.length === 0)).toBe(true);
  });
});

describe("two processes at one run of a list", () => {
  it("keep what an overtaken body did, beside what was stated of it", async () => {
    const [entered, released] = [createLatch(), createLatch()];
    const slow: ListTool = {
      name: "slow",
      async run() {
        entered.open();
        await released.opened;
        return "paid";
      },
    };
    const first = await startList([batch("a slow", "b slow")], { own: ownOf(slow) });
    const overtaken = first.advance().then(
      () => undefined,
      (error: unknown) => error,
    );
    await entered.opened;
    const second = takeUp(first.rows, ownOf(slow));
    await second.advance();
    expect(second.asked).toEqual(["outcome_unknown a", "outcome_unknown b"]);
    await second.reject("a", "It was not paid.");
    await second.advance();
    released.open();
    expect(await overtaken).toMatchObject({ name: "ConflictError" });
    // The second learns of both when it looks again: one says what was stated, one settles a doubt.
    await second.advance();
    expect(outputOf(second)).toEqual({ a: "It was not paid.", b: "paid" });
    expect(second.state.frames.get("")?.data).toMatchObject({ late: ["a"] });
  });
});
