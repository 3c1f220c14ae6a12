import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { afterEach, describe, expect, it } from "vitest";

import {
  ConflictError,
  createMemoryRunStore,
  createSqliteRunStore,
  run,
  Runner,
  RunState,
  type Agent,
  type RunStore,
} from "../../src/index.ts";
import { childEnv } from "../support/command.ts";
import type { HeapReport } from "./journal-process.ts";
import { createLatch, untilIdle } from "../support/latch.ts";
import { createPayingAgent } from "../support/paying-agent.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { isThorough } from "../support/thorough.ts";

const timeout = 60_000;

/** Where the run was started, and where it is kept besides its states. */
const places = [
  { place: "started here" },
  { place: "started elsewhere" },
  { place: "started here, in a memory store" },
  { place: "started elsewhere, in an SQLite store" },
] as const;
type Place = (typeof places)[number]["place"];

const situations = places.flatMap(({ place }) => [
  { place, stream: false },
  { place, stream: true },
]);

describe.each(situations)(
  "two states of one text ($place, stream: $stream)",
  ({ place, stream }) => {
    const pause = usePausedRuns();
    const goOn = async (agent: Agent, state: RunState, store: RunStore | undefined) => {
      if (!stream) return (await run(agent, state, { store })).finalOutput;
      const result = await run(agent, state, { store, stream: true });
      await result.completed;
      return result.finalOutput;
    };

    it("both approved, both run at once: one effect", async () => {
      const latch = createLatch();
      const { agent, paid } = createPayingAgent(1, () => latch.opened);
      const { written, store } = await pause(place, agent);
      const states = await Promise.all([load(agent, written), load(agent, written)]);
      for (const state of states) state.approve(state.getInterruptions()[0]!);
      const going = Promise.allSettled(states.map((state) => goOn(agent, state, store)));
      // Whoever is to be first is at the tool by now, and the other one has had the time to follow.
      await untilIdle();
      latch.open();
      expectOneCourse(await going, states);
      expect(paid).toEqual([1]);
      // Whoever looks now, and says nothing of their own, finds the run at its end.
      const late = await load(agent, written);
      expect(await goOn(agent, late, store)).toBe("Done.");
      expect(paid).toEqual([1]);
    });

    it("loaded at once and run at once: one effect", async () => {
      const { agent, paid } = createPayingAgent(1);
      const { written, store } = await pause(place, agent);
      const both = [1, 2].map(async () => {
        const state = await load(agent, written);
        state.approve(state.getInterruptions()[0]!);
        return goOn(agent, state, store);
      });
      const outcomes = await Promise.allSettled(both);
      expectOneCourse(outcomes, []);
      expect(paid).toEqual([1]);
    });

    it("one approved, one rejected, both run at once: one of the two", async () => {
      const { agent, paid } = createPayingAgent(1);
      const { written, store } = await pause(place, agent);
      const yes = await load(agent, written);
      const no = await load(agent, written);
      yes.approve(yes.getInterruptions()[0]!);
      no.reject(no.getInterruptions()[0]!);
      const states = [no, yes];
      const outcomes = await Promise.allSettled(states.map((state) => goOn(agent, state, store)));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expectOneCourse(outcomes, states);
      const isPaid = outcomes[1]?.status === "fulfilled";
      expect(paid).toEqual(isPaid ? [1] : []);
    });
  },
);

