import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult, ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { expect, onTestFinished, vi } from "vitest";

import { childEnv, commandFile, runProgram, type Finished } from "./command.ts";

/** The server whose effects are counted. */
export const effectServer = fileURLToPath(new URL("effect-server.ts", import.meta.url));

/** A configuration with a server whose effects can be counted, and a store. */
export interface GatewaySite {
  readonly directory: string;
  readonly store: string;
  readonly config: string;
  /** The lines that were added, in order. */
  effects(): string[];
  /** How often the server was told that a call was given up. */
  cancellations(): number;
  /** How many entries of a type the store has. */
  entries(type: string): number;
  /** While held, effects that began do not end. */
  holdEffects(): void;
  releaseEffects(): void;
  /** Starts a gateway, and a client at it. */
  open(options?: OpenOptions): Promise<GatewayClient>;
  /** Runs a command of holdpoint on the store. */
  holdpoint(...args: string[]): Promise<Finished>;
  /** What waits for a decision. */
  pending(): Promise<PendingCall[]>;
  /** Decides, as a person on a terminal would. */
  decide(verb: "approve" | "reject", approvalId: string, ...args: string[]): Promise<Finished>;
}

export interface PendingCall {
  approvalId: string;
  runId: string;
  kind: string;
  agent: string;
  tool?: string;
  reason?: string;
  arguments: string;
}

interface OpenOptions {
  hold?: number;
  name?: string;
  capabilities?: ClientCapabilities;
  args?: readonly string[];
  env?: Record<string, string>;
  prepare?(client: Client): void;
}

export interface GatewayClient {
  readonly client: Client;
  readonly pid: number;
  readonly transport: StdioClientTransport;
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: { signal?: AbortSignal; timeout?: number },
  ): Promise<CallToolResult>;
  kill(): Promise<void>;
  close(): Promise<void>;
  stderr(): string;
}

export async function createGatewaySite(
  config: Record<string, unknown> & {
    mcpServers?: Record<string, unknown>;
    /** Servers besides the one whose effects are counted. */
    more?: Record<string, unknown>;
  } = {},
): Promise<GatewaySite> {
  const directory = await mkdtemp(join(tmpdir(), "holdpoint-gateway-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const file = join(directory, "effects.txt");
  const store = join(directory, "runs.db");
  const configFile = join(directory, "holdpoint.json");
  const { mcpServers, more = {}, ...rest } = config;
  const servers = mcpServers ?? {
    effects: { command: process.execPath, args: [effectServer, file], trusted: true },
  };
  // So that commands in a pipe can decide.
  const approvers = { default: "client" };
  writeFileSync(
    configFile,
    JSON.stringify({ mcpServers: { ...servers, ...more }, approvers, ...rest }),
  );
  const holdpoint = (...args: string[]): Promise<Finished> =>
    runProgram(process.execPath, [commandFile, ...args, "--store", store, "--config", configFile]);
  return {
    directory,
    store,
    config: configFile,
    effects: () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []),
    cancellations: () =>
      existsSync(`${file}.cancelled`) ? readFileSync(`${file}.cancelled`, "utf8").length : 0,
    entries: (type) => countEntries(store, type),
    holdEffects: () => writeFileSync(`${file}.wait`, ""),
    releaseEffects: () => rmSync(`${file}.wait`, { force: true }),
    open: (options) => openClient({ store, config: configFile }, options),
    holdpoint,
    async pending() {
      const { stdout } = await holdpoint("approvals", "--json=v1");
      const lines = stdout.split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line) as PendingCall);
    },
    decide: (verb, approvalId, ...args) => holdpoint(verb, approvalId, "--yes", ...args),
  };
}

function countEntries(store: string, type: string): number {
  const database = new DatabaseSync(store, { readOnly: true });
  try {
    const like = `%"type":"${type}"%`;
    const found = database.prepare("SELECT count(*) AS n FROM entries WHERE line LIKE ?").get(like);
    return Number(found?.["n"]);
  } finally {
    database.close();
  }
}

async function openClient(
  { store, config }: { store: string; config: string },
  { hold, name = "test-client", capabilities = {}, args = [], env, prepare }: OpenOptions = {},
): Promise<GatewayClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      commandFile,
      "gateway",
      "--config",
      config,
      "--store",
      store,
      ...(hold === undefined ? [] : ["--hold", String(hold)]),
      ...args,
    ],
    env: childEnv(env),
    stderr: "pipe",
  });
  const said: string[] = [];
  transport.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const client = new Client({ name, version: "1.0.0" }, { capabilities });
  prepare?.(client);
  await client.connect(transport);
  const close = async (): Promise<void> => client.close();
  onTestFinished(close);
  return {
    client,
    transport,
    pid: transport.pid ?? 0,
    async call(tool, input = {}, options = {}) {
      const result = await client.callTool({ name: tool, arguments: input }, undefined, {
        timeout: 60_000,
        ...options,
      });
      return result as CallToolResult;
    },
    async kill() {
      const ended = new Promise<void>((resolve) => {
        // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
        client.onclose = resolve;
      });
      process.kill(transport.pid ?? 0, "SIGKILL");
      await ended;
    },
    close,
    stderr: () => said.join(""),
  };
}

/** Has an allowed call add "one", and its client gone before the answer reaches it. */
export async function leaveUndelivered(site: GatewaySite, options?: OpenOptions): Promise<void> {
  const client = await site.open(options);
  site.holdEffects();
  const calling = client.call("add", { line: "one" }).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toContain("one"), { timeout: 30_000 });
  // What runs is given time to end, its end is kept, and nobody says that they have read of it.
  const closing = client.close();
  site.releaseEffects();
  await Promise.all([closing, calling]);
}

export function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("\n");
}

/** Waits with a ticket until the call has come to something, however short each wait may be. */
export async function collect(
  { call }: Pick<GatewayClient, "call">,
  ticket: string,
): Promise<CallToolResult> {
  for (;;) {
    const result = await call("wait_for_decision", { ticket, wait_seconds: 20 });
    if (result._meta?.["holdpoint/ticket"] === undefined) return result;
  }
}

export function ticketOf(result: CallToolResult): string {
  const ticket = result._meta?.["holdpoint/ticket"];
  if (typeof ticket !== "string") throw new Error(`There is no ticket: ${textOf(result)}`);
  return ticket;
}
