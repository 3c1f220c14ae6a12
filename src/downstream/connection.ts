import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import type { ServerTool } from "./definition.ts";
import { classifyFailure, endsConnection, RequestError } from "./failures.ts";
import { abandon, connect, createLink, START_MS, type Link, type LinkOptions } from "./link.ts";
import { requestCall, type SentCall } from "./requests.ts";
import type { Redact } from "./secrets.ts";
import { isHttpSpec, type ServerSpec } from "./server-spec.ts";
import { closeClient } from "./transport.ts";
import { until } from "./until.ts";

const FIRST_WAIT_MS = 5_000;

export interface ConnectionOptions extends LinkOptions {
  /** Milliseconds that a run waits for it while it starts; later it does without its tools. */
  readonly firstWaitMs?: number | undefined;
}

/**
 * One server: started when it is first needed, kept, and started again after a crash, each time
 * after a longer pause until it has answered a call.
 */
export interface Connection {
  readonly name: string;
  readonly spec: ServerSpec;
  readonly redact: Redact;
  /** What it offers, as it was last told; also while it is being started again. */
  readonly tools: readonly ServerTool[];
  /** Whether it said that it has resources, when it was last there. */
  readonly hasResources: boolean;
  /** Grows with every list that is taken in. */
  readonly version: number;
  /** Why it cannot be used now; `undefined` when it can. */
  readonly problem: string | undefined;
  /** Whether it has not been there yet, and nothing is known against it. */
  isNew(): boolean;
  /** Starts it if need be; waits for it a while, and once only for a start that takes longer. */
  refresh(): Promise<void>;
  /** Starts it if need be, and waits until it is up or is known not to come up. */
  settle(): Promise<void>;
  /** @throws Error when it cannot be started; nothing was sent then */
  start(signal: AbortSignal | undefined): Promise<void>;
  /** The client while it is connected. */
  readonly client: Client | undefined;
  /** Sends one call. @throws RequestError */
  call(request: SentCall): Promise<CallToolResult>;
  close(): Promise<void>;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { firstWaitMs = FIRST_WAIT_MS, ...of } = options;
  const link = createLink(of);
  let waited: Promise<Client> | undefined;
  return {
    name: link.name,
    spec: link.spec,
    redact: link.redact,
    get tools() {
      return link.offer.tools;
    },
    get hasResources() {
      return link.offer.hasResources;
    },
    get version() {
      return link.listed;
    },
    get problem() {
      return link.problem;
    },
    isNew: () => link.listed === 0 && link.failures === 0,
    get client() {
      return link.client;
    },
    async refresh() {
      if (link.isClosed) return;
      const attempt = connect(link);
      if (link.client === undefined && waited === attempt) return;
      waited = attempt;
      const ready = attempt.then(() => link.listing).catch(() => undefined);
      await until(ready, { timeoutMs: firstWaitMs });
    },
    settle: () => connect(link).then(ignore, ignore),
    async start(signal) {
      await until(connect(link), { timeoutMs: START_MS, signal, orThrow: true });
    },
    call: (request) => call(link, request),
    close: () => close(link),
  };
}

async function call(link: Link, request: SentCall): Promise<CallToolResult> {
  const { client: used, spec } = link;
  const { signal } = request;
  if (used === undefined) throw new RequestError("unsent", new Error("Not connected"));
  const hasSession = used.transport?.sessionId !== undefined;
  try {
    const result = await requestCall(used, spec, request);
    link.failures = 0;
    return result;
  } catch (error) {
    const failure = new RequestError(classifyFailure(error, { hasSession }), error);
    const isOver = isHttpSpec(spec) && signal?.aborted !== true && endsConnection(failure);
    if (isOver) abandon(link, used, error);
    throw failure;
  }
}

async function close(link: Link): Promise<void> {
  link.isClosed = true;
  link.problem = "the connection was closed";
  const used = link.client ?? link.opening;
  link.client = undefined;
  if (used !== undefined) await closeClient(used);
}

function ignore(): void {}
