import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { afterEach, expect, it } from "vitest";

import { createMcpServer } from "../../src/mcp/server.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { byClient } from "../support/client-view.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite } from "../support/run-services.ts";

const openSite = useSite("memory");
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** Notes who the verbs are told is asking. */
function noting(service: RunService, told: [verb: string, asked: unknown][]): RunService {
  const verbs = ["start", "get", "wait", "listTitled", "pending", "approval", "decide"] as const;
  const noted = Object.fromEntries(
    [...verbs, "resume" as const, "cancel" as const].map((verb) => {
      const call = service[verb] as (...args: unknown[]) => unknown;
      const note = (...args: unknown[]): unknown => {
        told.push([verb, args.at(-1)]);
        return call(...args);
      };
      return [verb, note];
    }),
  );
  return { ...service, ...noted };
}

it("every tool says which client asks, and what a call of it proves", async () => {
  const opened = await (await openSite()).open([createPayments().agent]);
  const first = await startPaused(opened, 'pay {"amount": 1}', byClient("tester 6.0.0"));
  const second = await startPaused(opened, 'pay {"amount": 2}', byClient("tester 6.0.0"));
  const told: [string, unknown][] = [];
  const log = { info: () => {}, warn: () => {} };
  const deps = { service: noting(opened, told), log, maxWaitSeconds: 50 };
  const { server, serve } = createMcpServer(deps, "1.0.0");
  serve(deps);
  const client = new Client({ name: "tester", version: "7.0.0" });
  clients.push(client);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  const calls = [
    ["run_agent", { input: "hello" }],
    ["get_run", { run_id: first.runId }],
    ["list_runs", {}],
    ["list_pending_approvals", {}],
    ["list_pending_approvals", { approval_id: first.approvalId }],
    ["resume_run", { run_id: first.runId, wait_seconds: 0 }],
    ["approve", { approval_id: first.approvalId, action: first.action }],
    ["reject", { approval_id: second.approvalId }],
    ["cancel_run", { run_id: second.runId }],
  ] as const;
  for (const [name, args] of calls) {
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError).toBeUndefined();
  }
  expect(new Set(told.map(([verb]) => verb)).size).toBe(9);
  for (const [verb, asked] of told) {
    const caller = { by: expect.stringContaining("tester"), channel: "mcp", level: "client" };
    expect([verb, asked]).toEqual([verb, expect.objectContaining(caller)]);
  }
});
