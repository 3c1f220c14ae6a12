import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it } from "vitest";

import type { RunService } from "../../src/runs/run-service.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite, yes } from "../support/run-services.ts";

describe("what there is beside tools", () => {
  const openSite = useSite("memory");
  const clients: Client[] = [];
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  async function connect(change: Partial<RunService> = {}) {
    const opened = await (await openSite()).open([createPayments().agent]);
    const paused = await startPaused(opened, 'pay {"amount": 5}');
    const service = { ...opened, ...change };
    const said: string[] = [];
    const log = { info: () => {}, warn: (text: string) => void said.push(text) };
    const { server } = createMcpServer({ service, log, maxWaitSeconds: 50 }, "1.0.0");
    const client = new Client({ name: "tester", version: "1.0.0" });
    clients.push(client);
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(ours), client.connect(theirs)]);
    const read = async (uri: string): Promise<unknown> => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse(content !== undefined && "text" in content ? content.text : "null");
    };
    return { client, service, read, said, ...paused };
  }

  it("reads runs, journals, approvals and what is pending", async () => {
    const { client, read, runId, approvalId } = await connect();
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(["approvals://pending", `run://${runId}`]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate).toSorted()).toEqual([
      "approval://{approval_id}",
      "run://{run_id}",
      "run://{run_id}/journal",
      "session://{session_id}",
    ]);
    expect(await read("approvals://pending")).toMatchObject({
      count: 1,
      approvals: [{ approval_id: approvalId }],
    });
    expect(await read(`run://${runId}`)).toMatchObject({ status: "awaiting_approval" });
    expect(await read(`run://${runId}/journal`)).toMatchObject([
      { type: "run_started" },
      {},
      {},
      {},
      {},
    ]);
    expect(await read(`approval://${approvalId}`)).toMatchObject({ arguments: '{"amount":5}' });
  });

  it("says that there is no such thing, and nothing else", async () => {
    const { read } = await connect();
    await expect(read("run://run_unknown")).rejects.toThrow("There is no run run_unknown");
    await expect(read("file:///etc/passwd")).rejects.toThrow("There is no such resource");
  });

  it("tells an error that nobody foresaw without its text", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("postgres://ada:secret@db"));
    const { client, read, said } = await connect({
      list: broken,
      listTitled: broken,
      pending: broken,
    });
    const failures = await Promise.allSettled([
      client.listResources(),
      read("approvals://pending"),
      client.subscribeResource({ uri: "approvals://pending" }),
      client.complete({
        ref: { type: "ref/resource", uri: "run://{run_id}" },
        argument: { name: "run_id", value: "" },
      }),
    ]);
    const told = failures.map((each) => (each.status === "rejected" ? String(each.reason) : ""));
    for (const text of told) {
      expect(text).toMatch(/INTERNAL: .*reference \w+/);
      expect(text).not.toContain("secret");
    }
    expect(said).toHaveLength(4);
  });

  it("tells subscribers when something changed", async () => {
    const { client, service, approvalId } = await connect();
    const updated = new Promise<string>((resolve) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) =>
        resolve(params.uri),
      );
    });
    await client.subscribeResource({ uri: "approvals://pending" });
    await service.decide(approvalId, yes());
    expect(await updated).toBe("approvals://pending");
  });

  it("offers prompts and completes their arguments", async () => {
    const { client, runId } = await connect();
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["review_approvals", "delegate_task"]);
    const { messages } = await client.getPrompt({
      name: "delegate_task",
      arguments: { agent: "Payments", task: "Pay 5" },
    });
    expect(JSON.stringify(messages)).toContain("Pay 5");
    const agents = await client.complete({
      ref: { type: "ref/prompt", name: "delegate_task" },
      argument: { name: "agent", value: "Pay" },
    });
    expect(agents.completion.values).toEqual(["Payments"]);
    const runs = await client.complete({
      ref: { type: "ref/resource", uri: "run://{run_id}" },
      argument: { name: "run_id", value: "run_" },
    });
    expect(runs.completion.values).toEqual([runId]);
    await expect(client.getPrompt({ name: "nothing" })).rejects.toThrow("Unknown prompt");
  });
});
