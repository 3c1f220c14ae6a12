import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  ElicitRequestSchema,
  ResourceListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";

import { compare, compareCalls, compareTools, openBoth } from "./both-ways.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { createGatewaySite } from "../support/gateway-site.ts";
import { browserPath } from "../support/browser.ts";

function makeFolder(directory: string): string {
  const folder = join(directory, "notes");
  mkdirSync(folder);
  return folder;
}

const memoryFile = (directory: string, side: string) => ({
  MEMORY_FILE_PATH: join(directory, `${side}.jsonl`),
});

describe("what a client sees of a published server, it sees through the gateway", () => {
  it("each tool of server-everything, word for word", async () => {
    expect(await compareTools(await openBoth("everything"))).toContain("get-tiny-image");
  });

  it("each tool of server-filesystem, word for word", async () => {
    const both = await openBoth("filesystem", { args: (directory) => [makeFolder(directory)] });
    expect(await compareTools(both)).toContain("write_file");
  });

  it("each tool of server-memory, word for word", async () => {
    expect(await compareTools(await openBoth("memory"))).toContain("create_entities");
  });

  it("results of every kind of content", async () => {
    await compareCalls(await openBoth("everything"), [
      ["echo", { message: "hello" }],
      ["get-sum", { a: 2, b: 3 }],
      ["get-tiny-image", {}],
      ["get-annotated-message", { messageType: "error", includeImage: true }],
      ["get-structured-content", { location: "New York" }],
      ["get-resource-links", { count: 3 }],
      ["get-resource-reference", { resourceType: "Text", resourceId: 1 }],
      ["get-resource-reference", { resourceType: "Blob", resourceId: 2 }],
      ["echo", {}],
    ]);
  });

  it("resources, templates, prompts and completions", async () => {
    const both = await openBoth("everything");
    const { resources } = await both.direct.listResources();
    const argument = { name: "department", value: "E" };
    const blob = "demo://resource/dynamic/blob/{resourceId}";
    const answers = await compare(both, [
      ["resources/list", {}],
      ["resources/templates/list", {}],
      ["prompts/list", {}],
      ["resources/read", { uri: resources[0]?.uri }],
      ["resources/read", { uri: "demo://resource/dynamic/text/1" }],
      ["resources/read", { uri: "demo://nothing" }],
      ["resources/subscribe", { uri: "demo://resource/dynamic/text/1" }],
      ["resources/unsubscribe", { uri: "demo://resource/dynamic/text/1" }],
      ["prompts/get", { name: "args-prompt", arguments: { city: "Oakland" } }],
      ["prompts/get", { name: "args-prompt", arguments: {} }],
      ["prompts/get", { name: "no-prompt" }],
      [
        "completion/complete",
        { ref: { type: "ref/prompt", name: "completable-prompt" }, argument },
      ],
      [
        "completion/complete",
        { ref: { type: "ref/resource", uri: blob }, argument: { name: "resourceId", value: "1" } },
      ],
    ]);
    expect(answers).toContain("Engineering");
  });

  it("that the list of resources changed, and what is in it then", async () => {
    const told = new Map<Client, number>();
    const both = await openBoth("everything", {
      prepare: (client) =>
        client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
          told.set(client, (told.get(client) ?? 0) + 1);
        }),
    });
    const data = "data:text/plain,hello";
    await compareCalls(both, [
      ["gzip-file-as-resource", { name: "a.gz", data, outputType: "resourceLink" }],
    ]);
    await vi.waitFor(() => expect(told.get(both.gated)).toBeGreaterThan(0), 20_000);
    expect(told.get(both.direct)).toBeGreaterThan(0);
    expect(await compare(both, [["resources/list", {}]])).toContain("a.gz");
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
    const both = await openBoth("filesystem", {
      args(directory) {
        folder = makeFolder(directory);
        writeFileSync(join(folder, "a.txt"), "one\ntwo\n");
        return [folder];
      },
    });
    await compareCalls(both, [
      ["read_text_file", { path: join(folder, "a.txt") }],
      ["list_directory", { path: folder }],
      ["read_text_file", { path: join(folder, "none.txt") }],
      ["write_file", { path: join(folder, "b.txt"), content: "three" }],
      ["edit_file", { path: join(folder, "b.txt"), edits: [{ oldText: "x", newText: "y" }] }],
    ]);
  });

  it("what is remembered", async () => {
    const entity = { name: "Ada", entityType: "person", observations: ["counts"] };
    const answers = await compareCalls(await openBoth("memory", { env: memoryFile }), [
      ["create_entities", { entities: [entity] }],
      ["add_observations", { observations: [{ entityName: "Bob", contents: ["x"] }] }],
      ["search_nodes", { query: "counts" }],
      ["read_graph", {}],
      ["delete_entities", { entityNames: ["Ada"] }],
      ["read_graph", {}],
    ]);
    expect(answers).toContain("Ada");
  });
});

