import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
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
    const { server, serve } = createMcpServer({ log }, "1.0.0");
    serve({ service, log, maxWaitSeconds: 50 });
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

  it("lists runs page by page, and says which of what waits is left out", async () => {
    const { client, service, read } = await connect();
    await Promise.all(Array.from({ length: 60 }, () => startPaused(service, 'pay {"amount": 5}')));
    const first = await client.listResources();
    const second = await client.listResources({ cursor: first.nextCursor ?? "" });
    expect(second.nextCursor).toBeUndefined();
    const uris = [...first.resources, ...second.resources].map(({ uri }) => uri);
    expect([uris.length, new Set(uris).size]).toEqual([62, 62]);
    expect(await read("approvals://pending")).toMatchObject({
      count: 61,
      approvals: { length: 50 },
      note: "These are the oldest 50; list_pending_approvals lists the others.",
    });
  });

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

  it.each([
    ["both", {}, "agent and task"],
    ["one", { agent: "Payments" }, "task"],
    ["an empty one", { agent: "Payments", task: " " }, "task"],
  ])("refuses a prompt that lacks required arguments: %s", async (_name, given, missing) => {
    const { client } = await connect();
    await expect(
      client.getPrompt({ name: "delegate_task", arguments: given }),
    ).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining(`delegate_task needs ${missing}`) as string,
    });
  });

  it("completes what it is asked about, and not what is only called the same", async () => {
    const { client } = await connect();
    const values = async (ref: Parameters<Client["complete"]>[0]["ref"], name: string) =>
      (await client.complete({ ref, argument: { name, value: "" } })).completion.values;
    const task = { type: "ref/prompt", name: "delegate_task" } as const;
    const run = { type: "ref/resource", uri: "run://{run_id}" } as const;
    expect(await values(task, "run_id")).toEqual([]);
    expect(await values({ type: "ref/prompt", name: "review_approvals" }, "agent")).toEqual([]);
    expect(await values(run, "agent")).toEqual([]);
    expect(await values(run, "run_id")).toHaveLength(1);
    const unknown = [
      { ...task, name: "other" },
      { ...run, uri: "file://{run_id}" },
    ] as const;
    for (const ref of unknown) await expect(values(ref, "run_id")).rejects.toThrow("Unknown");
  });

  it("reads again only what a change may be about, and nothing once nobody listens", async () => {
    let listener: ((runId?: RunId) => void) | undefined;
    const reads: string[] = [];
    const onChange: RunService["onChange"] = (given) => {
      listener = given;
      return () => (listener = undefined);
    };
    const { client, service, runId } = await connect({ onChange });
    const { get } = service;
    service.get = async (of) => {
      reads.push(of);
      return get(of);
    };
    const { runId: other } = await startPaused(service, 'pay {"amount": 6}');
    expect(listener).toBeUndefined();
    await client.subscribeResource({ uri: `run://${runId}` });
    await client.subscribeResource({ uri: `run://${other}` });
    reads.length = 0;
    // A burst is looked at once, and what it says nothing of is not looked at.
    for (let times = 0; times < 5; times += 1) listener?.(other);
    await client.ping();
    await expect.poll(() => reads.length).toBeGreaterThan(0);
    await client.ping();
    expect(new Set(reads)).toEqual(new Set([other]));
    expect(reads.length).toBeLessThan(5);
    await client.unsubscribeResource({ uri: `run://${runId}` });
    await client.unsubscribeResource({ uri: `run://${other}` });
    expect(listener).toBeUndefined();
    await client.subscribeResource({ uri: `run://${other}` });
    expect(listener).toBeDefined();
    await client.close();
    await expect.poll(() => listener).toBeUndefined();
  });

  it("takes no more than a hundred subscriptions of a client", async () => {
    const { client, service } = await connect();
    service.journal = async () => [];
    for (let number = 0; number < 100; number += 1) {
      await client.subscribeResource({ uri: `run://r${number}/journal` });
    }
    const over = client.subscribeResource({ uri: "run://r100/journal" });
    await expect(over).rejects.toThrow("No more than 100");
    await client.subscribeResource({ uri: "run://r1/journal" });
    await client.unsubscribeResource({ uri: "run://r1/journal" });
    await client.subscribeResource({ uri: "run://r100/journal" });
  });
});
