import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { ErrorCode, McpError, type Progress } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

import type { Connection } from "../downstream/connection.ts";
import { until } from "../downstream/until.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { textMember } from "./text-member.ts";

const MAX_PAGES = 100;
const REQUEST_MS = 900_000;
/** A list is there within two seconds, whoever does not come up. */
const MEETING_MS = 2_000;

/** Lists of servers, by the method that asks for them: where the items are, and what names one. */
const lists: Readonly<Record<string, { member: string; id: string; capability: string }>> = {
  "resources/list": { member: "resources", id: "uri", capability: "resources" },
  "resources/templates/list": {
    member: "resourceTemplates",
    id: "uriTemplate",
    capability: "resources",
  },
  "prompts/list": { member: "prompts", id: "name", capability: "prompts" },
};

/** How a request of the client is passed on. */
export interface Passing {
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** What servers have besides tools, passed on as it is. */
export interface PassThrough {
  /** @throws McpError, the server's own or for a method that nobody has */
  request(method: string, params: JsonObject, passing: Passing): Promise<JsonObject>;
}

export function createPassThrough(connections: () => readonly Connection[]): PassThrough {
  /** Which server has what, by list: as it was last listed. */
  const known = new Map<string, Map<string, { server: string; own: string }>>();

  const list = async (method: string, passing: Passing): Promise<JsonObject> => {
    const { member, id } = lists[method] ?? { member: "", id: "" };
    const pages = await Promise.all(
      connectedWith(connections(), method).map(async ({ name, client }) => ({
        server: name,
        items: await listAll(client, { method, member }, passing).catch(() => []),
      })),
    );
    const named = method === "prompts/list" ? withNames(pages) : pages.flatMap(plain(id));
    known.set(method, new Map(named.map(({ key, server, own }) => [key, { server, own }])));
    return { [member]: named.map(({ item }) => item) };
  };

  const find = async (method: string, key: string, passing: Passing) => {
    if (!known.has(method)) await list(method, passing);
    return known.get(method)?.get(key);
  };

  const ask = (server: string | undefined, request: PassedRequest): Promise<JsonObject> =>
    askServers(connectedWith(connections(), request.method), server, request);

  return {
    async request(method, params, passing) {
      await firstMeeting(connections(), passing.signal);
      if (method in lists) return list(method, passing);
      switch (method) {
        case "resources/read":
        case "resources/subscribe":
        case "resources/unsubscribe": {
          const at = await find("resources/list", textMember(params, "uri"), passing);
          return ask(at?.server, { method, params, passing });
        }
        case "prompts/get": {
          const at = await find("prompts/list", textMember(params, "name"), passing);
          if (at === undefined) return ask(undefined, { method, params, passing });
          return ask(at.server, { method, params: { ...params, name: at.own }, passing });
        }
        case "completion/complete": {
          const ref = isJsonObject(params["ref"]) ? params["ref"] : {};
          const isPrompt = ref["type"] === "ref/prompt";
          const key = textMember(ref, isPrompt ? "name" : "uri");
          const from = isPrompt ? "prompts/list" : "resources/templates/list";
          const at = await find(from, key, passing);
          if (at === undefined || !isPrompt) return ask(at?.server, { method, params, passing });
          const named = { ...params, ref: { ...ref, name: at.own } };
          return ask(at.server, { method, params: named, passing });
        }
        default:
          throw unknownMethod(method);
      }
    },
  };
}

/** What a server has is known once it was met: one that only starts is waited for a while. */
async function firstMeeting(
  connections: readonly Connection[],
  signal: AbortSignal,
): Promise<void> {
  const unmet = connections.filter(({ version }) => version === 0);
  const met = Promise.all(unmet.map(async (each) => each.settle()));
  await until(met, { timeoutMs: MEETING_MS, signal });
}

interface PassedRequest {
  method: string;
  params: JsonObject;
  passing: Passing;
}

/** Asks the server of this name, or one after the other: the first that has it answers. */
async function askServers(
  able: readonly { name: string; client: Client }[],
  server: string | undefined,
  { method, params, passing }: PassedRequest,
): Promise<JsonObject> {
  const chosen = server === undefined ? able : able.filter(({ name }) => name === server);
  let refusal: unknown;
  for (const { client } of chosen) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await passOn(client, { method, params }, passing);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal instanceof Error ? withoutPrefix(refusal) : unknownMethod(method);
}

function connectedWith(
  connections: readonly Connection[],
  method: string,
): { name: string; client: Client }[] {
  const capability = method.startsWith("completion/") ? "completions" : method.split("/")[0];
  return connections.flatMap(({ name, client }) => {
    const has: Record<string, unknown> = { ...client?.getServerCapabilities() };
    return client === undefined || has[capability ?? ""] === undefined ? [] : { name, client };
  });
}

async function listAll(
  client: Client,
  { method, member }: { method: string; member: string },
  passing: Passing,
): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  let cursor: JsonValue | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    // One page after the other: each names the next.
    // oxlint-disable-next-line no-await-in-loop
    const result = await passOn(client, { method, params }, passing);
    const found = result[member];
    if (Array.isArray(found)) items.push(...found.filter((each) => isJsonObject(each)));
    cursor = result["nextCursor"];
    if (typeof cursor !== "string") break;
  }
  return items;
}

async function passOn(
  client: Client,
  { method, params }: { method: string; params: JsonObject },
  { signal, onProgress }: Passing,
): Promise<JsonObject> {
  const { _meta, ...rest } = params;
  const { progressToken: _token, ...meta } = isJsonObject(_meta) ? _meta : {};
  const passed = Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
  const result: unknown = await client.request({ method, params: passed }, z.any(), {
    signal,
    timeout: REQUEST_MS,
    resetTimeoutOnProgress: true,
    ...(onProgress === undefined ? {} : { onprogress: onProgress }),
  });
  return result as JsonObject;
}

interface Page {
  readonly server: string;
  readonly items: readonly JsonObject[];
}
interface Named {
  readonly key: string;
  readonly server: string;
  readonly own: string;
  readonly item: JsonObject;
}

/** Items that keep their own names; where two servers have one, the first in order counts. */
function plain(id: string): (page: Page, index: number, all: Page[]) => Named[] {
  const seen = new Set<string>();
  return ({ server, items }) =>
    items.flatMap((item) => {
      const key = textMember(item, id);
      if (seen.has(key)) return [];
      seen.add(key);
      return { key, server, own: key, item };
    });
}

/** Prompts are called by name: one that two servers have is called with its server's before it. */
function withNames(pages: readonly Page[]): Named[] {
  const all = pages.flatMap(({ server, items }) => items.map((item) => ({ server, item })));
  const count = (name: string): number =>
    all.filter(({ item }) => textMember(item, "name") === name).length;
  return all.map(({ server, item }) => {
    const own = textMember(item, "name");
    const key = count(own) === 1 ? own : `${server}__${own}`;
    return { key, server, own, item: { ...item, name: key } };
  });
}

function unknownMethod(method: string): McpError {
  return withoutPrefix(new McpError(ErrorCode.MethodNotFound, `No server has ${method}`));
}

/** The SDK says the code in the message, and would say it again. */
export function withoutPrefix<T>(error: T): T {
  if (error instanceof McpError) {
    error.message = error.message.replace(`MCP error ${error.code}: `, "");
  }
  return error;
}
