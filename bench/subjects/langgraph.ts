import { join } from "node:path";

import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import {
  Command,
  END,
  interrupt,
  MessagesDeltaValue,
  MessagesValue,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { z } from "zod";

import { medianRun, quantile, rssMb, writtenBytes, type Figures } from "../harness.ts";
import { fileBytes } from "../save.ts";
import { createKiller, type Crash } from "./crashing.ts";
import { OUTPUT, pause, TOOL, type Script, turnOf } from "../scripted.ts";

const parameters = {
  name: TOOL,
  description: "Looks something up.",
  schema: z.object({ key: z.string() }),
};
const free = tool(async () => OUTPUT, parameters);
/** Its guide's way: the tool asks by interrupting. */
const gated = tool(async (args) => {
  interrupt({ tool: TOOL, args });
  return OUTPUT;
}, parameters);

interface GraphOptions extends Script {
  isGated: boolean;
  /** The tool; default one that answers 1 kB. */
  act?: typeof gated;
  saver?: SqliteSaver | undefined;
  /** Whether only the new messages are stored. */
  hasDeltas?: boolean | undefined;
}

function createGraph({ isGated, act, saver, hasDeltas, turns, modelMs }: GraphOptions) {
  const callModel = async (state: {
    messages: BaseMessage[];
  }): Promise<{ messages: BaseMessage[] }> => {
    await pause(modelMs);
    const turn = turnOf(state.messages.length);
    if (turn >= turns) return { messages: [new AIMessage("Done")] };
    const call = { id: `call_${turn}`, name: TOOL, args: { key: `key ${turn}` } };
    return { messages: [new AIMessage({ content: "", tool_calls: [call] })] };
  };
  const route = ({ messages }: { messages: BaseMessage[] }): "tools" | typeof END => {
    const last = messages.at(-1);
    return AIMessage.isInstance(last) && (last.tool_calls ?? []).length > 0 ? "tools" : END;
  };
  const state = new StateSchema({
    messages: hasDeltas === true ? (MessagesDeltaValue as never) : MessagesValue,
  });
  return new StateGraph(state)
    .addNode("model", callModel)
    .addNode("tools", new ToolNode([act ?? (isGated ? gated : free)]))
    .addEdge(START, "model")
    .addConditionalEdges("model", route, ["tools", END])
    .addEdge("tools", "model")
    .compile(saver === undefined ? {} : { checkpointer: saver });
}

const input = { messages: [{ role: "user", content: "Go" }] };

interface Approvals {
  turns: number;
  directory: string;
  hasDeltas?: boolean;
}

export async function approvals({ turns, directory, hasDeltas }: Approvals): Promise<Figures> {
  const path = join(directory, "runs.db");
  const saver = SqliteSaver.fromConnString(path);
  const graph = createGraph({ turns: turns + 1, isGated: true, saver, hasDeltas });
  const config = {
    configurable: { thread_id: "1" },
    recursionLimit: 10 * turns,
    durability: "sync" as const,
  };
  const before = await writtenBytes();
  let given = 0;
  const start = performance.now();
  let result: object = await graph.invoke(input as never, config);
  while ("__interrupt__" in result) {
    given += 1;
    result = await graph.invoke(new Command({ resume: true }) as never, config);
  }
  const ms = performance.now() - start;
  if (given !== turns) throw new Error(`${given} approvals were asked for`);
  const diskBytes = (await writtenBytes()) - before;
  const sum = (table: string, column: string): number =>
    (
      saver.db.prepare(`SELECT coalesce(sum(length(${column})), 0) AS n FROM ${table}`).get() as {
        n: number;
      }
    ).n;
  const bytes =
    sum("checkpoints", "checkpoint") + sum("checkpoints", "metadata") + sum("writes", "value");
  saver.db.pragma("wal_checkpoint(TRUNCATE)");
  return { ms, bytes, fileBytes: await fileBytes(path), diskBytes };
}

async function runOnce(
  script: Script,
  graph = createGraph({ ...script, isGated: false }),
): Promise<void> {
  await graph.invoke(input as never, {
    recursionLimit: 10 * script.turns,
  });
}

export async function turns({ turns }: { turns: number }): Promise<Figures> {
  const once = async (): Promise<number> => {
    const start = performance.now();
    await runOnce({ turns });
    return performance.now() - start;
  };
  return { cpuMsPerTurn: (await medianRun(turns, once)) / turns };
}

export async function crowd({ runs, ...script }: Script & { runs: number }): Promise<Figures> {
  const graph = createGraph({ ...script, isGated: false });
  await runOnce({ turns: 5 });
  const start = performance.now();
  const latencies = await Promise.all(
    Array.from({ length: runs }, async () => {
      await runOnce(script, graph);
      return performance.now() - start;
    }),
  );
  const ms = performance.now() - start;
  const idealMs = script.turns * (script.modelMs ?? 0);
  return {
    timesIdeal: ms / idealMs,
    runsPerSecond: (runs * 1_000) / ms,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    rssMb: rssMb(),
  };
}

/** Saved by the graph itself, synchronously. */
export async function crash(options: Crash): Promise<Figures> {
  const killer = createKiller(options);
  const act = tool(async (args) => {
    interrupt({ tool: TOOL, args });
    return killer.act();
  }, parameters) as typeof gated;
  const saver = SqliteSaver.fromConnString(join(options.directory, "runs.db"));
  const put = saver.put.bind(saver);
  let saves = 0;
  saver.put = async (...given) => {
    const stored = await put(...given);
    killer.reached(`${saves}`);
    saves += 1;
    return stored;
  };
  const config = { configurable: { thread_id: "1" }, durability: "sync" as const };
  const before = await saver.getTuple(config);
  const messages = (before?.checkpoint.channel_values["messages"] ?? []) as BaseMessage[];
  const graph = createGraph({ turns: 2, isGated: true, act, saver });
  const { next, tasks } = await graph.getState(config);
  let result: object;
  if (before === undefined || messages.length === 0)
    result = await graph.invoke(input as never, config);
  else if (next.length === 0) result = {};
  else if (tasks.some(({ interrupts }) => interrupts.length > 0)) result = { __interrupt__: true };
  else result = await graph.invoke(null, config);
  if ("__interrupt__" in result) {
    result = await graph.invoke(new Command({ resume: true }) as never, config);
  }
  const isOver = (await graph.getState(config)).next.length === 0;
  return { effects: killer.effects(), completed: isOver ? 1 : 0 };
}
