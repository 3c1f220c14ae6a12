import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent, createSqliteRunStore, run, Runner, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
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
