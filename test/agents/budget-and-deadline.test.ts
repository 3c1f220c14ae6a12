import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent, run, Runner, RunState, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

const echo = tool({
  name: "echo",
  description: "Says it again",
  parameters: z.object({ text: z.string() }),
  execute: ({ text }) => text,
});

function talkative(turns: number): Agent {
  const calls = Array.from({ length: turns }, (_, index) => [
    call("echo", { text: `${index}` }, `call_${index}`),
  ]);
  const model = createScriptedModel([...calls, [message("done")]]);
  return new Agent({ name: "Talker", model, tools: [echo] });
}

describe("a turn limit that asks", () => {
  const runner = new Runner({ askAtMaxTurns: true });

  it("pauses at the limit and goes on with as many turns again, as often as it is approved", async () => {
    const agent = talkative(4);
    let result = await runner.run(agent, "go", { maxTurns: 2 });
    const asked: string[] = [];
    while (result.interruptions.length > 0) {
      const [item] = result.interruptions;
      if (item === undefined) break;
      asked.push(`${item.kind}: ${item.reason}`);
      const state = await RunState.fromString(agent, result.state.toString());
      state.approve(state.getInterruptions()[0]!);
      result = await runner.run(agent, state);
    }
    expect(asked).toEqual([
      "budget: All 2 turns of this run are taken. Approve for 2 more",
      "budget: All 4 turns of this run are taken. Approve for 2 more",
    ]);
    expect(result.finalOutput).toBe("done");
    expect(result.state.currentTurn).toBe(5);
  });

  it("fails as it would have without asking when the answer is no", async () => {
    const agent = talkative(4);
    const result = await runner.run(agent, "go", { maxTurns: 2 });
    result.state.reject(result.interruptions[0]!);
    await expect(runner.run(agent, result.state)).rejects.toThrow("Max turns (2) exceeded");
  });

  it("waits without calling the model while nobody answers", async () => {
    const agent = talkative(4);
    const result = await runner.run(agent, "go", { maxTurns: 2 });
    const again = await runner.run(agent, result.state);
    expect(again.interruptions).toHaveLength(1);
    expect(again.state.currentTurn).toBe(2);
  });
});

describe("a deadline", () => {
  function refunder(
    onExpiry?: "reject" | "fail",
    failure?: string,
  ): { agent: Agent; ran: string[] } {
    const ran: string[] = [];
    const refund = tool({
      name: "refund",
      description: "Refunds",
      parameters: z.object({ order: z.string() }),
      needsApproval: true,
      approvalTimeout: { seconds: 60, ...(onExpiry === undefined ? {} : { onExpiry }) },
      execute: ({ order }) => {
        ran.push(order);
        if (failure !== undefined) throw new Error(failure);
        return "refunded";
      },
      ...(failure === undefined ? {} : { errorFunction: null }),
    });
    const model = createScriptedModel((request) =>
      request.input.length > 1 ? [message("over")] : [call("refund", { order: "17" }, "call_1")],
    );
    return { agent: new Agent({ name: "Refunds", model, tools: [refund] }), ran };
  }

  /** The text of the state with its deadline a minute and a second ago, chain made anew. */
  async function expired(agent: Agent, asked?: RunState): Promise<RunState> {
    const state = asked ?? (await run(agent, "refund 17")).state;
    const past = new Date(Date.now() - 61_000).toISOString();
    const { placeDrafts } = await import("../support/journal.ts");
    const { readStoredLines } = await import("../support/journal.ts");
    const { createRunId } = await import("../../src/lib/ids.ts");
    const json = state.toJSON();
    const runId = createRunId();
    const drafts = readStoredLines(json.entries).map(({ entry }) => {
      const { seq: _seq, at: _at, prev: _prev, ...draft } = entry;
      if (draft.type === "approval_requested") return { ...draft, expiresAt: past };
      return draft.type === "run_started" ? { ...draft, runId } : draft;
    });
    const stored = placeDrafts(drafts, { length: 0, last: undefined, at: past });
    return RunState.fromJSON(agent, { ...json, entries: stored.map(({ line }) => line) });
  }

  it("records when an approval ends", async () => {
    const { agent } = refunder();
    const before = Date.now();
    const { state } = await run(agent, "refund 17");
    const requested = state.toJSON().entries.find((line) => line.includes('"approval_requested"'));
    const { expiresAt } = JSON.parse(requested ?? "{}") as { expiresAt: string };
    const seconds = (Date.parse(expiresAt) - before) / 1_000;
    expect(Math.round(seconds)).toBeGreaterThanOrEqual(60);
  });

  it("ends as its own outcome, with a text of its own, and nothing runs", async () => {
    const { agent, ran } = refunder();
    const result = await run(agent, await expired(agent));
    expect(result.interruptions).toEqual([]);
    expect(result.finalOutput).toBe("over");
    expect(ran).toEqual([]);
    expect(JSON.stringify(result.history)).toContain("Nobody decided on this tool call in time");
    expect(result.state.toString()).toContain(String.raw`\"decision\":\"expired\"`);
  });

  it("fails the run where that was said", async () => {
    const { agent, ran } = refunder("fail");
    await expect(run(agent, await expired(agent))).rejects.toMatchObject({
      name: "ApprovalExpiredError",
      code: "approval_expired",
    });
    expect(ran).toEqual([]);
  });

  it.each(["reject", "fail"] as const)("of a doubt does the same (%s)", async (onExpiry) => {
    const { agent, ran } = refunder(onExpiry, "The line is dead");
    const { state } = await run(agent, "refund 17");
    state.approve(state.getInterruptions()[0]!);
    await expect(run(agent, state)).rejects.toThrow("The line is dead");
    const { state: inDoubt } = await run(agent, state);
    expect(inDoubt.getInterruptions()).toMatchObject([{ kind: "outcome_unknown" }]);
    const going = run(agent, await expired(agent, inDoubt));
    if (onExpiry === "fail")
      await expect(going).rejects.toMatchObject({ code: "approval_expired" });
    else expect((await going).finalOutput).toBe("over");
    expect(ran).toEqual(["17"]);
  });

  it("does not undo a decision that was made in time", async () => {
    const { agent, ran } = refunder();
    const state = await expired(agent);
    state.approve(state.getInterruptions()[0]!);
    await run(agent, state);
    expect(ran).toEqual(["17"]);
  });

  it("is refused when it makes no sense", () => {
    const declare = (seconds: number): unknown =>
      tool({
        name: "t",
        description: "",
        parameters: z.object({}),
        approvalTimeout: { seconds },
        execute: () => "",
      });
    expect(() => declare(0)).toThrow("approvalTimeout");
    expect(() => declare(Number.NaN)).toThrow("approvalTimeout");
  });
});
