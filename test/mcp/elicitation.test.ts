import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import {
  ElicitRequestSchema,
  type ElicitRequest,
  type ElicitResult,
  type Progress,
} from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import type { ApproverLevel } from "../../src/engine/vocabulary.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { formText } from "../../src/runs/hold/words.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { byClient } from "../support/client-view.ts";
import { createPayments, type Payments } from "../support/payments.ts";
import { startPaused, useSite, waitUntil, yes } from "../support/run-services.ts";

type Answer = (request: ElicitRequest["params"]) => ElicitResult | Promise<ElicitResult>;

describe("approve where the client's word is not enough", () => {
  const openSite = useSite("memory");
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  /** A paused payment behind this level, and a client that answers forms like this, or cannot. */
  async function pause(
    approver: ApproverLevel,
    answer?: Answer,
  ): Promise<{
    service: RunService;
    payments: Payments;
    paused: Awaited<ReturnType<typeof startPaused>>;
    approve(how?: {
      timeout?: number;
      edit?: JsonObject;
      onprogress?: (progress: Progress) => void;
    }): Promise<Record<string, unknown>>;
  }> {
    const payments = createPayments();
    const service = await (
      await openSite()
    ).open([payments.agent], {
      config: { approver },
      clientEdits: true,
    });
    const paused = await startPaused(service, 'pay {"amount": 5}', byClient("tester 1.0"));
    const log = { info: () => {}, warn: () => {} };
    const { server, serve } = createMcpServer({ log }, "1.0.0");
    serve({ service, log, maxWaitSeconds: 50 });
    const capabilities = answer === undefined ? {} : { elicitation: {} };
    const client = new Client({ name: "tester", version: "2.0.0" }, { capabilities });
    if (answer !== undefined) {
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params));
    }
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(ours), client.connect(theirs)]);
    closers.push(() => client.close());
    return {
      service,
      payments,
      paused,
      async approve({ timeout = 60_000, edit, onprogress } = {}) {
        const { approvalId: approval_id, action } = paused;
        const input = { approval_id, action, ...(edit === undefined ? {} : { arguments: edit }) };
        const call = { name: "approve", arguments: input };
        const result = await client.callTool(call, undefined, {
          timeout,
          ...(onprogress === undefined ? {} : { onprogress, resetTimeoutOnProgress: true }),
        });
        return result.structuredContent as Record<string, unknown>;
      },
    };
  }

  it("asks the person, with a text of the server's making and no default", async () => {
    const shown: ElicitRequest["params"][] = [];
    const { approve, payments, service, paused } = await pause("confirm", (request) => {
      shown.push(request);
      return { action: "accept", content: { decision: "approve" } };
    });
    expect(await approve()).toMatchObject({ outcome: "approved", run: { status: "completed" } });
    expect(payments.paid).toEqual([5]);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.message).toContain('pay {"amount":5}');
    expect(shown[0]).toMatchObject({
      requestedSchema: {
        required: ["decision"],
        properties: { decision: { enum: ["approve", "reject"] } },
      },
    });
    expect(JSON.stringify(shown[0])).not.toContain('"default"');
    const entries = await service.journal(paused.runId);
    expect(entries.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({
        type: "approval_decided",
        channel: "elicitation",
        by: "tester 2.0.0",
      }),
    );
  });

  it("takes a no for a rejection", async () => {
    const { approve, payments } = await pause("confirm", () => ({
      action: "accept",
      content: { decision: "reject" },
    }));
    expect(await approve()).toMatchObject({ outcome: "rejected_by_user" });
    expect(payments.paid).toEqual([]);
  });

  it.each<[string, ElicitResult, string]>([
    ["declined", { action: "decline" }, "declined"],
    ["cancelled", { action: "cancel" }, "cancelled"],
    ["accepted without a decision", { action: "accept" }, "invalid"],
  ])("leaves the call waiting when the form was %s", async (_name, result, answer) => {
    const { approve, payments, service, paused } = await pause("confirm", () => result);
    expect(await approve()).toMatchObject({
      outcome: "not_answered",
      answer,
      run: { status: "awaiting_approval" },
    });
    expect(payments.paid).toEqual([]);
    await service.decide(paused.approvalId, yes());
    await waitUntil(service, paused.runId, "completed");
    expect(payments.paid).toEqual([5]);
  });

  it("tells its client every ten seconds that a person is asked, so that it waits for them", async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<ElicitResult>();
    const { approve } = await pause("confirm", () => {
      asked.resolve();
      return answered.promise;
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    try {
      const told: (string | undefined)[] = [];
      const onprogress = ({ message }: Progress): void => void told.push(message);
      const answer = approve({ timeout: 15_000, onprogress });
      await asked.promise;
      for (let times = 0; times < 5; times += 1) await vi.advanceTimersByTimeAsync(10_000);
      expect(told).toEqual(Array(5).fill("a person is asked"));
      answered.resolve({ action: "accept", content: { decision: "approve" } });
      expect(await answer).toMatchObject({ outcome: "approved" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("leaves the call waiting when nobody answers for ten minutes", async () => {
    const asked = Promise.withResolvers<void>();
    const { approve, payments } = await pause("confirm", () => {
      asked.resolve();
      return new Promise(() => {});
    });
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const answer = approve({ timeout: 3_600_000 });
      await asked.promise;
      await vi.advanceTimersByTimeAsync(10 * 60_000 + 1);
      expect(await answer).toMatchObject({ outcome: "not_answered", answer: "timed_out" });
    } finally {
      vi.useRealTimers();
    }
    expect(payments.paid).toEqual([]);
  });

  it("shows the person the arguments that the client would put in place", async () => {
    const shown: string[] = [];
    const { approve, payments } = await pause("confirm", ({ message }) => {
      shown.push(message);
      return { action: "accept", content: { decision: "approve" } };
    });
    const changed = await approve({ edit: { amount: 3 } });
    expect(shown[0]).toMatch(/pay {"amount":5}[\s\S]*instead:\n{"amount":3}/);
    expect(changed).toMatchObject({ outcome: "approved" });
    expect(payments.paid).toEqual([3]);
  });

  it("says what goes out in other words than the agent's", async () => {
    const { service, paused } = await pause("confirm");
    const report = await service.approval(paused.approvalId);
    const rewritten = [{ at: "path", proposed: "a.txt", sent: "/home/ada/notes/a.txt" }];
    expect(formText({ ...report, rewritten })).toContain(
      "Sent as: path: a.txt, that is /home/ada/notes/a.txt",
    );
  });

  it("says where to decide when the client cannot ask", async () => {
    const { approve, payments } = await pause("confirm");
    expect(await approve()).toMatchObject({
      outcome: "needs_stronger_approval",
      answer: "unsupported",
      how_to_approve: expect.stringContaining("this client shows no forms"),
    });
    expect(payments.paid).toEqual([]);
  });

  it("never asks through the client where a person must decide elsewhere", async () => {
    const { approve, payments } = await pause("person", () => {
      throw new Error("The client was asked");
    });
    expect(await approve()).toMatchObject({ outcome: "needs_stronger_approval" });
    expect(payments.paid).toEqual([]);
  });
});
