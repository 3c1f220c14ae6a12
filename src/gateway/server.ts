import type { Readable, Writable } from "node:stream";

import { Server, type ServerOptions } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type JSONRPCRequest,
  type Progress,
  type ProgressNotification,
  ErrorCode,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";

import { askPerson, formValidator } from "../host/elicit.ts";
import { createLineTransport } from "../host/line-transport.ts";
import { isJsonObject, isTooDeep, MOST_LEVELS, type JsonObject } from "../lib/json.ts";
import { textMember } from "../lib/text-member.ts";
import { fitsInForm, formText } from "../runs/hold/words.ts";
import { toResult } from "./answers.ts";
import type { CallMeans } from "./call-means.ts";
import { callTool } from "./call-tool.ts";
import type { CallerContext } from "./callers.ts";
import { STATUS, WAIT_FOR_DECISION } from "./catalogue.ts";
import { createDeliveries } from "./deliveries.ts";
import { statusTool, statusText, waitTool } from "./own-tools.ts";
import { createPassThrough, withoutPrefix } from "./pass-through.ts";
import { waitForDecision } from "./wait-for-decision.ts";

/** How long a list waits for servers that are starting and were never seen. */
const LIST_MS = 2_000;
/** Changes of lists come in bursts. */
const SETTLE_MS = 50;
const DEFAULT_WAIT_SECONDS = 45;

const INSTRUCTIONS = `The tools here are those of other servers; Holdpoint stands before them. A call may be held until a person has decided. A result that says HELD has not failed, and nothing has run: call ${WAIT_FOR_DECISION} with its ticket, and do not make the same call again or look for a way around it.`;

export interface GatewayFace {
  readonly server: Server;
  callsInFlight(): number;
  /** From now on held calls are answered with their tickets. */
  endWaits(): void;
  /** Told of a server that was connected, or whose tools changed. */
  toolsChanged(): void;
  connect(stdin: Readable, wire: Writable): Transport;
}

const abilities: ServerOptions = {
  capabilities: {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: { listChanged: true },
    completions: {},
  },
  instructions: INSTRUCTIONS,
  jsonSchemaValidator: formValidator,
};

/** The MCP server that offers other servers' tools as themselves. */
export function createGatewayServer(
  means: CallMeans & {
    /** Told once that a client is there, and what it can do. */
    opened(): void;
  },
  version: string,
): GatewayFace {
  const server = new Server({ name: "holdpoint", title: "Holdpoint", version }, abilities);
  const closing = new AbortController();
  const through = createPassThrough(means.catalogue, means);
  const deliveries = createDeliveries(server, means);
  let inFlight = 0;
  // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no other way
  server.onerror = (error) => means.log.warn(`mcp: ${error.message}`);
  // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no other way
  server.oninitialized = () => means.opened();
  server.fallbackRequestHandler = async (request, extra) => {
    inFlight += 1;
    try {
      return await answer(request, { ...extra, closing: closing.signal });
    } catch (error) {
      throw withoutPrefix(error);
    } finally {
      inFlight -= 1;
    }
  };
  const answer = async (
    request: JSONRPCRequest,
    extra: Extra & { closing: AbortSignal },
  ): Promise<JsonObject> => {
    const params = isJsonObject(request.params) ? request.params : {};
    if (request.method === "tools/list") return { tools: await listTools(means) };
    if (request.method === "tools/call") {
      const context = contextOf(server, { params, extra });
      return (await call(means, params, context)) as unknown as JsonObject;
    }
    const { signal } = extra;
    return through.request(request.method, params, {
      principal: clientOf(server).principal,
      signal,
      onProgress: progressOf(params, extra),
    });
  };
  return {
    server,
    callsInFlight: () => inFlight,
    endWaits: () => closing.abort(),
    toolsChanged: createNews(server),
    connect: (stdin, wire) => createLineTransport(stdin, wire, deliveries),
  };
}

interface Extra {
  readonly requestId: string | number;
  readonly signal: AbortSignal;
  sendNotification(notification: ProgressNotification): Promise<void>;
}

