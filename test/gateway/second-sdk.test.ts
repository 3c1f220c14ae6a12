import { Client, type CallToolResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { childEnv, commandFile } from "../support/command.ts";
import { fickleServer } from "../support/foreign-server.ts";
import { createGatewaySite, type GatewaySite } from "../support/gateway-site.ts";

type Mode = "legacy" | "auto";

/** A client of the SDK's second version, which asks for the newest protocol first where it may. */
async function connect({ store, config }: GatewaySite, mode: Mode, hold: number) {
  const heard = { changes: 0, forms: 0 };
  const client = new Client(
    { name: "second-sdk", version: "2.0.0" },
    {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode },
      listChanged: { tools: { onChanged: () => void (heard.changes += 1) } },
    },
  );
  client.setRequestHandler("elicitation/create", () => {
    heard.forms += 1;
    return { action: "cancel" };
  });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        ...[commandFile, "gateway", "--config", config, "--store", store],
        ...["--hold", String(hold)],
      ],
      env: childEnv(),
      stderr: "ignore",
    }),
  );
  onTestFinished(() => client.close());
  const call = (name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> =>
    client.callTool({ name, arguments: args });
  return { client, heard, call };
}

function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
}

describe.each<Mode>(["legacy", "auto"])("a client of the SDK's second version (%s)", (mode) => {
  it("reads, is held with a form, and collects, also of a tool that promises a structure", async () => {
    const site = await createGatewaySite();
    const { client, heard, call } = await connect(site, mode, 0.2);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("add_typed");
    expect(textOf(await call("lines"))).toBe("");

    const held = await call("add_typed", { line: "one" });
    expect(textOf(held)).toMatch(/^HELD, not failed: nothing has run yet/);
    await vi.waitFor(() => expect(heard.forms).toBe(1), 20_000);
    await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
    await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), 20_000);
    const ticket = held._meta?.["holdpoint/ticket"];
    const collected = await call("wait_for_decision", { ticket, wait_seconds: 20 });
    expect(collected.structuredContent).toEqual({ count: 1 });
    expect(site.effects()).toEqual(["one"]);
  });

  it("gets what ran unasked, what is denied, and what was rejected, without an exception", async () => {
    const site = await createGatewaySite({
      policy: [
        { verdict: "allow", tool: "add" },
        { verdict: "deny", arguments: { line: { equals: "no" } }, reason: "Not this one" },
      ],
    });
    const { client, call } = await connect(site, mode, 0.2);
    await client.listTools();
    expect(textOf(await call("add", { line: "one" }))).toBe("added one");
    expect(textOf(await call("add_typed", { line: "no" }))).toContain("Not this one");
    await call("add_typed", { line: "two" });
    await site.decide("reject", (await site.pending())[0]?.approvalId ?? "", "--message", "Later");
    const rejected = await call("add_typed", { line: "two" });
    expect(rejected.isError).toBe(true);
    expect(textOf(rejected)).toContain("Later");
    expect(site.effects()).toEqual(["one"]);
  });

  it("hears that a server has another tool, and lists it", async () => {
    const site = await createGatewaySite({ mcpServers: {} });
    const stateFile = join(site.directory, "state.json");
    const write = (...names: string[]): void => {
      const tools = names.map((name) => ({ name, description: `The ${name}` }));
      writeFileSync(stateFile, JSON.stringify({ tools, effects: `${stateFile}.effects` }));
    };
    write("first");
    const mcpServers = { fickle: fickleServer(stateFile) };
    writeFileSync(site.config, JSON.stringify({ mcpServers }));
    const { client, heard } = await connect(site, mode, 0.2);
    const names = async () => (await client.listTools()).tools.map(({ name }) => name);
    await vi.waitFor(async () => expect(await names()).toContain("first"), 20_000);
    const before = heard.changes;
    write("first", "second");
    await vi.waitFor(() => expect(heard.changes).toBeGreaterThan(before), 20_000);
    expect(await names()).toEqual(["first", "second", "wait_for_decision"]);
  });
});