describe("a state and its text", () => {
  it.each([
    ["no store", undefined],
    ["a store", createMemoryRunStore()],
  ])("approved, then written in the same tick, has the decision in it (%s)", async (_, store) => {
    const { agent, paid } = createPayingAgent(1);
    const { state } = await run(agent, "Pay.", { store });
    state.approve(state.getInterruptions()[0]!);
    const written = state.toString();
    expect(typesOf(written).at(-1)).toBe("approval_decided");
    expect(typesOf(JSON.stringify(state))).toEqual(typesOf(written));
    // Another process goes on with it as it stands.
    const ended = await inOtherProcess(["approve", "1"], written);
    expect(typesOf(ended).at(-1)).toBe("run_completed");
    expect(typesOf(ended).filter((type) => type === "approval_decided")).toHaveLength(1);
    expect(paid).toEqual([]);
  });

  it("approved while it is written and run, the decision is there once", async () => {
    const { agent, paid } = createPayingAgent(1);
    const { state } = await run(agent, "Pay.");
    state.approve(state.getInterruptions()[0]!);
    const going = run(agent, state);
    const written = state.toString();
    expect(typesOf(written).filter((type) => type === "approval_decided")).toHaveLength(1);
    expect((await going).finalOutput).toBe("Done.");
    expect(typesOf(state.toString()).slice(0, typesOf(written).length)).toEqual(typesOf(written));
    expect(paid).toEqual([1]);
  });

  it("loaded from a longer text extends the journal that is known here", async () => {
    const { agent, paid } = createPayingAgent(2);
    const { state: behind } = await run(agent, "Pay.");
    const short = behind.toString();
    // Another process pays 1, and waits for 2.
    const long = await inOtherProcess(["approve", "2"], short);
    const ahead = await load(agent, long);
    expect(ahead.toString()).toBe(long);
    expect(ahead.getInterruptions().map(({ arguments: args }) => args)).toEqual(['{"amount":2}']);

    // What is behind, and says nothing of its own, stands where the run stands.
    const caughtUp = await run(agent, behind);
    expect(caughtUp.interruptions.map(({ arguments: args }) => args)).toEqual(['{"amount":2}']);
    expect(paid).toEqual([]);
    const { state } = caughtUp;
    state.approve(state.getInterruptions()[0]!);
    expect((await run(agent, state)).finalOutput).toBe("Done.");
    expect(paid).toEqual([2]);
    const lines = linesOf(state.toString());
    expect(lines.slice(0, linesOf(long).length)).toEqual(linesOf(long));
    // The other state of it has not moved, and what it says comes too late.
    expect(ahead.toString()).toBe(long);
    ahead.approve(ahead.getInterruptions()[0]!);
    await expect(run(agent, ahead)).rejects.toThrow(ConflictError);
    expect(paid).toEqual([2]);
  });

  it("that decides what was decided meanwhile, in a longer text, is a conflict", async () => {
    const { agent, paid } = createPayingAgent(2);
    const { state: behind } = await run(agent, "Pay.");
    const long = await inOtherProcess(["approve", "2"], behind.toString());
    behind.approve(behind.getInterruptions()[0]!);
    await load(agent, long);
    await expect(run(agent, behind)).rejects.toThrow(ConflictError);
    expect(paid).toEqual([]);
  });

  it("of another course of the run is a conflict", async () => {
    const { agent, paid } = createPayingAgent(2);
    const { state } = await run(agent, "Pay.");
    const short = state.toString();
    const elsewhere = await inOtherProcess(["approve", "2"], short);
    state.approve(state.getInterruptions()[0]!);
    const here = await run(agent, state);
    expect(here.interruptions).toHaveLength(1);
    await expect(load(agent, elsewhere)).rejects.toThrow(ConflictError);
    expect(paid).toEqual([1]);
    expect(here.state.getInterruptions()).toHaveLength(1);
  });
});

describe("a run that goes on without its store, or in another one", () => {
  it.each(["one after the other", "while the other is at the tool"])(
    "two states of one text, one run in the store: one effect (%s)",
    async (when) => {
      const latch = createLatch();
      const { agent, paid } = createPayingAgent(1, () => latch.opened);
      const store = createMemoryRunStore();
      const { state } = await run(agent, "Pay.", { store });
      const [inMemory, inStore] = await Promise.all([
        load(agent, state.toString()),
        load(agent, state.toString()),
      ]);
      inMemory.approve(inMemory.getInterruptions()[0]!);
      inStore.approve(inStore.getInterruptions()[0]!, { alwaysApprove: true });
      const first = run(agent, inMemory);
      if (when === "one after the other") {
        latch.open();
        await first;
      } else await untilIdle();
      await expect(run(agent, inStore, { store })).rejects.toThrow(ConflictError);
      latch.open();
      expect((await first).finalOutput).toBe("Done.");
      expect(paid).toEqual([1]);
      // Whoever says nothing of their own finds the store where the run is.
      expect((await new Runner({ store }).resume(agent, state.runId)).finalOutput).toBe("Done.");
      expect(paid).toEqual([1]);
    },
  );

  it("is carried into a store that has its beginning, or nothing of it", async () => {
    const { agent, paid } = createPayingAgent(2);
    const beginning = createMemoryRunStore();
    const { state } = await run(agent, "Pay.", { store: beginning });
    state.approve(state.getInterruptions()[0]!);
    const { state: longer } = await run(agent, state);
    const fresh = createMemoryRunStore();
    expect((await run(agent, longer, { store: fresh })).interruptions).toHaveLength(1);
    expect(await fresh.countPending()).toEqual({ count: 1, more: false });
    longer.approve(longer.getInterruptions()[0]!);
    const ended = await run(agent, longer, { store: beginning });
    expect(ended.finalOutput).toBe("Done.");
    expect(await beginning.read(state.runId)).toEqual(linesOf(ended.state.toString()));
    expect(paid).toEqual([1, 2]);
  });

  it("is a conflict where the store has another course of it", async () => {
    const { agent, paid } = createPayingAgent(1);
    const store = createMemoryRunStore();
    const { state } = await run(agent, "Pay.", { store });
    const written = state.toString();
    const shown = await load(agent, written);
    const here = await load(agent, written);
    here.approve(here.getInterruptions()[0]!);
    await run(agent, here);
    const elsewhere = await inOtherProcess(["approve", "1"], written);
    const [next = ""] = linesOf(elsewhere).slice(linesOf(written).length);
    const summary = await store.getRun(state.runId);
    await store.append({
      runId: state.runId,
      fromSeq: linesOf(written).length,
      lines: [next],
      summary: { ...summary!, length: linesOf(written).length + 1 },
    });
    await expect(run(agent, shown, { store })).rejects.toThrow(ConflictError);
    await expect(new Runner({ store }).resume(agent, state.runId)).rejects.toThrow(ConflictError);
    expect(paid).toEqual([1]);
  });
});

