import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult, ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { toServerTool, type ServerTool } from "./definition.ts";
import { classifyFailure, endsConnection, RequestError } from "./failures.ts";
import { listTools, requestCall, type ToolCall } from "./requests.ts";
import { createRedactor, type Redact } from "./secrets.ts";
import { isHttpSpec, type ServerSpec } from "./server-spec.ts";
import { closeClient, openClient } from "./transport.ts";
import { until } from "./until.ts";

/** Time for a server to come up; `npx` may have to download it first. */
const START_MS = 60_000;
const FIRST_WAIT_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

/** Who is behind the calls of a connection, as its servers meet them. */
export interface ClientFace {
  /** What they can do. */
  capabilities(): ClientCapabilities;
  /** Told of a client that is about to connect to a server, and what strikes that server's secrets. */
  opening(client: Client, server: string, redact: Redact): void;
  /** Told of a server that was connected, of one that cannot be used, and of changed tools. */
  changed(server: string): void;
}

export interface ConnectionOptions {
  name: string;
  spec: ServerSpec;
  log: Log;
  version: string;
  /** Milliseconds that a run waits for it while it starts; later it does without its tools. */
  firstWaitMs?: number | undefined;
  /** Default: a program that calls tools and can do nothing else. */
  face?: ClientFace | undefined;
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
  call(request: ToolCall): Promise<CallToolResult>;
  close(): Promise<void>;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { name, spec, log, version, firstWaitMs = FIRST_WAIT_MS, face } = options;
  const redact = createRedactor(spec);
  let tools: readonly ServerTool[] = [];
  let hasResources = false;
  let listed = 0;
  let problem: string | undefined = "it was not started yet";
  let client: Client | undefined;
  let opening: Client | undefined;
  let starting: Promise<Client> | undefined;
  let waited: Promise<Client> | undefined;
  let listing: Promise<void> | undefined;
  let failures = 0;
  let pausedUntil = 0;
  let closed = false;

  const say = (line: string): void => log.info(`[${name}] ${visible(line)}`);

  const failed = (error: unknown): void => {
    problem = redact(describe(error));
    pausedUntil = performance.now() + pauseMs(failures);
    failures += 1;
    if (!closed) tellOf(options, problem);
  };

  const learn = async (from: Client): Promise<void> => {
    const found = await listTools(from);
    if (client !== from && client !== undefined) return;
    tools = offered(found, { name, redact, log }).map((tool) => toServerTool(tool, redact));
    hasResources = from.getServerCapabilities()?.resources !== undefined;
    listed += 1;
    face?.changed(name);
  };

  const relist = (from: Client): void => {
    listing = learn(from)
      .catch((error: unknown) => {
        if (client === from) log.warn(`server "${name}": ${redact(describe(error))}`);
      })
      .finally(() => {
        listing = undefined;
      });
  };

  const open = async (): Promise<Client> => {
    await pause(pausedUntil - performance.now());
    const capabilities = face?.capabilities();
    const opened = await openClient({ spec, version, redact, capabilities, onLine: say });
    const fresh = opened.client;
    if (closed) throw new Error("the connection was closed");
    face?.opening(fresh, name, redact);
    opening = fresh;
    let lost: Error | undefined;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
    fresh.onclose = () => {
      lost = new Error("it stopped");
      if (client !== fresh) return;
      client = undefined;
      failed(lost);
    };
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
    fresh.onerror = (error) => isItsOwn(error) && say(redact(describe(error)));
    try {
      await watchLists(fresh, () => relist(fresh));
      await fresh.connect(opened.transport, { timeout: START_MS });
      await learn(fresh);
      if (lost !== undefined) throw lost;
      if (closed) throw new Error("the connection was closed");
    } catch (error) {
      await closeClient(fresh);
      throw error;
    } finally {
      opening = undefined;
    }
    client = fresh;
    problem = undefined;
    return fresh;
  };

