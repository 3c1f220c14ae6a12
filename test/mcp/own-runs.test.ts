import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { createOfflineModel } from "../../src/models/offline.ts";
import type { ApproverLevel } from "../../src/engine/vocabulary.ts";
import type { AnyMcpTool, CallContext, McpDeps } from "../../src/mcp/mcp-tool.ts";
import { approve, reject } from "../../src/mcp/tools/decision-tools.ts";
import { getRun } from "../../src/mcp/tools/run-tools.ts";
import type { Asked } from "../../src/runs/caller.ts";
import { byClient } from "../support/client-view.ts";
import { startPaused, useSite } from "../support/run-services.ts";

const openSite = useSite("memory");

/** As `createPayments`, with room for a text in the arguments. */
function createNotedPayments(): { agent: Agent; paid: number[] } {
  const paid: number[] = [];
  const pay = tool({
    name: "pay",
    description: "Pays an amount.",
    parameters: z.object({ note: z.string().optional(), amount: z.number() }),
    needsApproval: true,
    execute({ amount }) {
      paid.push(amount);
      return "Paid";
    },
  });
  return { agent: new Agent({ name: "A", model: createOfflineModel(), tools: [pay] }), paid };
}

type Answer = Awaited<ReturnType<CallContext["ask"]>>;

/** A run of somebody that waits, looked at through the client `host 2.0.0`. */
async function pause(
  startedBy: Asked,
  {
    approvers = {},
    approver = "client",
    answer,
    input = 'pay {"amount": 5}',
  }: {
    approvers?: McpDeps["approvers"];
    approver?: ApproverLevel;
    answer?: Answer;
    input?: string;
  } = {},
) {
  const { agent, paid } = createNotedPayments();
  const service = await (await openSite()).open([agent], { config: { approver } });
  const paused = await startPaused(service, input, startedBy);
  const deps: McpDeps = { service, approvers, log: { info() {}, warn() {} }, maxWaitSeconds: 50 };
  const asked: string[] = [];
  const context: CallContext = {
    signal: new AbortController().signal,
    client: "host 2.0.0",
    canAsk: answer !== undefined,
    async ask(text) {
      asked.push(text);
      return answer ?? "unsupported";
    },
    progress() {},
  };
  const use = async (tool: AnyMcpTool, given: object = {}) => {
    const result = await tool.call(given, deps, context);
    expect(result.isError, result.content[0]?.text).toBeUndefined();
    return result.structuredContent ?? {};
  };
  const { approvalId: approval_id, action, runId: run_id } = paused;
  return {
    paid,
    asked,
    approve: () => use(approve, { approval_id, action }),
    reject: () => use(reject, { approval_id }),
    look: () => use(getRun, { run_id }),
  };
}

const others: [string, Asked][] = [
  ["another client", byClient("other 2.0.0")],
  ["a terminal", { by: "ada (OS user)", channel: "terminal", level: "person" }],
  ["the page", { by: "ada (OS user)", channel: "inbox", level: "person" }],
  ["a program", {}],
  ["a terminal that calls itself so", { by: "host 2.0.0", channel: "terminal" }],
];

describe("the approve tool, where the client's word is enough", () => {
  it.each(["host 2.0.0", "host 1.9.0-beta"])("lets a run of %s go on", async (client) => {
    const { approve: yes, paid } = await pause(byClient(client));
    expect(await yes()).toMatchObject({ outcome: "approved" });
    expect(paid).toEqual([5]);
  });

  it.each(others)("does not decide what %s asked for, and says where", async (_, startedBy) => {
    const { approve: yes, look, paid, asked } = await pause(startedBy, { answer: "approve" });
    const { next } = await look();
    expect(next).toMatch(/approve does not count for it here/);
    expect(await yes()).toMatchObject({
      outcome: "needs_stronger_approval",
      how_to_approve: expect.stringMatching(/^Another client, a terminal or a program started/),
    });
    expect([paid, asked]).toEqual([[], []]);
  });

  it.each(others)("does where all clients share what %s asks for", async (_, startedBy) => {
    const { approve: yes, paid } = await pause(startedBy, { approvers: { shared: true } });
    expect(await yes()).toMatchObject({ outcome: "approved" });
    expect(paid).toEqual([5]);
  });

  it.each(others)("is no bar to a form that a person answers, of %s", async (_, startedBy) => {
    const options = { approver: "confirm", answer: "approve" } as const;
    const { approve: yes, paid } = await pause(startedBy, options);
    expect(await yes()).toMatchObject({ outcome: "approved" });
    expect(paid).toEqual([5]);
  });
});

