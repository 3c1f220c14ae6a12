import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { childEnv } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { createGatewaySite } from "../support/gateway-site.ts";

type Name = Parameters<typeof foreignServer>[0];

/** A client at a published server, and one at a gateway that has only this server. */
async function openBoth(name: Name, args: (directory: string) => string[] = () => []) {
  const site = await createGatewaySite({
    mcpServers: {},
    policy: [{ verdict: "allow", server: name }],
  });
  const { command, args: start, env } = foreignServer(name, args(site.directory));
  const config = {
    mcpServers: { [name]: { command, args: start, env } },
    policy: [{ verdict: "allow", server: name }],
  };
  writeFileSync(site.config, JSON.stringify(config));
  const direct = new Client({ name: "test-client", version: "1.0.0" });
  await direct.connect(
    new StdioClientTransport({
      command,
      args: start,
      env: { ...childEnv(), ...env },
      stderr: "ignore",
    }),
  );
  onTestFinished(() => direct.close());
  const { client: gated } = await site.open();
  return { direct, gated };
}

/** No server is given the folder that has the store. */
function makeFolder(directory: string): string {
  const folder = join(directory, "notes");
  mkdirSync(folder);
  return folder;
}

const own = new Set(["wait_for_decision", "holdpoint_status"]);

async function toolsOf(client: Client) {
  const { tools } = await client.listTools();
  return tools.filter(({ name }) => !own.has(name));
}

describe("what a client sees of a published server, it sees through the gateway", () => {
  it.each<[Name, (directory: string) => string[]]>([
    ["everything", () => []],
    ["filesystem", (directory) => [makeFolder(directory)]],
    ["memory", () => []],
  ])("each tool of %s, word for word", async (name, args) => {
    const { direct, gated } = await openBoth(name, args);
    const tools = await toolsOf(direct);
    // Who needs tasks cannot be called by a client that has none.
    const callable = tools.filter(({ execution }) => execution?.taskSupport !== "required");
    expect(callable.length).toBeGreaterThan(5);
    // A server that takes long to come up is listed once it is there.
    await vi.waitFor(async () => expect(await toolsOf(gated)).toEqual(callable), 20_000);
  });

  it("results of every kind of content", async () => {
    const { direct, gated } = await openBoth("everything");
    const calls: [string, Record<string, unknown>][] = [
      ["echo", { message: "hello" }],
      ["get-sum", { a: 2, b: 3 }],
      ["get-tiny-image", {}],
      ["get-annotated-message", { messageType: "error", includeImage: true }],
      ["get-structured-content", { location: "New York" }],
      ["get-resource-links", { count: 3 }],
      ["get-resource-reference", { resourceType: "Text", resourceId: 1 }],
      ["echo", {}],
    ];
    const plain = (result: unknown): unknown =>
      JSON.parse(JSON.stringify(result).replaceAll(/\d{1,2}:\d\d:\d\d [AP]M/g, "TIME"));
    for (const [name, args] of calls) {
      const expected = await direct.callTool({ name, arguments: args });
      const actual = await gated.callTool({ name, arguments: args });
      expect(plain(actual), name).toEqual(plain(expected));
    }
  });

  it("resources, templates, prompts and completions", async () => {
    const { direct, gated } = await openBoth("everything");
    expect(await gated.listResources()).toEqual(await direct.listResources());
    expect(await gated.listResourceTemplates()).toEqual(await direct.listResourceTemplates());
    expect(await gated.listPrompts()).toEqual(await direct.listPrompts());
    const { resources } = await direct.listResources();
    const uri = resources[0]?.uri ?? "";
    expect(await gated.readResource({ uri })).toEqual(await direct.readResource({ uri }));
    const prompt = { name: "args-prompt", arguments: { city: "Oakland" } };
    expect(await gated.getPrompt(prompt)).toEqual(await direct.getPrompt(prompt));
    const completion = {
      ref: { type: "ref/prompt" as const, name: "completable-prompt" },
      argument: { name: "department", value: "E" },
    };
    expect(await gated.complete(completion)).toEqual(await direct.complete(completion));
  });

  it("progress of a long call", async () => {
    const { direct, gated } = await openBoth("everything");
    const progressOf = async (client: Client): Promise<unknown[]> => {
      const heard: unknown[] = [];
      await client.callTool(
        { name: "trigger-long-running-operation", arguments: { duration: 0.4, steps: 4 } },
        undefined,
        { onprogress: (progress) => heard.push(progress) },
      );
      return heard;
    };
    const expected = await progressOf(direct);
    // The last one crosses the result, and a client may miss it.
    const heard = await progressOf(gated);
    const least = Math.min(heard.length, expected.length);
    expect(least).toBeGreaterThan(1);
    expect(heard.slice(0, least)).toEqual(expected.slice(0, least));
  });

  it("files as they are", async () => {
    let folder = "";
    const { direct, gated } = await openBoth("filesystem", (directory) => {
      folder = makeFolder(directory);
      writeFileSync(join(folder, "a.txt"), "one\ntwo\n");
      return [folder];
    });
    const calls: [string, Record<string, unknown>][] = [
      ["read_text_file", { path: join(folder, "a.txt") }],
      ["list_directory", { path: folder }],
      ["read_text_file", { path: join(folder, "none.txt") }],
    ];
    for (const [name, args] of calls) {
      const expected = await direct.callTool({ name, arguments: args });
      expect(await gated.callTool({ name, arguments: args }), name).toEqual(expected);
    }
  });
});

it("a server that a rule denies answers no reading either", async () => {
  const { command, args, env } = foreignServer("everything", []);
  const site = await createGatewaySite({
    mcpServers: {},
    more: { everything: { command, args, env } },
    policy: [{ verdict: "deny", server: "everything", reason: "not for agents" }],
  });
  const { client } = await site.open();
  const { resources } = await client.listResources();
  const uri = resources[0]?.uri ?? "";
  const denied = 'A rule denies resources/read of server "everything": not for agents';
  await expect(client.readResource({ uri })).rejects.toThrow(denied);
  await expect(client.subscribeResource({ uri })).rejects.toThrow("denies resources/subscribe");
  await expect(client.getPrompt({ name: "simple-prompt" })).rejects.toThrow("denies prompts/get");
});
