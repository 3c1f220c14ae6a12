import { homedir } from "node:os";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { CallToolResultSchema, type CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, expect } from "vitest";

import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { assertNoCanary } from "./canaries.ts";
import { childEnv, commandFile } from "./command.ts";

/** The built server as a child process, and a client that talks to it. */
export interface McpServerProcess {
  readonly client: Client;
  readonly pid: number;
  /** What it has said on stderr so far. */
  stderr(): string;
  /** The structured result of a tool. @throws Error with the tool's text when it failed */
  call(tool: string, input?: JsonObject, options?: RequestOptions): Promise<JsonObject>;
  /** The text that a tool fails with. */
  failure(tool: string, input?: JsonObject): Promise<string>;
  /** `run_agent`, which must stop for exactly one approval. */
  startPaused(input: JsonObject): Promise<PausedRun>;
  /** Ends it as a crash would; resolves once it is gone. */
  kill(): Promise<void>;
  /** Ends its input, and waits for its end. */
  close(): Promise<void>;
}

/** A run that waits for one approval; `approve` takes the rest of the fields as they are. */
export interface PausedRun {
  run_id: string;
  approval: { approval_id: string; action: string };
}

export interface ServeOptions {
  /** Besides `serve`. */
  args: readonly string[];
  env?: Record<string, string>;
  /** The command's file; default the built one. */
  command?: string;
  /** Default: one where no configuration lies about. */
  cwd?: string;
}

/** Starts servers that are gone after the test; to be called where tests are declared. */
export function useMcpServers(): (options: ServeOptions) => Promise<McpServerProcess> {
  const servers: McpServerProcess[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });
  return async (options) => {
    const server = await startMcpServer(options);
    servers.push(server);
    return server;
  };
}

/** Starts a server; whoever calls this ends it. */
export async function startMcpServer({
  args,
  env = {},
  command = commandFile,
  cwd = homedir(),
}: ServeOptions): Promise<McpServerProcess> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [command, "serve", ...args],
    env: childEnv(env),
    cwd,
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const client = new Client({ name: "test", version: "1.0.0" });
  const gone = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  try {
    await client.connect(transport);
  } catch (error) {
    throw new Error(`The server did not start: ${stderr}`, { cause: error });
  }
  const pid = transport.pid ?? 0;
  // Once results are known to have a shape, the client holds them against it.
  await client.listTools();

  const request = async (
    name: string,
    input: JsonObject = {},
    options?: RequestOptions,
  ): Promise<CallToolResult> => {
    const params = { name, arguments: input };
    const result = CallToolResultSchema.parse(await client.callTool(params, undefined, options));
    assertNoCanary(JSON.stringify(result) + stderr, `the answer of ${name}, or the log`);
    return result;
  };
  const call: McpServerProcess["call"] = async (tool, input, options) => {
    const result = await request(tool, input, options);
    if (result.isError === true) throw new Error(`${tool}: ${textOf(result)}`);
    if (!isJsonObject(result.structuredContent)) throw new Error(`${tool} gave no structure`);
    return result.structuredContent;
  };
  return {
    client,
    pid,
    stderr: () => stderr,
    call,
    async failure(tool, input) {
      const result = await request(tool, input);
      expect(result).toMatchObject({ isError: true });
      expect(result.structuredContent).toBeUndefined();
      return textOf(result);
    },
    async startPaused(input) {
      const run = await call("run_agent", input);
      expect(run).toMatchObject({ status: "awaiting_approval", pending_count: 1 });
      const [item] = run["pending_approvals"] as PausedRun["approval"][];
      const { approval_id, action } = item ?? { approval_id: "", action: "" };
      return { run_id: String(run["run_id"]), approval: { approval_id, action } };
    },
    async kill() {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It is gone already.
      }
      await gone;
    },
    async close() {
      await client.close();
      await gone;
    },
  };
}

function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
