import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, onTestFinished } from "vitest";

import type { Starter } from "../../src/engine/starter.ts";
import type { GatewayOwn } from "../../src/gateway/driver.ts";
import { gatewayFolders } from "../../src/gateway/folder.ts";
import { createGatewaySource } from "../../src/gateway/gateway-source.ts";
import type { Served } from "../../src/gateway/served-tool.ts";
import { createRunId } from "../../src/lib/ids.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { createPayments } from "../support/payments.ts";
import {
  no,
  startPaused,
  useSite,
  waitFor,
  waitUntil,
  yes,
  yesTyping,
} from "../support/run-services.ts";

const openSite = useSite("memory");

const first = { instance: "first", pid: 41, host: "desk" };

/** A call that a process began and left; another that knows so much of that process asks. */
async function leaveAtWork(alive: () => boolean | "unknown") {
  const site = await openSite();
  const as = (process: Starter["process"]) => ({
    wrap: (store: RunStore): RunStore => ({ ...store, starter: { process, isAlive: alive } }),
  });
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const stuck = createPayments({
    before: async () => {
      begin();
      await new Promise(() => {});
    },
  });
  const service = await site.open([stuck.agent], as(first));
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.decide(approvalId, yes());
  await begun;
  await service.close();
  const { agent, paid } = createPayments();
  const next = await site.open([agent], as({ ...first, instance: "second", pid: 42 }));
  next.recover();
  const { approvals } = await waitUntil(next, runId, "awaiting_approval");
  return { service: next, runId, paid, asked: approvals[0]! };
}

const definition = {
  name: "write",
  description: "Writes",
  parameters: { type: "object" },
  annotations: {},
  listed: { name: "write" },
} as unknown as Served["definition"];

/** A tool of a server that gateways offer on; `call` is its body. */
function serve(call: () => Promise<CallToolResult>): GatewayOwn {
  const connection = {
    name: "files",
    spec: {},
    tools: [definition],
    start: async () => undefined,
    redact: (text: string) => text,
    call,
  } as unknown as Served["connection"];
  const policy: Served["policy"] = {
    prepare: (_tool, args) => ({ sent: args, changed: [] }),
    judge: async () => ({ verdict: "allow", rule: "policy[0]" }),
    judgeRead: () => ({ verdict: "allow", rule: "trusted, read-only" }),
    outlook: () => "never",
  };
  const drift = { accept: () => undefined } as unknown as Served["drift"];
  const alone = { sibling: () => undefined, siblings: () => [], tellProgress: () => {} };
  const parts = { connection, definition, policy, drift, drifted: undefined, ...alone };
  const served = { ...parts, isRead: false };
  return {
    served: () => served,
    settle: async () => undefined,
    whyMissing: () => "it is gone",
    waiting: () => undefined,
    levelOf: () => "client",
    approvalSeconds: undefined,
    questions: { find: () => undefined, calling: () => () => undefined, isAsking: () => false },
  };
}

it("a call of a gateway that a living process began is not run again, and then it is", async () => {
  let alive = true;
  let ran = 0;
  const store = createMemoryRunStore();
  const open = (process: Starter["process"], own: GatewayOwn) => {
    const service = createRunService({
      store: { ...store, close: async () => undefined, starter: { process, isAlive: () => alive } },
      registry: createAgentRegistry([], {}),
      log: { info: () => undefined, warn: () => undefined },
      folders: new Map(gatewayFolders),
      drivers: [createGatewaySource("gateway:test", own)],
    });
    onTestFinished(() => service.close());
    return service;
  };
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const stuck = open(
    first,
    serve(async () => {
      begin();
      return new Promise(() => {});
    }),
  );
  const runId = createRunId();
  const start = { server: "files", tool: "write" };
  const source = "gateway:test";
  await stuck.begin({
    runId,
    drafts: [
      { type: "run_started", format: 2, runId, driver: "gateway", agent: "codex", source, start },
      { type: "call_proposed", callId: "1", name: "write", arguments: "{}", kind: "tool" },
    ],
  });
  await begun;
  await stuck.close();
  const next = open(
    { ...first, instance: "second", pid: 42 },
    serve(async () => {
      ran += 1;
      return { content: [] };
    }),
  );
  next.recover();
  const { approvals } = await waitUntil(next, runId, "awaiting_approval");
  const [asked] = approvals;
  expect(asked).toMatchObject({
    kind: "outcome_unknown",
    reason: expect.stringContaining("process is still there (pid 41 on desk"),
  });
  const approvalId = asked!.approvalId;
  await expect(next.decide(approvalId, yes())).rejects.toMatchObject({ code: "not_allowed" });
  expect(ran).toBe(0);
  alive = false;
  await next.decide(approvalId, yesTyping(asked));
  await waitFor(next, runId, "completed");
  expect(ran).toBe(1);
});

describe("a call that somebody else began", () => {
  it("is not run again while their process lives, and then it is", async () => {
    let alive = true;
    const { service, runId, paid, asked } = await leaveAtWork(() => alive);
    expect(asked).toMatchObject({
      kind: "outcome_unknown",
      reason: expect.stringMatching(
        /process is still there \(pid 41 on desk, at it since \S+\).*End that process, then running it again is offered/,
      ),
    });
    await expect(service.decide(asked.approvalId, yes())).rejects.toMatchObject({
      code: "not_allowed",
      message: expect.stringMatching(/pid 41 on desk.*End that process and approve then/),
    });
    expect(paid).toEqual([]);
    alive = false;
    await service.decide(asked.approvalId, yesTyping(asked));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("goes on with what somebody says came of it, also where their process hangs", async () => {
    const { service, runId, paid, asked } = await leaveAtWork(() => true);
    await service.decide(asked.approvalId, no({ message: "The bank has it." }));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([]);
  });

  it.each([
    ["unknown", "was last seen on desk (pid 41): look there"],
    [false, "is gone (pid 41 on desk)"],
  ] as const)("says what is known where they live: %s", async (alive, words) => {
    const { service, runId, paid, asked } = await leaveAtWork(() => alive);
    expect(asked.reason).toContain(words);
    await service.decide(asked.approvalId, yesTyping(asked));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });
});
