import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import type { Session } from "../../src/agents/session.ts";
import { createJournal } from "../support/journal.ts";
import { message } from "../../src/models/scripted.ts";
import type { JournalStore } from "../../src/engine/journal-store.ts";
import { knownRuns } from "../../src/agents/face/known-journals.ts";
import type { RunResult } from "../../src/agents/face/run-result.ts";
import type { RunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, ran, keptCall as call } from "../support/expected.ts";
import { ForeignSession, type WriteFault } from "../support/foreign-session.ts";
import { approveAll, createStage, decideNothing, variants } from "../support/scenario.ts";

const open = useConversations();

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const outputs = [answered(oakland, "Oakland: 20 C"), answered(paris, "Paris: 20 C")];
const whole = [said("How warm?"), oakland, paris, ...outputs, message("20.")];

const faults: { name: string; fault: WriteFault }[] = [
  { name: "nothing was written", fault: { written: 0 } },
  { name: "a part was written", fault: { written: 1 } },
  { name: "all was written, and the answer lost", fault: "answer_lost" },
];

describe.each(variants)("a session that cannot be written ($name)", (variant) => {
  const way = { ...variant, kind: "foreign" } as const;

  for (const write of [0, 1, 2]) {
    it.each(faults)(`gets each item once: write ${write + 1}, $name`, async ({ fault }) => {
      const talk = await open(way, { script: [[oakland, paris], [message("20.")]] });
      const session = talk.session as ForeignSession;
      const plan = [said("How warm?"), oakland, paris].slice(0, 3);
      const failNext = (): void => void session.faults.push(fault);
      if (write === 0) failNext();
      await talk.say("How warm?");
      if (write === 0) {
        expect(talk.error).toMatchObject({ code: "session_failed", retryable: true });
        expect(talk.state.getInterruptions()).toHaveLength(2);
        expect(talk.stage.executions).toEqual([]);
        await talk.decide(decideNothing);
      }
      expect(talk.result.interruptions).toHaveLength(2);
      expect(await session.getItems()).toEqual(plan);

      if (write === 1) failNext();
      if (write === 2) {
        await talk.decide((state, items) => state.approve(items[0]!));
        failNext();
      }
      await talk.decide(approveAll);
      if (write > 0) {
        expect(talk.error).toMatchObject({ code: "session_failed" });
        await talk.decide(decideNothing);
      }
      expect(talk.result.finalOutput).toBe("20.");
      expect(await session.getItems()).toEqual(whole);
      expect(talk.stage.executions).toEqual([ran("c1"), ran("c2", "Paris")]);
      // Whatever failed, the model was asked each question once.
      expect(talk.inputs()).toEqual([[said("How warm?")], whole.slice(0, 5)]);
    });
  }

  it("gets the last word also when that is what could not be written", async () => {
    const talk = await open(way, { script: [[oakland, paris], [message("20.")]] });
    const session = talk.session as ForeignSession;
    await talk.say("How warm?");
    session.faults.push(undefined, { written: 0 });
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ code: "session_failed" });
    await talk.decide(decideNothing);
    expect(talk.result.finalOutput).toBe("20.");
    expect(await session.getItems()).toEqual(whole);
    expect(talk.inputs()).toHaveLength(2);
  });

  it("may fail again and again", async () => {
    const talk = await open(way, { script: [[oakland, paris], [message("20.")]] });
    const session = talk.session as ForeignSession;
    session.faults.push({ written: 1 }, { written: 1 }, { written: 0 }, "answer_lost");
    await talk.say("How warm?");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(talk.error).toMatchObject({ code: "session_failed" });
      await talk.decide(decideNothing);
    }
    await talk.decide(approveAll);
    expect(talk.result.finalOutput).toBe("20.");
    expect(await session.getItems()).toEqual(whole);
  });

  it("is found complete though it changes what it is given, as services do", async () => {
    const session = new ForeignSession({ normalises: true });
    session.faults.push("answer_lost", "answer_lost", { written: 0 });
    const talk = await open(way, { script: [[oakland, paris], [message("20.")]] });
    await talk.say("How warm?", { session });
    await talk.decide(approveAll, { session });
    await talk.decide(decideNothing, { session });
    await talk.decide(decideNothing, { session });
    expect(talk.result.finalOutput).toBe("20.");
    expect(session.writes).toEqual([3, 2, 1, 1]);
    const items = await session.getItems();
    expect(items.map(({ type }) => type)).toEqual(whole.map(({ type }) => type));
  });

  it("is written to again when it was cleared or shortened meanwhile", async () => {
    const talk = await open(way, {
      initialItems: [said("One."), message("Two."), said("Three."), message("Four.")],
      script: [[oakland, paris], [message("20.")]],
    });
    const session = talk.session as ForeignSession;
    session.faults.push("answer_lost");
    await talk.say("How warm?");
    // It keeps its last items only.
    const kept = await session.getItems(3);
    await session.clearSession();
    await session.addItems(kept);
    await talk.decide(decideNothing);
    expect(await session.getItems()).toEqual(whole.slice(0, 3));
    session.faults.push({ written: 1 });
    await talk.decide(approveAll);
    await session.clearSession();
    await talk.decide(decideNothing);
    expect(await session.getItems()).toEqual(whole.slice(3));
  });

  it("is told a copy", async () => {
    const talk = await open(way, { script: [[oakland, paris], [message("20.")]] });
    const session = talk.session as ForeignSession;
    const vandal: Session = {
      getSessionId: async () => session.getSessionId(),
      getItems: async (limit) => session.getItems(limit),
      popItem: async () => session.popItem(),
      clearSession: async () => session.clearSession(),
      addItems: async (items) => {
        await session.addItems(items);
        for (const item of items) Object.assign(item, { type: "message", content: "vandalised" });
      },
    };
    await talk.say("How warm?", { session: vandal });
    await talk.decide(approveAll, { session: vandal });
    expect(talk.inputs().at(-1)).toEqual(whole.slice(0, 5));
    expect(await session.getItems()).toEqual(whole);
  });
});

