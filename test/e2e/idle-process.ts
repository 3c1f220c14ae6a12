/**
 * A process that serves the runs of one store: `<path>`. Its agents are those of `idle-runs.ts`,
 * as their code stands now. Says `ready` once it has begun; ends with its input.
 */
import { writeSync } from "node:fs";

import { z } from "zod";

import {
  Agent,
  createAgentRegistry,
  createRunService,
  createSqliteRunStore,
  createSqliteSessions,
  tool,
  type FunctionTool,
} from "../../src/index.ts";
import { createScriptedModel, message } from "../../src/testing.ts";

const [path = ""] = process.argv.slice(2);

function pay(description: string, isEnabled: boolean): FunctionTool {
  return tool({
    name: "pay",
    description,
    parameters: z.object({ amount: z.number() }),
    needsApproval: true,
    isEnabled,
    execute: ({ amount }) => `Paid ${amount}`,
  });
}

const model = createScriptedModel(() => [message("Done.")]);
const other = new Agent({ name: "Other", model });
const agents = [
  new Agent({ name: "Handing", model, tools: [pay("Pays.", true)], handoffs: [other] }),
  new Agent({ name: "Saving", model, tools: [pay("Pays.", true)] }),
  new Agent({ name: "Disabled", model, tools: [pay("Pays.", false)] }),
  new Agent({ name: "Changed", model, tools: [pay("Pays, and says thanks.", true)] }),
];
const warn = (text: string): void => void process.stderr.write(`${text}\n`);
const service = createRunService({
  store: await createSqliteRunStore({ path }),
  registry: createAgentRegistry(
    agents.map((agent) => ({ agent, source: `test#${agent.name}` })),
    {},
  ),
  sessions: createSqliteSessions({ path }),
  log: { info: warn, warn },
});
service.recover();
writeSync(1, "ready\n");
for await (const _ of process.stdin);
await service.close();
process.exit(0);
