import { createServer, type RequestListener } from "node:http";

import { OpenAIConversationsSession as SdkSession, type OpenAIProvider } from "@openai/agents";
import { OpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import type { AgentInputItem } from "../../src/agents/items.ts";
import type { Model } from "../../src/agents/model.ts";
import type { Session } from "../../src/agents/session.ts";
import { defaultOpenAiOptions, setDefaultOpenAiOptions } from "../../src/openai/client.ts";
import { call, message, reasoning } from "../../src/models/scripted.ts";
import { OpenAIConversationsSession } from "../../src/sessions/openai-conversations.ts";
import { original, ours, type Library } from "../parity/libraries.ts";
import { ourModel, sdkModel, wireCall, wireMessage } from "../support/server-history.ts";
import { says, saysAll } from "../contracts/session-contract.ts";
import {
  startOpenAiStandIn,
  type OpenAiStandIn,
  type RecordedRequest,
} from "../support/openai-stand-in.ts";

let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

const servers: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await standIn.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function open(conversationId?: string): OpenAIConversationsSession {
  return new OpenAIConversationsSession({
    apiKey: "sk-test",
    baseUrl: standIn.url,
    ...(conversationId === undefined ? {} : { conversationId }),
  });
}

function openSdk(conversationId?: string): Session {
  type SdkClient = NonNullable<ConstructorParameters<typeof OpenAIProvider>[0]>["openAIClient"];
  const client = new OpenAI({ apiKey: "sk-test", baseURL: standIn.url, maxRetries: 0 });
  const session = new SdkSession({
    client: client as unknown as NonNullable<SdkClient>,
    ...(conversationId === undefined ? {} : { conversationId }),
  });
  return session as unknown as Session;
}

/** What was asked, in short: method and path with its query. */
function asked(requests: readonly RecordedRequest[]): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

function bodiesOf(requests: readonly RecordedRequest[]): unknown[] {
  return requests.filter(({ method }) => method === "POST").map(({ body }) => body);
}

const everyKind = [
  says("hi"),
  { role: "system", content: "Be brief." },
  {
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: "what is it?" },
      { type: "input_image", image: "https://example.com/a.png" },
      { type: "input_image", image: { id: "file_1" } },
      { type: "input_file", file: { id: "file_2" }, filename: "a.pdf" },
    ],
  },
  { ...reasoning("rs_1"), providerData: { encrypted_content: "abc" } },
  message("yo", "msg_9"),
  call("look", { a: 1 }, "c1"),
  {
    type: "function_call_result",
    name: "look",
    callId: "c1",
    status: "completed",
    output: { type: "text", text: "seen" },
  },
  {
    type: "function_call_result",
    name: "look",
    callId: "c2",
    status: "completed",
    output: [{ type: "input_text", text: "seen" }],
  },
  {
    type: "hosted_tool_call",
    id: "ws_1",
    name: "web_search_call",
    status: "completed",
    providerData: { type: "web_search_call", action: { type: "search", query: "q" } },
  },
  {
    type: "hosted_tool_call",
    id: "mcp_1",
    name: "mcp_call",
    status: "completed",
    output: "o",
    providerData: { id: "mcp_1", type: "mcp_call", name: "x", arguments: "{}", server_label: "s" },
  },
  { type: "compaction", id: "cmp_1", encrypted_content: "xyz" },
  { type: "unknown", id: "u_1", providerData: { type: "a_new_one", nested: { deep: [1] } } },
] as AgentInputItem[];

describe("compared with the session of the OpenAI Agents SDK", () => {
  it("sends the same items", async () => {
    const [ours, theirs] = [open(), openSdk()];
    await ours.addItems(everyKind);
    const our = bodiesOf(standIn.requests.splice(0));
    await theirs.addItems(everyKind);
    expect(our).toEqual(bodiesOf(standIn.requests));
  });

  it("reads the same items", async () => {
    const theirs = openSdk();
    await theirs.addItems(everyKind);
    const ours = open(await theirs.getSessionId());
    expect(await ours.getItems()).toEqual(await theirs.getItems());
    expect(await ours.getItems(3)).toEqual(await theirs.getItems(3));
    expect(await ours.getItems(0)).toEqual(await theirs.getItems(0));
  });

  it("gives models the same items", async () => {
    const theirs = openSdk();
    await theirs.addItems(everyKind);
    const ours = open(await theirs.getSessionId());
    const forModels = async (session: Session): Promise<unknown[]> =>
      (await session.getItems()).map((item) => session.prepareHistoryItemForModelInput?.(item));
    const withoutEmpty = (items: unknown[]): unknown =>
      JSON.parse(JSON.stringify(items).replaceAll(',"providerData":{}', ""));
    expect(withoutEmpty(await forModels(ours))).toEqual(withoutEmpty(await forModels(theirs)));
  });

  it("takes items out, and ends conversations, in the same way", async () => {
    const drive = async (session: Session): Promise<unknown> => {
      await session.addItems(saysAll(3));
      const popped = await session.popItem();
      const left = await session.getItems();
      const before = await session.getSessionId();
      await session.clearSession();
      const after = await session.getSessionId();
      const texts = [popped, ...left].map((item) => item && "content" in item && item.content);
      return { texts, isNew: before !== after, empty: await session.getItems() };
    };
    const ours = await drive(open());
    const deletions = asked(standIn.requests.splice(0)).filter((each) => each.startsWith("DELETE"));
    expect(deletions).toEqual([
      "DELETE /v1/conversations/conv_1/items/msg_3",
      "DELETE /v1/conversations/conv_1",
    ]);
    expect(ours).toEqual(await drive(openSdk()));
  });
});

