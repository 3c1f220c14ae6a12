import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpError } from "@modelcontextprotocol/sdk/types.js";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import type { Connection } from "../../src/downstream/connection.ts";
import { createRedactor } from "../../src/downstream/secrets.ts";
import { createClientFace } from "../../src/gateway/client-face.ts";
import { createPassThrough } from "../../src/gateway/pass-through.ts";

const secret = "tok-3f9a61c2d7";
const redact = createRedactor({ command: "x", env: { API_TOKEN: secret } });

type Answer = (
  method: string,
  send: (progress: number) => Promise<void>,
) => Promise<Record<string, unknown>>;

/** A gateway's end of a connection to a server that answers so. */
async function connectTo(name: string, answer: Answer) {
  const capabilities = { resources: {}, prompts: {} };
  const server = new Server({ name, version: "1" }, { capabilities });
  server.fallbackRequestHandler = async ({ method, params }, { sendNotification }) => {
    const { progressToken = 0 } = (params?.["_meta"] ?? {}) as { progressToken?: number };
    return answer(method, (progress) =>
      sendNotification({
        method: "notifications/progress",
        params: { progressToken, progress, message: `at ${secret}` },
      }),
    );
  };
  const client = new Client({ name: "gateway", version: "1" });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(there), client.connect(here)]);
  onTestFinished(() => client.close());
  return { server, client, connection: { name, client, redact } as Connection };
}

/** @param asked who asks a person in the inbox, and what */
function face(host: Server, asked: unknown[] = []) {
  return createClientFace({
    server: () => host,
    changed: () => undefined,
    async ask(name, params) {
      asked.push([name, params]);
      return { action: "decline" };
    },
  });
}

function passThrough(...connections: Connection[]) {
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void warned.push(line) };
  const catalogue = { connections: () => connections, meet: async () => undefined };
  const told: unknown[] = [];
  const passing = {
    principal: "test-client",
    signal: new AbortController().signal,
    onProgress: (progress: unknown) => void told.push(progress),
  };
  const through = createPassThrough(catalogue, { log, deniedRead: () => undefined });
  const ask = (method: string, params = {}) => through.request(method, params, passing);
  return { ask, warned, told };
}

it("strikes a server's secrets from results and progress that pass through", async () => {
  const { connection } = await connectTo("a", async (method, send) => {
    if (method === "resources/list") return { resources: [{ uri: "file:///a", name: secret }] };
    await send(1);
    return { contents: [{ uri: "file:///a", text: `the key is "${secret}"` }], [secret]: true };
  });
  const { ask, told } = passThrough(connection);
  const listed = await ask("resources/list");
  const read = await ask("resources/read", { uri: "file:///a" });
  expect(JSON.stringify([listed, read, told])).not.toContain(secret);
  expect(read).toMatchObject({ contents: [{ text: 'the key is "[redacted]"' }] });
  expect(told).toMatchObject([{ progress: 1, message: "at [redacted]" }]);
});

it("strikes them from errors, and from what the log is told of them", async () => {
  const { connection } = await connectTo("a", async () => {
    throw Object.assign(new McpError(-32_123, "", { key: secret }), { message: `no ${secret}` });
  });
  const { ask, warned } = passThrough(connection);
  await expect(ask("prompts/list")).rejects.toMatchObject({
    code: -32_123,
    message: "no [redacted]",
    data: { key: "[redacted]" },
  });
  expect(warned).toEqual(['server "a": its prompts/list failed: no [redacted]']);
});

it("strikes them from what a server asks the person, and tells the client", async () => {
  const asked: unknown[] = [];
  const host = {
    transport: {},
    getClientCapabilities: () => ({ elicitation: {} }),
    request: async (request: unknown) => {
      asked.push(request);
      return { action: "decline" };
    },
    notification: async (notice: unknown) => void asked.push(notice),
  } as unknown as Server;
  const { server, client } = await connectTo("a", async () => ({}));
  face(host).opening(client, "a", redact);
  const params = { message: `may I use ${secret}?`, requestedSchema: { type: "object" } };
  await server.request({ method: "elicitation/create", params }, z.any());
  await server.notification({
    method: "notifications/resources/updated",
    params: { uri: `file:///${secret}` },
  });
  await expect.poll(() => asked).toHaveLength(2);
  expect(JSON.stringify(asked)).not.toContain(secret);
});

it("asks a person in the inbox what a client shows no form for, without secrets", async () => {
  const host = { transport: {}, getClientCapabilities: () => ({}) } as unknown as Server;
  const { server, client } = await connectTo("a", async () => ({}));
  const asked: unknown[] = [];
  face(host, asked).opening(client, "a", redact);
  const params = { message: `may I use ${secret}?`, requestedSchema: { type: "object" } };
  const heard = await server.request({ method: "elicitation/create", params }, z.any());
  expect(heard).toEqual({ action: "decline" });
  expect(asked).toEqual([["a", { ...params, message: "may I use [redacted]?" }]]);
});

it.each([
  ["none", undefined, { form: {} }],
  ["one that says nothing of how it asks", {}, {}],
  ["one with forms", { form: {} }, { form: {} }],
  ["one that opens links only", { url: {} }, { url: {}, form: {} }],
])("tells servers that forms are shown: of a client with %s", (_name, elicitation, told) => {
  const capabilities = elicitation === undefined ? {} : { elicitation };
  const host = { getClientCapabilities: () => capabilities } as unknown as Server;
  expect(face(host).capabilities()).toEqual({ elicitation: told });
});

it("refuses a server the model of its client by name, whatever the client can do", async () => {
  const capabilities = { sampling: {}, elicitation: {} };
  const host = { transport: {}, getClientCapabilities: () => capabilities } as unknown as Server;
  const { server, client } = await connectTo("a", async () => ({}));
  face(host).opening(client, "a", redact);
  const request = { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } };
  await expect(server.request(request, z.any())).rejects.toThrow(
    "Holdpoint lends no server the model of its client (sampling)",
  );
});

it("asks the first of two servers for a resource that both list, and lists it once", async () => {
  const has = (text: string) => async (method: string) =>
    method === "resources/list"
      ? { resources: [{ uri: "file:///a", name: text }] }
      : { contents: [{ uri: "file:///a", text }] };
  const one = await connectTo("a", has("one"));
  const two = await connectTo("b", has("two"));
  const { ask } = passThrough(one.connection, two.connection);
  expect(await ask("resources/list")).toEqual({ resources: [{ uri: "file:///a", name: "one" }] });
  const read = { contents: [{ uri: "file:///a", text: "one" }] };
  expect(await ask("resources/read", { uri: "file:///a" })).toEqual(read);
});

it("keeps what a server listed while its list fails, and says why", async () => {
  let isBroken = false;
  const { connection } = await connectTo("a", async () => {
    if (isBroken) throw new McpError(-32_000, "busy");
    return { prompts: [{ name: "greet" }] };
  });
  const other = await connectTo("b", async () => ({ prompts: [{ name: "part" }] }));
  const { ask, warned } = passThrough(connection, other.connection);
  const both = { prompts: [{ name: "greet" }, { name: "part" }] };
  expect(await ask("prompts/list")).toEqual(both);
  isBroken = true;
  expect(await ask("prompts/list")).toEqual(both);
  expect(warned).toEqual([expect.stringContaining("busy")]);
});
