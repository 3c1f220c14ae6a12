import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it, vi } from "vitest";

import { fickleServer } from "../support/foreign-server.ts";
import {
  collect,
  createGatewaySite,
  effectServer,
  textOf,
  ticketOf,
} from "../support/gateway-site.ts";

const patience = { timeout: 20_000 };

it("calls a tool that two servers have by its server's name, and asks the right one", async () => {
  const site = await createGatewaySite({ mcpServers: {} });
  const server = (name: string) => ({
    command: process.execPath,
    args: [effectServer, join(site.directory, name)],
    trusted: true,
  });
  const policy = [{ verdict: "allow", server: "*" }];
  const mcpServers = { one: server("one.txt"), two: server("two.txt") };
  writeFileSync(site.config, JSON.stringify({ mcpServers, policy }));
  const { client, call } = await site.open();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    ...["one__add", "one__add_typed", "one__lines", "two__add", "two__add_typed", "two__lines"],
    "wait_for_decision",
  ]);
  expect(textOf(await call("two__add", { line: "x" }))).toBe("added x");
  expect(textOf(await call("two__lines"))).toBe("x\n");
  expect(textOf(await call("one__lines"))).toBe("");
});

it("does not run a call whose tool its server took away before the yes, and says so", async () => {
  const site = await createGatewaySite({ mcpServers: {} });
  const stateFile = join(site.directory, "state.json");
  const effects = `${stateFile}.effects`;
  const write = (...names: string[]): void => {
    const tools = names.map((name) => ({ name, description: `The ${name}` }));
    writeFileSync(stateFile, JSON.stringify({ tools, effects }));
  };
  write("act", "other");
  writeFileSync(effects, "");
  const mcpServers = { fickle: fickleServer(stateFile) };
  const approvers = { default: "client" };
  writeFileSync(site.config, JSON.stringify({ mcpServers, approvers }));
  const gateway = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await gateway.call("act", { text: "x" }));
  write("other");
  const listed = async () => (await gateway.client.listTools()).tools.map(({ name }) => name);
  await vi.waitFor(async () => expect(await listed()).not.toContain("act"), patience);
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  const result = await collect(gateway, ticket);
  expect(textOf(result)).toMatch(/no longer has a tool|no tool act/);
  expect(result.isError).toBe(true);
});

it("asks about tools that are new or not what they were, whatever rules allow", async () => {
  const site = await createGatewaySite({ mcpServers: {} });
  const stateFile = join(site.directory, "state.json");
  const effects = `${stateFile}.effects`;
  const write = (tools: Record<string, string>): void => {
    const listed = Object.entries(tools).map(([name, description]) => ({ name, description }));
    writeFileSync(stateFile, JSON.stringify({ tools: listed, effects }));
  };
  write({ same: "The same", changed: "Adds" });
  writeFileSync(effects, "");
  const mcpServers = { fickle: fickleServer(stateFile) };
  const policy = [{ verdict: "allow", server: "fickle" }];
  writeFileSync(site.config, JSON.stringify({ mcpServers, policy }));
  const first = await site.open();
  expect(textOf(await first.call("changed", { text: "x" }))).not.toContain("HELD");
  await first.close();
  write({ same: "The same", changed: "Deletes", added: "Is new" });
  const { call } = await site.open({ hold: 0.2 });
  for (const tool of ["changed", "added"]) {
    expect(textOf(await call(tool, { text: "y" }))).toContain("HELD, not failed");
  }
  expect(textOf(await call("same", { text: "y" }))).not.toContain("HELD");
  const reasons = (await site.pending()).map(({ tool, reason }) => [tool, reason]);
  expect(reasons).toEqual([
    ["changed", expect.stringContaining("The tool is not what was accepted")],
    ["added", expect.stringContaining("The tool is new on this server")],
  ]);
});
