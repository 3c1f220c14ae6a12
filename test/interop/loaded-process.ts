// Imports what it is told to, plays a run through pause and text, and prints which modules were
// loaded by then; with a foreign state as a further argument after that too, as JSON.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

import type * as Holdpoint from "../../src/index.ts";

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});

const [entry = "", foreign = ""] = process.argv.slice(2);
const { Agent, run, RunState } = (await import(entry)) as typeof Holdpoint;
const { call, createScriptedModel, message } = await import("../../src/models/scripted.ts");
const { tool } = (await import(entry)) as typeof Holdpoint;
const { z } = await import("zod");

const look = tool({
  name: "look",
  description: "",
  parameters: z.object({}),
  needsApproval: true,
  execute: () => "seen",
});
const model = createScriptedModel([[call("look", {}, "c1")], [message("Done.")]]);
const agent = new Agent({ name: "A", tools: [look], model });
const { state } = await run(agent, "Go.");
const again = await RunState.fromString(agent, state.toString());
for (const item of again.getInterruptions()) again.approve(item);
const { finalOutput } = await run(agent, again);
const before = [...loaded];
await RunState.fromString(agent, readFileSync(foreign, "utf8")).catch(() => undefined);
process.stdout.write(JSON.stringify({ finalOutput, before, after: loaded }));
