import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  Agent,
  createAgentRegistry,
  createMemoryRunStore,
  createRunService,
  createSqliteRunStore,
  run,
  Runner,
  tool,
} from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
import { createLatch } from "../support/latch.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

describe("a runner with a store", () => {
  const tempDirectory = useTempDirectory();

  function createAgent(ran: string[]): Agent {
    const model = createScriptedModel((request) =>
      request.input.length > 1 ? [message("done")] : [call("pay", { to: "Ann" }, "call_1")],
    );
    const pay = tool({
      name: "pay",
      description: "Pays",
      parameters: z.object({ to: z.string() }),
      needsApproval: true,
      execute: ({ to }) => {
        ran.push(to);
        return "paid";
      },
    });
    return new Agent({ name: "Payer", model, tools: [pay] });
  }

  it("keeps runs where another process decides, and goes on by id", async () => {
    const path = join(await tempDirectory(), "runs.db");
    const ran: string[] = [];
    const [here, there] = [
      await createSqliteRunStore({ path }),
      await createSqliteRunStore({ path }),
    ];
    const paused = await new Runner({ store: here }).run(createAgent(ran), "go");
    const { runId } = paused.state;
    expect((await there.getRun(runId))?.status).toBe("awaiting_approval");
    expect(await there.countPending()).toEqual({ count: 1, more: false });

    const other = await new Runner({ store: there }).resume(createAgent(ran), runId);
    other.state.approve(other.interruptions[0]!);
    await new Runner({ store: there }).run(createAgent(ran), other.state);
    const result = await new Runner({ store: here }).resume(createAgent(ran), runId);
    expect(result.finalOutput).toBe("done");
    expect(ran).toEqual(["Ann"]);
    await Promise.all([here.close(), there.close()]);
  });

  it("refuses a decision that another process made the other way", async () => {
    const path = join(await tempDirectory(), "runs.db");
    const ran: string[] = [];
    const store = await createSqliteRunStore({ path });
    const paused = await run(createAgent(ran), "go", { store });
    const text = paused.state.toString();
    paused.state.reject(paused.interruptions[0]!);
    await run(createAgent(ran), paused.state, { store });
    const { RunState } = await import("../../src/index.ts");
    const agent = createAgent(ran);
    const late = await RunState.fromString(agent, text);
    late.approve(late.getInterruptions()[0]!);
    await expect(run(agent, late, { store })).rejects.toMatchObject({ code: "conflict" });
    expect(ran).toEqual([]);
    await store.close();
  });

  it.each([
    ["keeps a decision of another process where a tool that runs decides otherwise", true],
    ["has a tool decide though another process wrote first", false],
  ])("%s", async (_says, isDecided) => {
    const store = createMemoryRunStore();
    const ran: string[] = [];
    const asked = createLatch();
    const mayDecide = createLatch();
    const pay = createAgent(ran).tools[0]!;
    const paying = call("pay", { to: "Ann" }, "call_1");
    const meddle = tool({
      name: "meddle",
      description: "Approves the payment",
      parameters: z.object({}),
      async execute(_given, context) {
        asked.open();
        await mayDecide.opened;
        context?.approveTool({ name: "pay", rawItem: paying });
        return "approved";
      },
    });
    const model = createScriptedModel([[paying, call("meddle", {}, "call_2")], [message("done")]]);
    const going = run(new Agent({ name: "Payer", model, tools: [pay, meddle] }), "go", { store });
    await asked.opened;
    const log = { info() {}, warn() {} };
    const desk = createRunService({ store, registry: createAgentRegistry([], {}), log });
    const { approvals } = await desk.pending({ limit: 1 });
    const no = { decision: "rejected", by: "Ann", channel: "terminal", level: "person" } as const;
    const { approvalId } = approvals[0]!;
    if (isDecided) await desk.decide(approvalId, no);
    else await desk.noteShown(approvalId, no);
    mayDecide.open();
    const { state } = await going;
    expect(ran).toEqual(isDecided ? [] : ["Ann"]);
    const decisions = (await desk.journal(state.runId)).filter(
      ({ entry }) => entry.type === "approval_decided",
    );
    expect(decisions.map(({ entry }) => entry)).toMatchObject([
      { decision: isDecided ? "rejected" : "approved" },
    ]);
    await desk.close();
  });

  it("says which run it does not have, and that it needs a store", async () => {
    const store = await createSqliteRunStore({ path: join(await tempDirectory(), "runs.db") });
    const agent = createAgent([]);
    await expect(new Runner({ store }).resume(agent, "run_x")).rejects.toMatchObject({
      code: "run_not_found",
    });
    await expect(new Runner().resume(agent, "run_x")).rejects.toThrow("the runner has no store");
    await store.close();
  });
});