/** A store whose process dies when it is told of the n-th entry of a type. */
function dyingStore(
  store: JournalStore,
  { type, nth }: { type: string; nth: number },
): JournalStore {
  let [seen, isDead] = [0, false];
  return {
    ...store,
    async append(batch) {
      const told = batch.lines.filter((line) => line.includes(`"type":"${type}"`)).length;
      seen += told;
      isDead ||= told > 0 && seen >= nth;
      if (isDead) throw new Error("The process died");
      await store.append(batch);
    },
    // It dies with its lease: nobody has to wait for it to expire.
    claimRun: () => true,
  };
}

/** Starts a run, or goes on with one, approves what it waits for, and gives its output. */
async function converse(
  runner: Runner,
  agent: Agent,
  { session, stream, runId }: { session: Session; stream: boolean; runId?: string },
): Promise<unknown> {
  const go = async (input?: RunState): Promise<RunResult> => {
    const start = input ?? "How warm?";
    const isStored = input === undefined && runId !== undefined;
    if (!stream) {
      return isStored
        ? runner.resume(agent, runId, { session })
        : runner.run(agent, start, { session });
    }
    const streamed = isStored
      ? await runner.resume(agent, runId, { session, stream: true })
      : await runner.run(agent, start, { session, stream: true });
    await streamed.completed;
    return streamed;
  };
  const { state } = await go();
  for (const item of state.getInterruptions()) state.approve(item);
  return (await go(state)).finalOutput;
}

const deaths = [false, true].flatMap((stream) =>
  [1, 2, 3].flatMap((nth) => [
    { stream, kind: "own", type: "session_saved", nth },
    { stream, kind: "foreign", type: "session_saving", nth },
    { stream, kind: "foreign", type: "session_saved", nth },
  ]),
);

describe("a process that dies", () => {
  it.each(deaths)(
    "writes nothing twice: $kind session, at $type $nth (streamed: $stream)",
    async ({ stream, kind, ...point }) => {
      const store = createMemoryRunStore();
      const session = kind === "own" ? new MemorySession() : new ForeignSession();
      const stage = createStage([[oakland, paris], [message("20.")]]);
      const options = { session, stream };
      const dying = new Runner({ store: dyingStore(store, point) });
      const died = await converse(dying, stage.agent(), options).catch((error: unknown) => error);
      expect(died).toMatchObject({ message: "The process died" });

      const [run] = (await store.listRuns({ limit: 9 })).runs;
      const { runId } = run!;
      // What this process knows of the run died with the other one.
      knownRuns.remember(runId, createJournal());
      const living = new Runner({ store });
      expect(await converse(living, stage.agent(), { ...options, runId })).toBe("20.");
      expect(await session.getItems()).toEqual(whole);
      expect(stage.executions).toEqual([ran("c1"), ran("c2", "Paris")]);
    },
  );
});

describe.each(ways)("what a run needs of its session ($name)", (way) => {
  it("is not there any more: nothing runs, and the run can be gone on with when it is back", async () => {
    const before = [said("One."), message("Two.")];
    const talk = await open(way, { initialItems: before, script: [[oakland], [message("20.")]] });
    await talk.say("How warm?");
    const items = await talk.session.getItems();
    if (way.kind === "foreign") {
      // The journal holds the items of a session that may lose them.
      await talk.session.clearSession();
      await talk.decide(approveAll);
      expect(talk.inputs().at(-1)).toEqual([...items, answered(oakland, "Oakland: 20 C")]);
      return;
    }
    for (const _item of items) await talk.session.popItem();
    await talk.session.addItems([said("Another."), ...items.slice(1)]);
    await talk.decide(approveAll);
    if (way.reloaded) {
      expect(talk.error).toMatchObject({ code: "state_incompatible" });
      expect(talk.stage.executions).toEqual([]);
      await talk.session.clearSession();
      await talk.session.addItems(items);
      await talk.decide(decideNothing);
    }
    // A process that has read them once needs them no more.
    expect(talk.result.finalOutput).toBe("20.");
    expect(talk.inputs().at(-1)).toEqual([...items, answered(oakland, "Oakland: 20 C")]);
  });
});

describe.each(ways.filter(({ reloaded }) => !reloaded))("a long conversation ($name)", (way) => {
  it("is not written down again by each of its runs", async () => {
    const turns = 200;
    const script = Array.from({ length: turns }, (_, turn) => [message(`Answer ${turn}.`)]);
    const talk = await open(way, { script });
    const sizes: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      await talk.say(`Question ${String(turn).padStart(3, "0")}?`);
      sizes.push(talk.state.toString().length);
    }
    expect(await talk.session.getItems()).toHaveLength(2 * turns);
    expect(talk.inputs().at(-1)).toHaveLength(2 * turns - 1);
    const [early = 0, late = 0] = [sizes[10], sizes[turns - 1]];
    if (way.kind === "foreign") expect(late).toBeGreaterThan(10 * early);
    else expect(late - early).toBeLessThan(20);
  });
});