it.each(others)("whoever asks may reject what %s asked for", async (_, startedBy) => {
  const { reject: no, paid } = await pause(startedBy, { approver: "person" });
  expect(await no()).toMatchObject({ outcome: "rejected" });
  expect(paid).toEqual([]);
});

describe("arguments of which a part is not in sight", () => {
  /** A danger that stands behind more text than is shown. */
  function hiding(length: number): string {
    return `pay ${JSON.stringify({ note: "x".repeat(length), amount: 999_999 })}`;
  }

  it("are not approved by repeating the action", async () => {
    const {
      approve: yes,
      look,
      paid,
    } = await pause(byClient("host 1.0"), { input: hiding(3_000) });
    const { pending_approvals, next } = await look();
    expect(JSON.stringify(pending_approvals)).toContain(String.raw`\"amount\":999999`);
    expect(next).toContain("approve does not count for it here");
    expect(await yes()).toMatchObject({
      outcome: "needs_stronger_approval",
      how_to_approve: expect.stringContaining("too long to be repeated"),
    });
    expect(paid).toEqual([]);
  });

  it("are approved by a form that shows all of them", async () => {
    const options = { input: hiding(3_000), answer: "approve" } as const;
    const { approve: yes, asked, paid } = await pause(byClient("host 1.0"), options);
    expect(await yes()).toMatchObject({ outcome: "approved" });
    const [text = ""] = asked;
    expect(text).toContain("x".repeat(3_000));
    expect(text.indexOf('"amount":999999')).toBeLessThan(text.indexOf("All of it"));
    expect(paid).toEqual([999_999]);
  });

  it("are not asked about by a form that cannot hold them", async () => {
    const options = { input: hiding(9_000), answer: "approve" } as const;
    const { approve: yes, asked, paid } = await pause(byClient("host 1.0"), options);
    expect(await yes()).toMatchObject({
      outcome: "needs_stronger_approval",
      how_to_approve: expect.stringContaining("too long to be shown completely"),
    });
    expect([asked, paid]).toEqual([[], []]);
  });
});

describe("what the model is told to do", () => {
  it.each<[ApproverLevel, Answer | undefined, RegExp, RegExp]>([
    ["client", undefined, /Then call approve, or call reject/, /terminal|inbox|form/],
    ["confirm", "approve", /call approve, and they are asked by a form/, /terminal|inbox/],
    ["confirm", undefined, /approve does not count for it here/, /call approve/],
    ["person", "approve", /approve does not count for it here/, /call approve/],
  ])("never contradicts the level %s (form: %s)", async (approver, answer, says, saysNot) => {
    const { look } = await pause(byClient("host 1.0"), {
      approver,
      ...(answer === undefined ? {} : { answer }),
    });
    const { next, pending_approvals } = await look();
    expect(next).toMatch(says);
    expect(next).not.toMatch(saysNot);
    const told = JSON.stringify([next, pending_approvals]);
    // Where to decide, and not how.
    expect(told).not.toMatch(/holdpoint (approve|inbox)|--store|--yes/);
  });

  it("has no word of the arguments in it", async () => {
    const { look } = await pause(byClient("host 1.0"), { input: 'pay {"amount": 424242}' });
    expect((await look())["next"]).not.toContain("424242");
  });
});
