import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import type { Session, Sessions } from "../../src/agents/session.ts";
import { message, type ScriptedTurn } from "../../src/models/scripted.ts";
import { keptCall as call } from "../support/expected.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createMemorySessions } from "../../src/sessions/memory.ts";
import { createPostgresSessions } from "../../src/sessions/postgres.ts";
import { createSqliteSessions } from "../../src/sessions/sqlite.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { said } from "../support/conversation.ts";
import { answered } from "../support/expected.ts";
import { ForeignSession } from "../support/foreign-session.ts";
import { makeSchemaUrl } from "../support/postgres.ts";
import { no, storeKinds, waitFor, yes, type StoreKind } from "../support/run-services.ts";
import { createStage, type Stage } from "../support/scenario.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const makeDirectory = useTempDirectory();
const opened: RunService[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((service) => service.close()));
});

const rome = call("search", { city: "Rome" }, "c1");
const oakland = call("get_temperature", { city: "Oakland" }, "c2");
const paris = call("get_temperature", { city: "Paris" }, "c3");
const sessionId = "ses_a";

interface Place {
  open(agent: AnyAgent): Promise<RunService>;
  stage: Stage;
  /** What the service has warned of. */
  log: string[];
}

async function createPlace(
  kind: StoreKind,
  script: ScriptedTurn[],
  ownSessions?: Sessions,
): Promise<Place> {
  const path = kind === "sqlite" ? join(await makeDirectory(), "holdpoint.db") : "";
  const url = kind === "postgres" ? await makeSchemaUrl() : "";
  const memory = { store: createMemoryRunStore(), sessions: createMemorySessions() };
  const log: string[] = [];
  const connect = async (): Promise<{ store: RunStore; sessions: Sessions }> => {
    if (kind === "sqlite") {
      return {
        store: await openSqliteRunStore({ path }),
        sessions: createSqliteSessions({ path }),
      };
    }
    if (kind === "postgres") {
      return {
        store: await openPostgresRunStore({ url }),
        sessions: createPostgresSessions({ url }),
      };
    }
    const close = async (): Promise<void> => {};
    return { store: { ...memory.store, close }, sessions: { ...memory.sessions, close } };
  };
  return {
    stage: createStage(script),
    log,
    async open(agent) {
      const registry = createAgentRegistry([{ agent, source: "test#weather" }], {});
      const connected = await connect();
      const say = (text: string): void => void log.push(text);
      const service = createRunService({
        ...connected,
        ...(ownSessions === undefined ? {} : { sessions: ownSessions }),
        registry,
        log: { info: say, warn: say },
      });
      opened.push(service);
      return service;
    },
  };
}

function agentOf(stage: Stage): AnyAgent {
  return stage.agent({ tools: [stage.getTemperature(), stage.cityTool("search")] });
}