/** A pause, a decision and one more message, on either library; what the service was asked. */
async function converse(
  lib: Library,
  { model, session }: { model: Model; session: Session },
): Promise<unknown> {
  const before = standIn.requests.length;
  const call = wireCall("c1", "look", { a: "b" });
  const thought = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "abc" };
  standIn.reply(
    { output: [thought, call] },
    { output: [wireMessage("Seen.")] },
    { output: [wireMessage("Bye.")] },
  );
  const look = lib.tool({
    name: "look",
    description: "Looks.",
    parameters: z.object({ a: z.string() }),
    needsApproval: true,
    execute: async ({ a }) => `saw ${a}`,
  });
  const agent = new lib.Agent({ name: "clerk", model, tools: [look] });
  let result = await lib.run(agent, "Look!", { session });
  const state = await lib.RunState.fromString(agent, result.state.toString());
  for (const item of state.getInterruptions()) state.approve(item);
  result = await lib.run(agent, state, { session });
  expect(result.finalOutput).toBe("Seen.");
  await lib.run(agent, "Thanks.", { session });
  const requests = standIn.requests.slice(before).filter(({ method }) => method === "POST");
  // Each conversation gives ids of its own.
  const ids = /"(conv|msg|fc|fco)_\d+"/g;
  const told = requests.map(({ path, body }) => ({
    path: path.replaceAll(/conv_\d+/g, "c"),
    body,
  }));
  return JSON.parse(JSON.stringify(told).replaceAll(ids, '"an id"'));
}

describe("a run in it", () => {
  it("asks the service for the same as one of the OpenAI Agents SDK", async () => {
    const theirs = await converse(original, { model: sdkModel(standIn), session: openSdk() });
    const our = await converse(ours, { model: ourModel(standIn), session: open() });
    expect(our).toEqual(theirs);
    expect(our).toHaveLength(8);
  });

  it("works with a session of the SDK as well, in the same way", async () => {
    const our = await converse(ours, { model: ourModel(standIn), session: open() });
    const mixed = await converse(ours, { model: ourModel(standIn), session: openSdk() });
    expect(mixed).toEqual(our);
  });
});