async function listTools(means: CallMeans): Promise<JsonObject[]> {
  const { catalogue } = means;
  await catalogue.meet({ timeoutMs: LIST_MS, orRemembered: true });
  const problems = problemsOf(means);
  return [
    ...catalogue.tools.map(({ listed }) => listed),
    waitTool(),
    ...(problems.length === 0 ? [] : [statusTool(problems)]),
  ];
}

function problemsOf({ catalogue, storeProblem }: CallMeans): string[] {
  const store = storeProblem();
  return [
    ...(store === undefined
      ? []
      : [`Nothing that may have an effect is run, since the store cannot be used: ${store}`]),
    ...catalogue
      .problems()
      .map(({ server, problem }) => `Server "${server}" is not available: ${problem}`),
  ];
}

async function call(means: CallMeans, params: JsonObject, context: CallerContext) {
  const name = textMember(params, "name");
  const input = params["arguments"] ?? {};
  if (!isJsonObject(input)) {
    throw new McpError(ErrorCode.InvalidParams, "arguments must be an object: nothing was run");
  }
  if (isTooDeep(input)) {
    const deep = `arguments are nested more than ${MOST_LEVELS} deep: nothing was run`;
    throw new McpError(ErrorCode.InvalidParams, deep);
  }
  if (name === STATUS) {
    return { content: [{ type: "text", text: statusText(problemsOf(means)) }] };
  }
  if (name === WAIT_FOR_DECISION) {
    const ticket = input["ticket"];
    if (typeof ticket !== "string") {
      throw new McpError(ErrorCode.InvalidParams, "ticket must be a text: that of a held call");
    }
    const seconds = input["wait_seconds"];
    const waited = typeof seconds === "number" ? seconds : DEFAULT_WAIT_SECONDS;
    const waitMs = Math.min(Math.max(waited, 0) * 1_000, means.holdMs(context.principal));
    const service = await means.desk();
    return toResult(await waitForDecision({ ...means, service }, { ticket, waitMs }, context));
  }
  const meta = isJsonObject(params["_meta"]) ? params["_meta"] : {};
  return toResult(await callTool(means, { name, input, meta }, context));
}

function contextOf(
  server: Server,
  { params, extra }: { params: JsonObject; extra: Extra & { closing: AbortSignal } },
): CallerContext {
  const { principal, client } = clientOf(server);
  const { requestId, signal, closing } = extra;
  const canAsk = server.getClientCapabilities()?.elicitation !== undefined;
  return {
    requestId,
    since: performance.now(),
    signal,
    closing,
    principal,
    client,
    progress: progressOf(params, extra),
    ask: canAsk
      ? async (approvalId, service, ended) => {
          const report = await service.approval(approvalId);
          const text = formText(report);
          if (report.approver === "person" || !fitsInForm(text)) return "unsupported";
          const asked = AbortSignal.any([signal, closing, ended]);
          return askPerson(server, text, { requestId, signal: asked });
        }
      : undefined,
  };
}

/** The client that is connected: by its name, and with its version. */
export function clientOf(server: Server | undefined): { principal: string; client: string } {
  const { name: principal = "unknown", version = "client" } = server?.getClientVersion() ?? {};
  return { principal, client: `${principal} ${version.replaceAll(/\s+/g, "-")}` };
}

function progressOf(
  { _meta: meta }: JsonObject,
  extra: Extra,
): ((progress: Progress) => void) | undefined {
  const progressToken = isJsonObject(meta) ? meta["progressToken"] : undefined;
  if (typeof progressToken !== "string" && typeof progressToken !== "number") return undefined;
  return (progress) => {
    if (extra.signal.aborted) return;
    const params = { ...progress, progressToken };
    const sent: ProgressNotification = { method: "notifications/progress", params };
    // Nobody is owed a notification: a client that is gone does not hear it.
    void extra.sendNotification(sent).catch(() => undefined);
  };
}

/** Tells the client of changed tools, once for all that change together. */
function createNews(server: Server): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (server.transport === undefined) return;
      void server.sendToolListChanged().catch(() => undefined);
    }, SETTLE_MS);
    timer.unref();
  };
}