describe("what a server asks of the person once a call has started", () => {
  const capabilities = { elicitation: { form: {} } };
  const content = { name: "Ada", check: true, integer: 7 };

  /** Both clients, and each form that they showed, word for word. */
  async function openAsking(verdict: "allow" | "ask", answer: "accept" | "decline" | "cancel") {
    const forms = new Map<Client, string[]>();
    const both = await openBoth("everything", {
      capabilities,
      verdict,
      prepare(client) {
        forms.set(client, []);
        client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
          forms.get(client)?.push(JSON.stringify(params));
          return answer === "accept" ? { action: answer, content } : { action: answer };
        });
      },
    });
    return { both, forms };
  }

  it.each(["accept", "decline", "cancel"] as const)(
    "is asked through the client, and %s is what it hears",
    async (answer) => {
      const { both, forms } = await openAsking("allow", answer);
      expect(await compareTools(both)).toContain("trigger-elicitation-request");
      await compareCalls(both, [["trigger-elicitation-request", {}]]);
      expect(forms.get(both.gated)).toEqual(forms.get(both.direct));
      expect(forms.get(both.gated)).toHaveLength(1);
    },
  );

  it("is asked only once the call itself was approved", async () => {
    const { both, forms } = await openAsking("ask", "cancel");
    const { gated, site } = both;
    const name = "trigger-elicitation-request";
    const calling = gated.callTool({ name, arguments: {} });
    await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), 20_000);
    // The one about the call itself, which this client puts away.
    await vi.waitFor(() => expect(forms.get(gated)).toHaveLength(1), 20_000);
    expect(forms.get(gated)?.splice(0)).toEqual([expect.stringContaining("wants to run")]);
    await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
    expect(JSON.stringify(await calling)).toContain("cancelled");
    expect(forms.get(gated)).toEqual([expect.stringContaining("Please provide inputs")]);
  });
});

describe.runIf(browserPath !== undefined)("what a client sees of a browser's server", () => {
  const args = (): string[] => {
    const browser = ["--headless", "--isolated", "--no-sandbox"];
    return [...browser, "--executable-path", browserPath ?? ""];
  };
  const url = `data:text/html,<title>One</title><h1>Hello</h1><input aria-label="Name">
    <button onclick="document.title='Two'; console.log('gone on')">Go</button>`;

  it("each tool of @playwright/mcp, word for word", async () => {
    expect(await compareTools(await openBoth("playwright", { args }))).toContain("browser_click");
  });

  it("a page, its picture, and what a click makes of it", async () => {
    const seen = await compareCalls(await openBoth("playwright", { args }), [
      ["browser_navigate", { url }],
      ["browser_snapshot", {}],
      // Before a caret blinks in it.
      ["browser_take_screenshot", {}],
      ["browser_type", { target: "e3", element: "Name", text: "Ada" }],
      ["browser_click", { target: "e4", element: "Go" }],
      ["browser_console_messages", { level: "info" }],
      ["browser_evaluate", { function: "() => document.querySelector('input').value" }],
      ["browser_tabs", { action: "list" }],
      ["browser_navigate", {}],
      ["browser_close", {}],
    ]);
    expect(seen).toMatch(/Hello[^]*"type":"image"[^]*Two[^]*gone on[^]*Ada/);
  }, 120_000);
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
