import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { ErrorCode, McpError, type Progress } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

import type { Connection } from "../downstream/connection.ts";
import { allPages } from "../downstream/requests.ts";
import { redactValue, type Redact } from "../downstream/secrets.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { CallMeans } from "./call-means.ts";
import type { Catalogue } from "./catalogue.ts";
import { textMember } from "../lib/text-member.ts";

const REQUEST_MS = 900_000;
const anything = z.any();
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
  /** The client's name. */
  readonly principal: string;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** What servers have besides tools, passed on as it is. */
export interface PassThrough {
  /** @throws McpError, the server's own or for a method that nobody has */
  request(method: string, params: JsonObject, passing: Passing): Promise<JsonObject>;
}

export function createPassThrough(
  catalogue: Pick<Catalogue, "connections" | "meet">,
  { log, deniedRead }: Pick<CallMeans, "log" | "deniedRead">,
): PassThrough {
  const { connections } = catalogue;
  /** Which server has what, by list: as it was last listed. */
  const known = new Map<string, Map<string, { server: string; own: string }>>();
  const itemsOf = createLists(log);

  const list = async (method: string, passing: Passing): Promise<JsonObject> => {
    const { member, id } = lists[method] ?? { member: "", id: "" };
    const pages = await itemsOf(connectedWith(connections(), method), { method, member }, passing);
    const named = method === "prompts/list" ? withNames(pages) : pages.flatMap(plain(id));
    known.set(method, new Map(named.map(({ key, server, own }) => [key, { server, own }])));
    return { [member]: named.map(({ item }) => item) };
  };

  const find = async (method: string, key: string, passing: Passing) => {
    if (!known.has(method)) await list(method, passing);
    return known.get(method)?.get(key);
  };

  const ask = (server: string | undefined, request: PassedRequest): Promise<JsonObject> =>
    askServers(connectedWith(connections(), request.method), { server, deniedRead }, request);

  return {
    async request(method, params, passing) {
      await catalogue.meet({ timeoutMs: MEETING_MS, signal: passing.signal });
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

/** A server that can be asked now. */
interface Able extends Pick<Connection, "name" | "redact"> {
  readonly client: Client;
}

type PagesOf = (
  servers: readonly Able[],
  list: { method: string; member: string },
  passing: Passing,
) => Promise<Page[]>;

/** Lists of several servers: one that fails keeps what it had, unless nobody has any. */
function createLists(log: Log): PagesOf {
  const last = new Map<string, readonly JsonObject[]>();
  return async (servers, { method, member }, passing) => {
    const failures: unknown[] = [];
    const pages = await Promise.all(
      servers.map(async (server): Promise<Page> => {
        const key = JSON.stringify([server.name, method]);
        try {
          last.set(key, await listAll(server, { method, member }, passing));
        } catch (error) {
          failures.push(error);
          log.warn(`server "${server.name}": its ${method} failed: ${errorMessage(error)}`);
        }
        return { server: server.name, items: last.get(key) ?? [] };
      }),
    );
    const isNothing = pages.every(({ items }) => items.length === 0);
    if (isNothing && failures.length === servers.length && failures.length > 0) throw failures[0];
    return pages;
  };
}

interface PassedRequest {
  method: string;
  params: JsonObject;
  passing: Passing;
}

/** Asks the server of this name, or one after the other: the first that has it answers. */
async function askServers(
  able: readonly Able[],
  { server, deniedRead }: { server: string | undefined } & Pick<CallMeans, "deniedRead">,
  { method, params, passing }: PassedRequest,
): Promise<JsonObject> {
  const chosen = server === undefined ? able : able.filter(({ name }) => name === server);
  let refusal: unknown;
  for (const each of chosen) {
    const denied = deniedRead({ agent: passing.principal, server: each.name, method, params });
    if (denied !== undefined) {
      refusal ??= withoutPrefix(new McpError(ErrorCode.InvalidRequest, denied));
      continue;
    }
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await passOn(each, { method, params }, passing);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal instanceof Error ? refusal : unknownMethod(method);
}

function connectedWith(connections: readonly Connection[], method: string): Able[] {
  const capability = method.startsWith("completion/") ? "completions" : method.split("/")[0];
  return connections.flatMap(({ name, client, redact }) => {
    const has: Record<string, unknown> = { ...client?.getServerCapabilities() };
    const isAble = client !== undefined && has[capability ?? ""] !== undefined;
    return isAble ? { name, client, redact } : [];
  });
}

async function listAll(
  server: Able,
  { method, member }: { method: string; member: string },
  passing: Passing,
): Promise<JsonObject[]> {
  return allPages(async (params) => {
    const page = await passOn(server, { method, params }, passing);
    const found = page[member];
    const items = Array.isArray(found) ? found.filter((each) => isJsonObject(each)) : [];
    return { items, nextCursor: page["nextCursor"] };
  });
}

/** Asks a server; what it was given in confidence goes no further. @throws McpError */
async function passOn(
  { client, redact }: Able,
  { method, params }: { method: string; params: JsonObject },
  { signal, onProgress }: Passing,
): Promise<JsonObject> {
  const { _meta, ...rest } = params;
  const { progressToken: _token, ...meta } = isJsonObject(_meta) ? _meta : {};
  const passed = Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
  const onprogress =
    onProgress && ((progress: Progress) => onProgress(redactValue(redact, progress)));
  try {
    const result: unknown = await client.request({ method, params: passed }, anything, {
      signal,
      timeout: REQUEST_MS,
      resetTimeoutOnProgress: true,
      ...(onprogress === undefined ? {} : { onprogress }),
    });
    return redactValue(redact, result) as JsonObject;
  } catch (error) {
    throw withoutSecrets(error, redact);
  }
}

/** What a server, or what carries its messages, says of a failure. */
function withoutSecrets(error: unknown, redact: Redact): McpError {
  const { code, data } =
    error instanceof McpError ? error : { code: ErrorCode.InternalError, data: undefined };
  const said = errorMessage(error).replace(`MCP error ${code}: `, "");
  const clean = new McpError(code, "", redactValue(redact, data));
  return Object.assign(clean, { message: redact(said) });
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
