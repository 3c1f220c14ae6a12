import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, afterEach, beforeAll } from "vitest";

import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { childEnv, runProgram, type Finished } from "./command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The package of the version before this one, as `npm pack` made it of the last commit that wrote
 * format 1 and schema 2; never made anew.
 */
const tarball = join(root, "test/fixtures/holdpoint-format-1.tgz");

/** The version before this one, installed in a project of its own. */
export interface OldPackage {
  /** Runs its command to the end. */
  holdpoint(args: readonly string[]): Promise<Finished>;
  /** Runs a program that imports its library. */
  program(text: string): Promise<Finished>;
  /** Serves MCP; gone after the test. */
  serve(args: readonly string[]): Promise<OldServer>;
}

export interface OldServer {
  readonly pid: number;
  stderr(): string;
  /** The structured result of a tool. @throws Error with the tool's text when it failed */
  call(tool: string, input?: JsonObject): Promise<JsonObject>;
  /** The text that a tool fails with. */
  failure(tool: string, input?: JsonObject): Promise<string>;
  /** Ends its input, and waits for its end. */
  close(): Promise<void>;
}

/** Installs it once for the file; to be called where tests are declared. */
export function useOldPackage(): OldPackage {
  let project = "";
  const servers: OldServer[] = [];
  beforeAll(async () => {
    project = await install();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => end(server)));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));
  const command = (): string => join(project, "node_modules/holdpoint/dist/cli/holdpoint.js");
  return {
    holdpoint: (args) => runProgram(process.execPath, [command(), ...args]),
    async program(text) {
      const file = join(project, "program.mjs");
      await writeFile(file, text);
      return runProgram(process.execPath, [file], { cwd: project });
    },
    async serve(args) {
      const server = await serve([command(), "serve", ...args]);
      servers.push(server);
      return server;
    },
  };
}

/** What it depends on is what is installed here: no registry is asked. */
async function install(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), "holdpoint-old-"));
  const place = join(project, "node_modules/holdpoint");
  await mkdir(place, { recursive: true });
  const unpacked = await runProgram("tar", ["-xzf", tarball, "-C", place, "--strip-components=1"]);
  if (unpacked.exitCode !== 0) throw new Error(`Cannot unpack ${tarball}: ${unpacked.stderr}`);
  await chmod(join(place, "dist/cli/holdpoint.js"), 0o755);
  for (const name of ["openai", "zod"]) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link);
  }
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
  return project;
}

async function serve(args: string[]): Promise<OldServer> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env: childEnv(),
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
  await client.connect(transport);
  const request = async (name: string, input: JsonObject = {}) => {
    const result = CallToolResultSchema.parse(
      await client.callTool({ name, arguments: input }, undefined, { timeout: 20_000 }),
    );
    const texts = result.content.map((part) => (part.type === "text" ? part.text : ""));
    return { result, text: texts.join("\n") };
  };
  return {
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    async call(tool, input) {
      const { result, text } = await request(tool, input);
      if (result.isError === true) throw new Error(`${tool}: ${text}`);
      if (!isJsonObject(result.structuredContent)) throw new Error(`${tool} gave no structure`);
      return result.structuredContent;
    },
    async failure(tool, input) {
      const { result, text } = await request(tool, input);
      if (result.isError !== true) throw new Error(`${tool} did not fail: ${text}`);
      return text;
    },
    async close() {
      await client.close();
      await gone;
    },
  };
}

async function end({ pid, close }: OldServer): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
  await close();
}
