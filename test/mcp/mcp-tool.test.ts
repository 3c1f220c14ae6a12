import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { afterEach, expect, it } from "vitest";

import { createMcpServer } from "../../src/mcp/server.ts";
import { byClient } from "../support/client-view.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite } from "../support/run-services.ts";

const openSite = useSite("memory");
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function openPaused() {
  const service = await (await openSite()).open([createPayments().agent]);
  const paused = await startPaused(service, 'pay {"amount": 1}', byClient("tester 1.0.0"));
  const log = { info: () => {}, warn: () => {} };
  const { server, serve } = createMcpServer({ log }, "1.0.0");
  serve({ service, log, maxWaitSeconds: 50 });
  const client = new Client({ name: "tester", version: "1.0.0" });
  clients.push(client);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  return { paused, service, client };
}

it("what a model reads of the tools is at most 10,000 bytes", async () => {
  const { client } = await openPaused();
  const { tools } = await client.listTools();
  expect(tools).toHaveLength(9);
  expect(Buffer.byteLength(JSON.stringify({ tools }))).toBeLessThanOrEqual(10_000);
  for (const { name, title, description, outputSchema, annotations } of tools) {
    expect([name, title, description, outputSchema?.type, annotations?.readOnlyHint]).toEqual([
      name,
      expect.any(String),
      expect.stringMatching(/\.$/),
      "object",
      expect.any(Boolean),
    ]);
  }
});

it("an argument that a tool does not know is ignored, and the answer says so", async () => {
  const { client, paused } = await openPaused();
  const args = { run_id: paused.runId, wait_second: 0, "a\u202Eb": 1 };
  const answer = await client.callTool({ name: "get_run", arguments: args });
  expect(answer.isError).toBeUndefined();
  expect(answer.structuredContent).toMatchObject({
    run_id: paused.runId,
    ignored_arguments: ["wait_second", String.raw`a\u{202e}b`],
  });
  expect(answer.content).toMatchObject([
    {
      text: expect.stringMatching(/^Ignored: "wait_second" is no argument \(wait_seconds\?\), /),
    },
  ]);
});

it.each(["approve", "reject"])("%s refuses one, and decides nothing", async (name) => {
  const { client, paused, service } = await openPaused();
  const known = name === "approve" ? { action: paused.action } : {};
  const args = { approval_id: paused.approvalId, ...known, mesage: "only if it is small" };
  const answer = await client.callTool({ name, arguments: args });
  const expected = `INVALID_INPUT: "mesage" is no argument${name === "reject" ? " (message?)" : ""}. Nothing was decided: leave out what this tool does not know`;
  expect(answer).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining(expected) }],
  });
  expect((await service.get(paused.runId)).status).toBe("awaiting_approval");
});