describe.each(storeKinds)("conversations of a run service (%s)", (kind) => {
  it("go on from run to run, whichever process is asked", async () => {
    const { open, stage } = await createPlace(kind, [
      [oakland],
      [message("20.")],
      [message("Bye.")],
    ]);
    const [one, other] = [await open(agentOf(stage)), await open(agentOf(stage))];
    const first = await one.start({ input: "How warm?", sessionId });
    const { approvals } = await waitFor(one, first, "awaiting_approval");
    expect(await other.history(sessionId)).toEqual([said("How warm?"), oakland]);
    await other.decide(approvals[0]!.approvalId, yes());
    await waitFor(other, first, "completed");
    const whole = [said("How warm?"), oakland, answered(oakland, "Oakland: 20 C"), message("20.")];
    expect(await one.history(sessionId)).toEqual(whole);

    const second = await one.start({ input: "Thanks.", sessionId });
    await waitFor(one, second, "completed");
    expect(stage.model.requests.at(-1)?.input).toEqual([...whole, said("Thanks.")]);
    // The second journal refers to what the session has.
    const [start] = await one.journal(second);
    expect(start?.line).not.toContain("How warm?");
    expect(await one.history("ses_other")).toEqual([]);
  });

  it("take one run at a time", async () => {
    const { open, stage } = await createPlace(kind, [
      [oakland],
      [message("20.")],
      [message("Bye.")],
    ]);
    const service = await open(agentOf(stage));
    const first = await service.start({ input: "How warm?", sessionId });
    const { approvals } = await waitFor(service, first, "awaiting_approval");
    await expect(service.start({ input: "And?", sessionId })).rejects.toMatchObject({
      code: "session_busy",
      message: expect.stringContaining(approvals[0]!.approvalId),
    });
    expect(stage.model.requests).toHaveLength(1);
    await service.decide(approvals[0]!.approvalId, no({ message: "No." }));
    await waitFor(service, first, "completed");
    await waitFor(service, await service.start({ input: "And?", sessionId }), "completed");
    expect(await service.history(sessionId)).toHaveLength(6);
  });

  it("tell of what a cancelled run did, and that the rest did not run", async () => {
    const { open, stage } = await createPlace(kind, [
      [oakland, rome, paris],
      [message("Never mind.")],
    ]);
    const [one, other] = [await open(agentOf(stage)), await open(agentOf(stage))];
    const first = await one.start({ input: "How warm?", sessionId });
    const { approvals } = await waitFor(one, first, "awaiting_approval");
    const calls = [said("How warm?"), oakland, rome, paris];
    expect(await one.history(sessionId)).toEqual(calls);
    // A process that only looks may cancel as well.
    await other.cancel(first, { by: "somebody" });
    const cancelled = "The run was cancelled before this call ran.";
    const left = [
      ...calls,
      answered(oakland, cancelled),
      answered(rome, "Rome: 20 C"),
      answered(paris, cancelled),
    ];
    expect(await other.history(sessionId)).toEqual(left);
    await other.cancel(first, { by: "somebody" });
    expect(approvals).toHaveLength(2);

    const second = await one.start({ input: "Forget it.", sessionId });
    await waitFor(one, second, "completed");
    expect(stage.model.requests.at(-1)?.input).toEqual([...left, said("Forget it.")]);
    expect(stage.executions.map(({ callId }) => callId)).toEqual(["c1"]);
  });

  it("get nothing of a run that is cancelled before the model answered", async () => {
    const { open, stage } = await createPlace(kind, [
      () => new Promise(() => undefined),
      [message("Yes?")],
    ]);
    const service = await open(agentOf(stage));
    const first = await service.start({ input: "How warm?", sessionId });
    while (stage.model.requests.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await service.cancel(first, { by: "somebody" });
    expect(await service.history(sessionId)).toEqual([]);
    await waitFor(service, await service.start({ input: "Hello?", sessionId }), "completed");
    expect(stage.model.requests.at(-1)?.input).toEqual([said("Hello?")]);
  });

  it("can be somebody else's, which fail: the run waits for whoever resumes it", async () => {
    const foreign = new ForeignSession({ sessionId });
    const sessions: Sessions = { session: (): Session => foreign, close: async () => {} };
    const script = [[oakland], [message("20.")]];
    const { open, stage, log } = await createPlace(kind, script, sessions);
    const service = await open(agentOf(stage));
    const runId = await service.start({ input: "How warm?", sessionId });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    foreign.faults.push({ written: 0 });
    await service.decide(approvals[0]!.approvalId, yes());
    const { error } = await waitFor(service, runId, "failed");
    expect(error).toMatchObject({ code: "session_failed" });
    foreign.faults.push("answer_lost");
    await service.resume(runId);
    await waitFor(service, runId, "failed");
    await service.resume(runId);
    await waitFor(service, runId, "completed");
    expect(await service.history(sessionId)).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "Oakland: 20 C"),
      message("20."),
    ]);
    expect(stage.executions).toHaveLength(1);
    expect(log.join()).not.toContain("undefined");
  });

  it("that cannot be told of a cancelled run leave it cancelled", async () => {
    const foreign = new ForeignSession({ sessionId });
    const sessions: Sessions = { session: (): Session => foreign, close: async () => {} };
    const { open, stage, log } = await createPlace(kind, [[oakland], [message("Hm.")]], sessions);
    const service = await open(agentOf(stage));
    const runId = await service.start({ input: "How warm?", sessionId });
    await waitFor(service, runId, "awaiting_approval");
    foreign.faults.push({ written: 0 });
    await service.cancel(runId, { by: "somebody" });
    expect((await service.get(runId)).status).toBe("cancelled");
    expect(log).toContainEqual(expect.stringContaining("session could not be written"));
    // The next run closes the call by itself.
    await waitFor(service, await service.start({ input: "And?", sessionId }), "completed");
    expect(stage.model.requests.at(-1)?.input).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "No output of this call was recorded. It may not have run."),
      said("And?"),
    ]);
  });
});
