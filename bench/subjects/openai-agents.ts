import { join } from "node:path";

import { Agent, run, RunState, setTracingDisabled, tool, Usage } from "@openai/agents";
import { z } from "zod";

import { medianRun, quantile, rssMb, writtenBytes, type Figures } from "../harness.ts";
import { fileBytes, loadText, saveText } from "../save.ts";
import { createKiller, type Crash } from "./crashing.ts";
import { createAgentsModel, OUTPUT, TOOL, type Script } from "../scripted.ts";

setTracingDisabled(true);

function createAgent(script: Script, needsApproval: boolean): Agent {
  const look = tool({
    name: TOOL,
    description: "Looks something up.",
    parameters: z.object({ key: z.string() }),
    needsApproval,
    execute: async () => OUTPUT,
  });
  const model = createAgentsModel(script, () => new Usage({ requests: 1 }));
  return new Agent({ name: "Bench", model: model as never, tools: [look] });
}

/** Its guide's way: the serialised state is saved at every pause. */
export async function approvals({
  turns,
  directory,
}: {
  turns: number;
  directory: string;
}): Promise<Figures> {
  const path = join(directory, "state.json");
  const agent = createAgent({ turns: turns + 1 }, true);
  const before = await writtenBytes();
  let bytes = 0;
  const start = performance.now();
  let result = await run(agent, "Go", { maxTurns: turns + 2 });
  while (result.interruptions.length > 0) {
    const text = result.state.toString();
    bytes += text.length;
    await saveText(path, text);
    const state = await RunState.fromString(agent, await loadText(path));
    for (const item of state.getInterruptions()) state.approve(item);
    result = (await run(agent, state, { maxTurns: turns + 2 })) as typeof result;
  }
  const ms = performance.now() - start;
  const diskBytes = (await writtenBytes()) - before;
  return { ms, bytes, fileBytes: await fileBytes(path), diskBytes };
}

export async function turns({ turns }: { turns: number }): Promise<Figures> {
  const agent = createAgent({ turns }, false);
  const once = async (): Promise<number> => {
    const start = performance.now();
    await run(agent, "Go", { maxTurns: turns + 1 });
    return performance.now() - start;
  };
  return { cpuMsPerTurn: (await medianRun(turns, once)) / turns };
}

export async function crowd({ runs, ...script }: Script & { runs: number }): Promise<Figures> {
  const agent = createAgent(script, false);
  await run(createAgent({ turns: 5 }, false), "Go");
  const start = performance.now();
  const latencies = await Promise.all(
    Array.from({ length: runs }, async () => {
      await run(agent, "Go", { maxTurns: script.turns + 1 });
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

/** Saved at every pause, and at the end, as its guide says. */
export async function crash(options: Crash): Promise<Figures> {
  const killer = createKiller(options);
  const path = join(options.directory, "state.json");
  const act = tool({
    name: TOOL,
    description: "Does it.",
    parameters: z.object({ key: z.string() }),
    needsApproval: true,
    execute: async () => killer.act(),
  });
  const state = await loadText(path).catch(() => undefined);
  const model = createAgentsModel({ turns: 2 }, () => new Usage());
  const agent = new Agent({ name: "Bench", model: model as never, tools: [act] });
  let saves = 0;
  const save = async (text: string): Promise<void> => {
    await saveText(path, text);
    killer.reached(`${saves}`);
    saves += 1;
  };
  let paused = state === undefined ? undefined : await RunState.fromString(agent, state);
  if (paused === undefined) {
    const first = await run(agent, "Go");
    await save(first.state.toString());
    paused = first.state as unknown as NonNullable<typeof paused>;
  }
  const asked = paused.getInterruptions();
  if (asked.length === 0) return { effects: killer.effects(), completed: 1 };
  for (const item of asked) paused.approve(item);
  const result = await run(agent, paused);
  await save(result.state.toString());
  return { effects: killer.effects(), completed: result.finalOutput === "Done" ? 1 : 0 };
}