describe("runs that are over", { timeout }, () => {
  it.each(["plain", "streamed", "texts"])("leave nothing on the heap (%s)", async (way) => {
    const count = isThorough ? 1_000 : 250;
    const output = await inOtherProcess(["heap", way, String(count)], "", ["--expose-gc"]);
    const { grown, kept } = JSON.parse(output) as HeapReport;
    expect(kept).toBe(0);
    // The program itself takes up to 300 kB; the shortest of their journals has two kilobytes.
    expect(grown).toBeLessThan(300_000 + 1_600 * count);
  });
});

/** Texts of runs that wait for their first payment, and the store; to be called at the top. */
function usePausedRuns() {
  const tempDirectory = useTempDirectory();
  const opened: RunStore[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  return async (
    place: Place,
    agent: Agent,
  ): Promise<{ written: string; store: RunStore | undefined }> => {
    switch (place) {
      case "started here":
        return { written: (await run(agent, "Pay.")).state.toString(), store: undefined };
      case "started elsewhere":
        return { written: await inOtherProcess(["pause", "1"]), store: undefined };
      case "started here, in a memory store": {
        const store = createMemoryRunStore();
        return { written: (await run(agent, "Pay.", { store })).state.toString(), store };
      }
      case "started elsewhere, in an SQLite store": {
        const path = join(await tempDirectory(), "runs.db");
        const written = await inOtherProcess(["pause", "1", path]);
        const store = await createSqliteRunStore({ path });
        opened.push(store);
        return { written, store };
      }
    }
  };
}

async function load(agent: Agent, written: string): Promise<RunState> {
  return RunState.fromString(agent, written);
}

/** Whoever did not go on says so, and has its state. */
function expectOneCourse(
  outcomes: readonly PromiseSettledResult<unknown>[],
  states: readonly RunState[],
): void {
  const ended = outcomes.filter(({ status }) => status === "fulfilled");
  expect(ended.length).toBeGreaterThan(0);
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") {
      expect(outcome.value).toBe("Done.");
    } else {
      expect(outcome.reason).toBeInstanceOf(ConflictError);
      expect(outcome.reason).toMatchObject({
        code: "conflict",
        state: { runId: states[index]?.runId ?? expect.any(String) },
      });
    }
  }
}

function linesOf(written: string): string[] {
  return (JSON.parse(written) as { entries: string[] }).entries;
}

function typesOf(written: string): string[] {
  return linesOf(written).map((line) => (JSON.parse(line) as { type: string }).type);
}

async function inOtherProcess(
  args: readonly string[],
  input = "",
  node: readonly string[] = [],
): Promise<string> {
  const script = fileURLToPath(new URL("./journal-process.ts", import.meta.url));
  const child = spawn(process.execPath, [...node, script, ...args], {
    env: childEnv(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(input);
  const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(`The other process ended with ${child.exitCode}`);
  return output.trim();
}
