/**
 * A program of somebody who has DBOS: `<store> <engine> <effects> <workflow> [die]` runs one workflow
 * of the example, prints `{"output": ...}` when that is done, and kills itself in the tool's body when
 * it is told to. The test puts a copy beside packages of its own.
 */
import { appendFileSync } from "node:fs";

import { DBOS } from "@dbos-inc/dbos-sdk";
import { Agent, createOfflineModel, tool } from "holdpoint";
import * as z from "zod";

import { openService, registerAgentWorkflow } from "../../examples/dbos.ts";

const [store = "", engine = "", effects = "", workflowID = "", how = ""] = process.argv.slice(2);

const pay = tool({
  name: "pay",
  description: "Pays an amount.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute({ amount }) {
    appendFileSync(effects, `${amount}\n`);
    if (how === "die") process.kill(process.pid, "SIGKILL");
    return `Paid ${amount}`;
  },
});
const agent = new Agent({ name: "Payments", model: createOfflineModel(), tools: [pay] });
const service = await openService(store, agent);
const workflow = registerAgentWorkflow(service);
DBOS.setConfig({
  name: "guest",
  systemDatabaseUrl: engine,
  executorID: "one",
  logLevel: "error",
  applicationVersion: "1",
});
await DBOS.launch();
const handle = await DBOS.startWorkflow(workflow, { workflowID })('pay {"amount": 5}');
console.log(JSON.stringify({ output: await handle.getResult() }));
await DBOS.shutdown();
await service.close();