  const ensure = (): Promise<Client> => {
    if (client !== undefined) return Promise.resolve(client);
    if (starting !== undefined) return starting;
    problem = failures === 0 ? "it is still starting" : `${problem}; it is being started again`;
    const attempt = open()
      .catch((error: unknown) => {
        failed(error);
        throw error;
      })
      .finally(() => {
        if (starting === attempt) starting = undefined;
      });
    starting = attempt;
    // Whoever waits is told; where nobody does, `problem` says it.
    attempt.catch(() => undefined);
    return attempt;
  };

  return {
    name,
    spec,
    redact,
    get tools() {
      return tools;
    },
    get hasResources() {
      return hasResources;
    },
    get version() {
      return listed;
    },
    get problem() {
      return problem;
    },
    isNew: () => listed === 0 && failures === 0,
    get client() {
      return client;
    },
    async refresh() {
      if (closed) return;
      const attempt = ensure();
      if (client === undefined && waited === attempt) return;
      waited = attempt;
      const ready = attempt.then(() => listing).catch(() => undefined);
      await until(ready, { timeoutMs: firstWaitMs });
    },
    settle: () => ensure().then(ignore, ignore),
    async start(signal) {
      await until(ensure(), { timeoutMs: START_MS, signal, orThrow: true });
    },
    async call(request) {
      const used = client;
      const { signal } = request;
      if (used === undefined) throw new RequestError("unsent", new Error("Not connected"));
      const hasSession = used.transport?.sessionId !== undefined;
      try {
        const result = await requestCall(used, spec, request);
        failures = 0;
        return result;
      } catch (error) {
        const failure = new RequestError(classifyFailure(error, { hasSession }), error);
        if (isHttpSpec(spec) && signal?.aborted !== true && endsConnection(failure)) {
          if (client === used) client = undefined;
          failed(error);
          void closeClient(used);
        }
        throw failure;
      }
    },
    async close() {
      closed = true;
      problem = "the connection was closed";
      const used = client ?? opening;
      client = undefined;
      if (used !== undefined) await closeClient(used);
    },
  };
}

/** A name is what calls go by: it cannot be redacted, so what tells a secret is not offered. */
function offered<T extends { name: string }>(
  { tools: found, isCut }: { tools: readonly T[]; isCut: boolean },
  { name, redact, log }: { name: string; redact(text: string): string; log: Log },
): T[] {
  if (isCut) {
    log.warn(
      `server "${name}": only the first ${found.length} of its tools are offered: it has more, and nobody can call those`,
    );
  }
  const plain = found.filter((tool) => redact(tool.name) === tool.name);
  const left = found.length - plain.length;
  if (left > 0) {
    log.warn(`server "${name}": left out ${left} of its tools, whose names hold a secret`);
  }
  return plain;
}

async function watchLists(client: Client, onChange: () => void): Promise<void> {
  const { ToolListChangedNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setNotificationHandler(ToolListChangedNotificationSchema, onChange);
}

function tellOf({ name, log, face }: ConnectionOptions, problem: string): void {
  log.warn(`server "${name}": ${visible(problem)}`);
  face?.changed(name);
}

function ignore(): void {}

function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}

async function pause(ms: number): Promise<void> {
  if (ms <= 0) return;
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** What went wrong, for people: without paths of ours and without what the server was given. */
function describe(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "its command was not found";
  if (code === "EACCES") return "its command may not be run";
  const message = errorMessage(error).replace(/^MCP error -?\d+: /, "");
  if (message === "Connection closed") return "it stopped";
  if (message === "Request timed out") return "it did not answer in time";
  return message.slice(0, 500);
}

/** One line without what a terminal would obey. */
function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === "\t" ? " " : String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** That nobody reads on is told by its end, and is no word of the server. */
function isItsOwn(error: Error): boolean {
  return !("code" in error) || error.code !== "EPIPE";
}