describe("OpenAI conversations session", () => {
  it("makes its conversation when it is needed, once", async () => {
    const session = open();
    expect(session.sessionId).toBeUndefined();
    expect(await session.getItems()).toEqual([]);
    expect(await session.popItem()).toBeUndefined();
    await session.clearSession();
    expect(standIn.requests).toEqual([]);
    const ids = await Promise.all([session.getSessionId(), session.getSessionId()]);
    await session.addItems(saysAll(1));
    expect(ids).toEqual(["conv_1", "conv_1"]);
    expect(session.sessionId).toBe("conv_1");
    expect(asked(standIn.requests)).toEqual([
      "POST /v1/conversations",
      "POST /v1/conversations/conv_1/items",
    ]);
  });

  it("goes on with a conversation that it is given", async () => {
    await open().addItems(saysAll(2));
    const session = open("conv_1");
    expect(session.sessionId).toBe("conv_1");
    expect(await session.getItems()).toMatchObject([
      { role: "user", content: [{ type: "input_text", text: "message 0" }] },
      { role: "user", content: [{ type: "input_text", text: "message 1" }] },
    ]);
  });

  it("adds at most 20 items at once, which is the most that the API takes", async () => {
    const session = open();
    await session.addItems(saysAll(45));
    await session.addItems([]);
    const [, ...writes] = bodiesOf(standIn.requests) as { items: unknown[] }[];
    expect(writes.map(({ items }) => items.length)).toEqual([20, 20, 5]);
    expect(standIn.history.conversation("conv_1")).toHaveLength(45);
  });

  it("reads long conversations page by page", async () => {
    const session = open();
    await session.addItems(saysAll(230));
    standIn.requests.splice(0);
    const texts = (items: AgentInputItem[]): unknown[] =>
      items.map((item) => "content" in item && item.content);
    const text = (number: number): unknown => [{ type: "input_text", text: `message ${number}` }];
    const all = Array.from({ length: 230 }, (_, number) => text(number));
    expect(texts(await session.getItems())).toEqual(all);
    expect(standIn.requests.splice(0)).toHaveLength(3);
    expect(texts(await session.getItems(150))).toEqual(all.slice(80));
    expect(asked(standIn.requests)).toEqual([
      "GET /v1/conversations/conv_1/items?order=desc&limit=100",
      expect.stringContaining("after=msg_131"),
    ]);
  });

  it("shows developers' messages as system messages, and roles it does not know as unknown", async () => {
    const session = open();
    const id = await session.getSessionId();
    standIn.history.add(id, [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "dev" }] },
      { type: "message", role: "critic", content: [] },
    ]);
    expect(await session.getItems()).toMatchObject([
      { type: "message", role: "system", content: "dev" },
      { type: "unknown", providerData: { role: "critic" } },
    ]);
  });

  it("says that its conversation is lost, and nothing of key and items", async () => {
    const session = open("conv_gone");
    const added = session.addItems([says("the secret plan")]);
    await expect(added).rejects.toMatchObject({ code: "conversation_lost", retryable: false });
    await expect(session.getItems()).rejects.toMatchObject({ code: "conversation_lost" });
    await expect(added).rejects.not.toThrow(/secret plan|sk-test/);
  });

  it("sends no write twice", async () => {
    const server = await startServer((request, response) => {
      if (request.url !== "/v1/conversations") return void response.destroy();
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"id":"conv_1"}');
    });
    const session = new OpenAIConversationsSession({ baseUrl: server.url });
    const added = session.addItems(saysAll(1));
    await expect(added).rejects.toMatchObject({ code: "connection_failed" });
    expect(server.asked).toEqual(["POST /v1/conversations", "POST /v1/conversations/conv_1/items"]);
  });

  it("does not go on with an answer that names no conversation", async () => {
    const server = await startServer((_, response) => response.end("<html>"));
    const session = new OpenAIConversationsSession({ baseUrl: server.url });
    await expect(session.addItems(saysAll(1))).rejects.toMatchObject({ code: "invalid_response" });
    expect(server.asked).toEqual(["POST /v1/conversations"]);
  });

  it("makes a conversation after it could not be made", async () => {
    const answers = [400, 200];
    const server = await startServer((_, response) => {
      response.writeHead(answers.shift() ?? 500, { "content-type": "application/json" });
      response.end('{"id":"conv_1"}');
    });
    const session = new OpenAIConversationsSession({ baseUrl: server.url });
    await expect(session.getSessionId()).rejects.toMatchObject({ code: "bad_request" });
    expect(session.sessionId).toBeUndefined();
    expect(await session.getSessionId()).toBe("conv_1");
  });

  it("uses the environment's options where it has none of its own", async () => {
    const before = defaultOpenAiOptions();
    setDefaultOpenAiOptions(() => ({ apiKey: "sk-of-environment", baseUrl: standIn.url }));
    await new OpenAIConversationsSession().getSessionId();
    await open().getSessionId();
    setDefaultOpenAiOptions(() => ({}));
    const withoutKey = new OpenAIConversationsSession();
    await expect(withoutKey.getSessionId()).rejects.toMatchObject({ code: "unauthorized" });
    setDefaultOpenAiOptions(() => before);
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer sk-of-environment",
      "Bearer sk-test",
    ]);
  });

  it("takes a client, or the address by its other name", async () => {
    const client = new OpenAI({ apiKey: "sk-own", baseURL: standIn.url });
    await new OpenAIConversationsSession({ client }).getSessionId();
    await new OpenAIConversationsSession({ baseURL: standIn.url, apiKey: "sk-b" }).getSessionId();
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer sk-own",
      "Bearer sk-b",
    ]);
  });
});

/** A server of its own for what the stand-in does not do; closed after the test. */
async function startServer(listener: RequestListener): Promise<{ url: string; asked: string[] }> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return { url: `http://127.0.0.1:${address.port}/v1`, asked: received };
}
