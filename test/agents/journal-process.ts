/**
 * A process of its own that has runs in hand, for tests:
 *
 * - `pause <payments> [<path>]`: starts a run, in this store where one is given, and prints its
 *   text.
 * - `approve <payments>`: reads a text, approves what waits, goes on, and prints the text then.
 * - `heap <way> <count>`: with `--expose-gc`; makes runs from start to end, a hundred and then
 *   `count`, and prints how much the heap grew by the latter, and how many results are still there.
 */
import { text } from "node:stream/consumers";

import {
  createSqliteRunStore,
  run,
  RunState,
  type RunResult,
  type StreamedRunResult,
} from "../../src/index.ts";
import { createPayingAgent } from "../support/paying-agent.ts";

/** What `heap` prints. */
export interface HeapReport {
  /** Bytes. */
  grown: number;
  kept: number;
}

const WARM_UP = 300;
const [command = "", first = "", second = ""] = process.argv.slice(2);

async function pause(payments: number, path = ""): Promise<string> {
  const { agent } = createPayingAgent(payments);
  const store = path === "" ? undefined : await createSqliteRunStore({ path });
  const { state } = await run(agent, "Pay.", { store });
  await store?.close();
  return state.toString();
}

async function approve(payments: number): Promise<string> {
  const { agent } = createPayingAgent(payments);
  const state = await RunState.fromString(agent, await text(process.stdin));
  for (const item of state.getInterruptions()) state.approve(item);
  return (await run(agent, state)).state.toString();
}

/** The ways of a run from its start to its end. */
const ways: Record<string, () => Promise<RunResult | StreamedRunResult>> = {
  async plain() {
    const { agent } = createPayingAgent(1);
    const { state } = await run(agent, "Pay.");
    for (const item of state.getInterruptions()) state.approve(item);
    return run(agent, state);
  },
  async streamed() {
    const { agent } = createPayingAgent(1);
    const paused = await run(agent, "Pay.", { stream: true });
    for await (const _ of paused);
    await paused.completed;
    const { state } = paused;
    for (const item of state.getInterruptions()) state.approve(item);
    const ended = await run(agent, state, { stream: true });
    for await (const _ of ended);
    await ended.completed;
    return ended;
  },
  async texts() {
    const { agent } = createPayingAgent(1);
    const state = await RunState.fromString(agent, await pause(1));
    for (const item of state.getInterruptions()) state.approve(item);
    const ended = await run(agent, await RunState.fromString(agent, state.toString()));
    await RunState.fromString(agent, ended.state.toString());
    return ended;
  },
};

async function measureHeap(way: string, count: number): Promise<HeapReport> {
  const make = ways[way];
  const { gc } = globalThis;
  if (make === undefined || gc === undefined) throw new Error("Give a way, and --expose-gc");
  const results: WeakRef<object>[] = [];
  const makeMany = async (many: number): Promise<void> => {
    for (let number = 0; number < many; number += 1) {
      const result = await make();
      if (result.finalOutput !== "Done.") throw new Error("A run did not end well");
      results.push(new WeakRef(result), new WeakRef(result.state));
    }
  };
  const settle = async (): Promise<number> => {
    // What finalisers leave, and what they are called for, goes one after the other.
    for (let round = 0; round < 5; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await gc({ execution: "async" });
    }
    return process.memoryUsage().heapUsed;
  };
  await makeMany(WARM_UP);
  const before = await settle();
  await makeMany(count);
  const after = await settle();
  const kept = results.filter((each) => each.deref() !== undefined).length;
  return { grown: after - before, kept };
}

switch (command) {
  case "pause":
    console.log(await pause(Number(first), second));
    break;
  case "approve":
    console.log(await approve(Number(first)));
    break;
  case "heap":
    console.log(JSON.stringify(await measureHeap(first, Number(second))));
    break;
  default:
    throw new Error(`Unknown command "${command}"`);
}
