/**
 * Runs inside a workflow engine: here DBOS (`npm install @dbos-inc/dbos-sdk pg`). Its step is tried
 * again after every crash; `advance` does nothing twice, and asks a person about a call that a crash
 * cut off.
 */
import { DBOS } from "@dbos-inc/dbos-sdk";
import {
  createAgentRegistry,
  createPostgresRunStore,
  createRunService,
  type AnyAgent,
  type RunService,
} from "holdpoint";

/** How soon the workflow sees a decision that nobody sent it word of, such as one in the inbox. */
const LOOK_AGAIN_SECONDS = 2;

/** A service whose runs only go on where a workflow advances them. */
export async function openService(url: string, agent: AnyAgent): Promise<RunService> {
  const registry = createAgentRegistry([{ agent, source: `guest#${agent.name}` }], {});
  const store = await createPostgresRunStore({ url });
  return createRunService({ store, registry, log: console });
}

/** To be registered before `DBOS.launch()`. */
export function registerAgentWorkflow(service: RunService) {
  return DBOS.registerWorkflow(
    async (input: string): Promise<string | undefined> => {
      const idempotencyKey = DBOS.workflowID;
      const runId = await DBOS.runStep(() => service.start({ input, idempotencyKey }), {
        name: "start",
      });
      for (;;) {
        const { status, output, error } = await DBOS.runStep(
          async () => {
            const report = await service.advance(runId);
            return { status: report.status, output: report.output, error: report.error?.message };
          },
          { name: "advance" },
        );
        if (status === "completed") return output;
        if (status !== "awaiting_approval") throw new Error(error ?? `The run was ${status}`);
        // Whoever decides in this program says so: DBOS.send(workflowID, "", "decided").
        await DBOS.recv("decided", LOOK_AGAIN_SECONDS);
      }
    },
    { name: "agent" },
  );
}
