import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import {
  hasClaudeCode,
  startClaudeCode,
  type ClaudeCode,
  type Model,
} from "../support/claude-code.ts";
import { commandFile, runProgram } from "../support/command.ts";
import { createGatewaySite, type GatewaySite } from "../support/gateway-site.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const add = { name: "mcp__gated__add", input: { line: "one" } };

function gatewayOf({ store, config }: GatewaySite, hold?: number): string[] {
  const patience = hold === undefined ? [] : ["--hold", String(hold)];
  return [commandFile, "gateway", "--config", config, "--store", store, ...patience];
}

/** Claude Code with the gateway as its only server. */
async function startWith(
  site: GatewaySite,
  model: Model,
  { home, hold, args = [] }: { home: string; hold?: number; args?: readonly string[] },
): Promise<ClaudeCode> {
  const file = join(home, "mcp.json");
  const gated = { command: process.execPath, args: gatewayOf(site, hold) };
  await writeFile(file, JSON.stringify({ mcpServers: { gated } }));
  const allowed = ["mcp__gated__add", "mcp__gated__wait_for_decision"].join(",");
  const claude = await startClaudeCode(model, {
    home,
    args: ["--mcp-config", file, "--strict-mcp-config", "--allowedTools", allowed, ...args],
  });
  onTestFinished(() => claude.kill());
  return claude;
}

async function approveOne(site: GatewaySite): Promise<void> {
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), {
    timeout: 60_000,
    interval: 500,
  });
  const [waiting] = await site.pending();
  expect(await site.decide("approve", waiting!.approvalId)).toMatchObject({ exitCode: 0 });
}

describe.runIf(hasClaudeCode)("the real Claude Code", () => {
  it("gets the result of a call that was held, and approved elsewhere", async () => {
    const site = await createGatewaySite();
    const model: Model = (told) => (told.length === 0 ? add : undefined);
    const claude = await startWith(site, model, { home: await tempDirectory() });
    await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), {
      timeout: 60_000,
      interval: 500,
    });
    expect(site.effects()).toEqual([]);
    expect((await site.pending())[0]).toMatchObject({ agent: "claude-code", tool: "add" });
    await approveOne(site);
    await claude.ended;
    expect(claude.told.join()).toContain("added one");
    expect(site.effects()).toEqual(["one"]);
  }, 180_000);

  it("collects a call that was held for longer than it waits", async () => {
    const site = await createGatewaySite();
    const model: Model = (told) => {
      const last = told.at(-1);
      if (last === undefined) return add;
      const ticket = /Its ticket is (\S+?)\. /.exec(last)?.[1];
      if (ticket === undefined) return undefined;
      return { name: "mcp__gated__wait_for_decision", input: { ticket, wait_seconds: 60 } };
    };
    const claude = await startWith(site, model, { home: await tempDirectory(), hold: 2 });
    await vi.waitFor(() => expect(claude.told.join()).toContain("HELD, not failed"), {
      timeout: 60_000,
    });
    await approveOne(site);
    await claude.ended;
    expect(claude.told.at(-1)).toContain("added one");
    expect(site.effects()).toEqual(["one"]);
  }, 180_000);

  it("collects one ticket as often as it likes, before the decision and after", async () => {
    const site = await createGatewaySite();
    let ticket: string | undefined;
    const model: Model = (told) => {
      const last = told.at(-1);
      if (last === undefined) return add;
      ticket ??= /Its ticket is (\S+?)\. /.exec(last)?.[1];
      const collected = told.filter((each) => each.includes("added one"));
      if (collected.length === 7) return undefined;
      return { name: "mcp__gated__wait_for_decision", input: { ticket, wait_seconds: 1 } };
    };
    const claude = await startWith(site, model, { home: await tempDirectory(), hold: 1 });
    await vi.waitFor(() => expect(claude.told.length).toBeGreaterThan(7), { timeout: 60_000 });
    await approveOne(site);
    await claude.ended;
    expect(claude.told.slice(-7).filter((each) => each.includes("added one"))).toHaveLength(7);
    expect(site.effects()).toEqual(["one"]);
  }, 180_000);

  it("is killed while a call is held, and gets its outcome when it is resumed and calls again", async () => {
    const site = await createGatewaySite();
    const home = await tempDirectory();
    const session = randomUUID();
    const model: Model = (told) => (told.length === 0 ? add : undefined);
    const first = await startWith(site, model, { home, args: ["--session-id", session] });
    await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), {
      timeout: 60_000,
      interval: 500,
    });
    first.kill();
    await first.ended;
    const second = await startWith(site, model, { home, args: ["--resume", session] });
    await approveOne(site);
    await second.ended;
    expect(second.told.join()).toContain("added one");
    expect(site.effects()).toEqual(["one"]);
  }, 180_000);
});

it("the MCP Inspector finds nothing to complain about, and calls through the gateway", async () => {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  const inspector = peerFile("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
  // The Inspector takes options of this name for its own.
  const start = join(site.directory, "gateway.mjs");
  const words = JSON.stringify(gatewayOf(site));
  await writeFile(
    start,
    `process.argv = [process.argv[0], ...${words}]; await import(${words}[0]);`,
  );
  const inspect = (...options: string[]) =>
    runProgram(process.execPath, [
      ...[inspector, "--cli", "--format", "json", "-q", ...options],
      ...[process.execPath, start],
    ]);
  const listed = await inspect("--method", "tools/list", "--strict");
  expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
  const { result } = JSON.parse(listed.stdout) as { result: { tools: { name: string }[] } };
  expect(result.tools.map(({ name }) => name)).toContain("add");
  const input = JSON.stringify({ line: "one" });
  const called = await inspect(
    ...["--method", "tools/call", "--tool-name", "add", "--tool-args-json", input],
  );
  expect(called.exitCode).toBe(0);
  expect(JSON.parse(called.stdout)).toMatchObject({
    result: { content: [{ type: "text", text: "added one" }] },
  });
  expect(site.effects()).toEqual(["one"]);
});
