import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { afterEach, describe, expect, it } from "vitest";

import { createMcpServer } from "../../src/mcp/server.ts";
import { byClient } from "../support/client-view.ts";
import { createPayments } from "../support/payments.ts";
import { no, startPaused, useSite, yes } from "../support/run-services.ts";

const openSite = useSite("memory");
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function openPaused(input: string) {
  const service = await (await openSite()).open([createPayments().agent]);
  const paused = await startPaused(service, input, byClient("tester 1.0.0"));
  const log = { info: () => {}, warn: () => {} };
  const { server, serve } = createMcpServer({ log }, "1.0.0");
  serve({ service, log, maxWaitSeconds: 50 });
  const client = new Client({ name: "tester", version: "1.0.0" });
  clients.push(client);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError).toBeUndefined();
    return result.structuredContent as Record<string, unknown>;
  };
  return { service, client, call, ...paused };
}

it("a run has the same title in every list", async () => {
  const { client, call, runId } = await openPaused('pay {"amount": 5}\nand be quick');
  const title = 'pay {"amount": 5}';
  expect(await call("get_run", { run_id: runId })).toMatchObject({ title });
  expect(await call("list_runs", {})).toMatchObject({ runs: [{ run_id: runId, title }] });
  const { resources } = await client.listResources();
  expect(resources).toContainEqual(expect.objectContaining({ uri: `run://${runId}`, title }));
  const { content } = await client.callTool({ name: "list_runs", arguments: {} });
  expect(content).toMatchObject([{ text: expect.stringContaining(title) }]);
});

describe("a model that waits for its run", () => {
  it("is answered once somebody decided, and not before", async () => {
    const { service, call, runId, approvalId } = await openPaused('pay {"amount": 5}');
    const answers: string[] = [];
    const waiting = call("get_run", { run_id: runId, wait_seconds: 50 }).then((run) => {
      answers.push("run");
      return run;
    });
    // Whoever asks without waiting is answered meanwhile, so the first call had its chance.
    await call("get_run", { run_id: runId });
    await call("get_run", { run_id: runId });
    expect(answers).toEqual([]);
    await service.decide(approvalId, yes());
    expect(await waiting).toMatchObject({ status: "completed" });
  });

  it("is answered when the time is up", async () => {
    const { call, runId } = await openPaused('pay {"amount": 5}');
    const run = await call("get_run", { run_id: runId, wait_seconds: 0.05 });
    expect(run).toMatchObject({ status: "awaiting_approval", pending_count: 1 });
  });

  it("is told what a run was started for, and why a call was refused", async () => {
    const { service, call, runId, approvalId } = await openPaused(
      'pay {"amount": 5}\nand be quick',
    );
    expect(await call("get_run", { run_id: runId })).toMatchObject({ title: 'pay {"amount": 5}' });
    await service.decide(approvalId, { ...no(), message: "Not before\nMonday" });
    const run = await call("get_run", { run_id: runId, wait_seconds: 50, steps: true });
    expect(run["steps"]).toEqual([
      expect.stringMatching(/"amount":5\}: rejected by .*: Not before\\nMonday$/),
    ]);
  });
});
