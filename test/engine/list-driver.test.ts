import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readStoredLines } from "../../src/engine/chain.ts";
import { importSpecifiers } from "../support/layers.ts";
import { createLatch } from "../support/latch.ts";
import { outputsOf, type ListOwn } from "./list-driver.ts";
import { listFolders, type Batch } from "./list-folder.ts";
import { batch, nested, outputOf, ownOf, startList, takeUp } from "./list-run.ts";
import type { ListTool } from "./list-tool.ts";

/** What an activation throws. */
async function thrownBy(advancing: Promise<unknown>): Promise<unknown> {
  return advancing.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a driver whose calls come from a list", () => {
  it("imports nothing of agents or their service", () => {
    for (const name of globSync("list-*.ts", { cwd: import.meta.dirname })) {
      const text = readFileSync(join(import.meta.dirname, name), "utf8");
      const imported = importSpecifiers(text);
      expect(imported.length).toBeGreaterThan(0);
      expect(imported.filter((path) => /src\/(agents|runs)\b/.test(path))).toEqual([]);
    }
  });

  it("proposes its batches one after the other and ends with what each call came to", async () => {
    const run = await startList([batch("a say", "b say"), batch("c say")], {
      own: ownOf({ name: "say", run: (_value, key) => key.split("/").at(-1) }),
    });
    expect(await run.advance()).toBe(true);
    expect(outputOf(run)).toEqual({ a: "a", b: "b", c: "c" });
    expect(run.types.filter((type) => type === "batch_proposed")).toHaveLength(2);
    expect(run.status).toBe("completed");
  });

  it("runs a list inside a call of another, two frames deep, with a key for each body", async () => {
    const keys: string[] = [];
    const say: ListTool = {
      name: "say",
      run(_value, key) {
        keys.push(key);
        return "said";
      },
    };
    const inner = nested("inner", batch("deep say"));
    const outer = nested("outer", batch("mid say"), batch("in inner"));
    const run = await startList([batch("out outer"), batch("last say")], {
      own: ownOf(say, inner, outer),
    });
    await run.advance();
    const { runId, frames } = run.state;
    expect([...frames.keys()]).toEqual(["", '["out"]', '["out","in"]']);
    expect(keys).toEqual([`${runId}/out/mid`, `${runId}/out/in/deep`, `${runId}/last`]);
    expect(outputOf(run)).toEqual({
      out: JSON.stringify({ mid: "said", in: JSON.stringify({ deep: "said" }) }),
      last: "said",
    });
  });

  it("has two calls in flight at once: each waits for the other to have begun", async () => {
    const begun = { left: createLatch(), right: createLatch() };
    const meet = (mine: "left" | "right", other: "left" | "right"): ListTool => ({
      name: mine,
      async run() {
        begun[mine].open();
        await begun[other].opened;
        return mine;
      },
    });
    const run = await startList([batch("a left", "b right")], {
      own: ownOf(meet("left", "right"), meet("right", "left")),
    });
    await run.advance();
    expect(outputOf(run)).toEqual({ a: "left", b: "right" });
  });

  it("runs the arguments of the approver, and says so at the head of the output", async () => {
    const ran: unknown[] = [];
    const pay: ListTool = { name: "pay", asks: true, run: (value) => void ran.push(value) };
    const call = { callId: "a", name: "pay", arguments: { cents: 500 } };
    const run = await startList([batch(call)], { own: ownOf(pay) });
    await run.advance();
    expect(run.asked).toEqual(["tool_call a"]);
    expect(ran).toEqual([]);
    await run.approve("a", { arguments: { cents: 5 } });
    await run.advance();
    expect(ran).toEqual([{ cents: 5 }]);
    expect(outputOf(run)).toEqual({
      a: 'The approver changed the arguments of this call to: {"cents":5}\nnothing',
    });
  });

  it("tells the list of a no, and of a name that stands for nothing", async () => {
    const own = ownOf({ name: "pay", asks: true });
    const run = await startList([batch("a pay", "b pay", "c gone")], { own });
    await run.advance();
    await run.reject("a");
    await run.reject("b", "Not today.");
    await run.advance();
    expect(outputOf(run)).toEqual({
      a: "Nobody wanted a to run.",
      b: "Not today.",
      c: "There is no gone.",
    });
  });

  it("covers later calls of one agent, tool and definition by a sticky yes, and no others", async () => {
    const keys: string[] = [];
    const pay: ListTool = {
      name: "pay",
      asks: true,
      run: (_value, key) => void keys.push(key.split("/").at(-1) ?? ""),
    };
    const batches = [
      batch("a pay"),
      batch("b pay", "c send"),
      batch({ callId: "s", name: "switch_to", arguments: { agent: "helper" } }),
      batch("d pay"),
    ];
    const own = ownOf(pay, { name: "send", asks: true });
    const run = await startList(batches, { own });
    await run.advance();
    await run.approve("a", { always: true });
    await run.advance();
    // The same tool ran unasked; the other one asks.
    expect(keys).toEqual(["a", "b"]);
    expect(run.asked).toEqual(["tool_call c"]);
    await run.reject("c");
    await run.advance();
    // The same tool and definition, asked for by another.
    expect(keys).toEqual(["a", "b"]);
    expect(run.asked).toEqual(["tool_call d"]);
    expect(run.approvalOf("d").agent).toBe("helper");
  });

  it("asks again about a tool whose definition changed since a sticky yes", async () => {
    const own = ownOf({ name: "pay", asks: true });
    const run = await startList([batch("a pay"), batch("b wait"), batch("c pay")], {
      own: { tools: { lister: [...(own.tools["lister"] ?? []), { name: "wait", asks: true }] } },
    });
    await run.advance();
    await run.approve("a", { always: true });
    await run.advance();
    await run.approve("b");
    const changed = takeUp(run.lines, {
      tools: { lister: [{ name: "pay", digest: "2", asks: true }, { name: "wait" }] },
    });
    await changed.advance();
    expect(changed.asked).toContain("tool_call c");
  });

  it("settles what is open once an error stands, and proposes again only when gone on with", async () => {
    const [begun, failed] = [createLatch(), createLatch()];
    const boom: ListTool = {
      name: "boom",
      throws: true,
      async run() {
        await begun.opened;
        throw new Error("No paper");
      },
    };
    const slow: ListTool = {
      name: "slow",
      async run() {
        begun.open();
        await failed.opened;
        return "slow";
      },
    };
    const say: ListTool = { name: "say", run: () => "said" };
    const own: ListOwn = {
      ...ownOf(boom, slow, say, nested("inside", batch("x slow"), batch("y say"))),
      heard: (type) => (type === "approval_requested" ? failed.open() : undefined),
    };
    const run = await startList([batch("a boom", "b inside")], { own });
    expect(await thrownBy(run.advance())).toMatchObject({ message: "No paper" });
    const inside = run.state.frames.get('["b"]');
    // The call that was open has its output; the batch behind it was not proposed.
    expect(outputsOf(inside?.calls ?? new Map())).toEqual({ x: "slow" });
    expect(inside?.data).toMatchObject({ proposed: 1 });
    expect(run.asked).toEqual(["outcome_unknown a"]);
    expect(run.status).toBe("running");

    expect(await run.advance()).toBe(true);
    expect(outputsOf(inside?.calls ?? new Map())).toEqual({ x: "slow", y: "said" });
    expect(run.status).toBe("awaiting_approval");
    await run.reject("a", "It printed nothing.");
    await run.advance();
    expect(outputOf(run)).toEqual({
      a: "It printed nothing.",
      b: JSON.stringify({ x: "slow", y: "said" }),
    });
  });

  it("stops the run when the list itself cannot be read on, until somebody resumes it", async () => {
    let isBroken = true;
    const own: ListOwn = {
      ...ownOf({ name: "say", run: () => "said" }),
      beforeProposing: async ({ data }) => {
        if (isBroken && data.proposed === 1) throw new Error("The list is torn");
      },
    };
    const run = await startList([batch("a say"), batch("b say")], { own });
    expect(await thrownBy(run.advance())).toMatchObject({ message: "The list is torn" });
    expect(run.status).toBe("failed");
    expect(run.state.failure).toMatchObject({ code: "list_stopped", retryable: true });
    isBroken = false;
    await run.advance();
    expect(outputOf(run)).toEqual({ a: "said", b: "said" });
  });

  it("holds the calls of a batch back until somebody agreed to it", async () => {
    const ran: string[] = [];
    const say: ListTool = { name: "say", run: (_value, key) => void ran.push(key) };
    const held: Batch = { ...batch("a say", "b pay"), asks: true };
    const own = ownOf(say, { name: "pay", asks: true });
    const run = await startList([held], { own });
    await run.advance();
    expect(run.asked).toEqual(["budget "]);
    expect(ran).toEqual([]);
    expect(run.status).toBe("awaiting_approval");
    expect(await run.advance()).toBe(false);
    await run.approve();
    expect(run.status).toBe("running");
    await run.advance();
    expect(ran).toHaveLength(1);
    expect(run.asked).toEqual(["tool_call b"]);
  });

  it("fails when nobody agrees to a batch, and runs none of it", async () => {
    const ran: string[] = [];
    const say: ListTool = { name: "say", run: (_value, key) => void ran.push(key) };
    const run = await startList([{ ...batch("a say"), asks: true }], { own: ownOf(say) });
    await run.advance();
    await run.reject();
    expect(run.status).toBe("running");
    expect(await thrownBy(run.advance())).toMatchObject({ message: "The batch was not agreed to" });
    expect(run.status).toBe("failed");
    expect(ran).toEqual([]);
  });

  it("rests only when nothing else is ready or in flight", async () => {
    const told: string[] = [];
    const slow = createLatch();
    const own: ListOwn = {
      ...ownOf(
        { name: "say", run: () => "said" },
        { name: "slow", run: async () => slow.opened },
        { name: "pay", asks: true },
      ),
      tell: async (count) => void told.push(`${count} while ${run.status}`),
      // What is in flight is let go once the other call of the batch is answered.
      heard: (type) => (type === "tool_finished" ? slow.open() : undefined),
    };
    const run = await startList([batch("a say"), batch("b say", "c slow", "d pay")], { own });
    await run.advance();
    // Once for three answers: not after the first batch, and not beside what was in flight.
    expect(told).toEqual(["3 while running"]);
    expect(run.types.at(-1)).toBe("list_told");
    expect(run.status).toBe("awaiting_approval");
    expect(await run.advance()).toBe(false);
  });

  it("goes on from stored lines, with what the claim brings for the list", async () => {
    const own = ownOf({ name: "pay", asks: true, run: () => "paid" });
    const first = await startList([batch("a pay")], { own });
    await first.advance();
    await first.approve("a");
    const second = takeUp(first.lines, own);
    expect(second.status).toBe("running");
    await second.advance({ batches: [batch("b pay")] });
    expect(second.asked).toEqual(["tool_call b"]);
    const third = takeUp(second.lines, own);
    await third.approve("b");
    await third.advance();
    expect(outputOf(third)).toEqual({ a: "paid", b: "paid" });
    expect(third.state.epoch).toBe(3);
  });

  it("is refused, with a sentence, by a reader that does not know it", async () => {
    const run = await startList([batch("a say")], { own: ownOf() });
    expect(() => readStoredLines(run.lines, new Map())).toThrow(
      "Cannot read the run: its driver is not known here. Update holdpoint",
    );
    expect(readStoredLines(run.lines, listFolders)).toHaveLength(1);
  });
});
