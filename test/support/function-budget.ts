/**
 * How many functions of `src` are on a way through the program: the real command, unbundled, with
 * the inspector's coverage in it, and a client of the protocol's SDK that takes it that way.
 *
 * `node test/support/function-budget.ts approve|run` prints the table.
 */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

import { isFunctionOfItsOwn, readSources, type FileShape } from "./source-shape.ts";

/**
 * `approve`: from the call of the tool `approve` to the body of the tool that was approved. `run`:
 * from the call of `run_agent`, over the pause and `approve`, to its answer that the run is
 * completed.
 */
export type Way = "approve" | "run";

/** What `coverage-process.ts` writes. */
export interface CoverageFile {
  functions: { url: string; name: string; start: number; end: number; count: number }[];
  /** Statements that read lines of a journal. */
  reads: string[];
}

export interface WayShape {
  files: { path: string; lines: number; functions: RanFunction[] }[];
  functionCount: number;
  reads: string[];
}

export interface RanFunction {
  name: string;
  line: number;
  branches: number;
  count: number;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const sourceUrl = pathToFileURL(join(root, "src/")).href;
const command = join(root, "src/cli/holdpoint.ts");

/**
 * Agents whose model and tool are no code of ours. The tool's body takes the coverage when it
 * begins, where it is told to.
 */
const agents = `
import { Agent, tool } from "holdpoint";
import { z } from "zod";

const pay = tool({
  name: "pay",
  description: "Pays an amount.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: async ({ amount }) => {
    if (process.env.COVERAGE_WAY === "approve") globalThis[Symbol.for("holdpoint.test.coverage")]();
    return "Paid " + amount;
  },
});
const call = { type: "function_call", id: "fc_1", callId: "c1", name: "pay", status: "completed", arguments: '{"amount":1}' };
const text = { type: "output_text", text: "Done." };
const message = { type: "message", role: "assistant", status: "completed", content: [text] };
const usage = { requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 };
const model = {
  getResponse: async ({ input }) => {
    const isAnswered = JSON.stringify(input).includes("function_call_result");
    return { output: [isAnswered ? message : call], usage };
  },
  getStreamedResponse() { throw new Error("Nobody listens"); },
};
export default new Agent({ name: "Payments", model, tools: [pay] });
`;

/**
 * What is on a way: what ran in each of three processes. What timers do now and then, and what one
 * of them was too quick for, is not on it.
 */
export async function measureWay(way: Way, sources = readSources()): Promise<WayShape> {
  const [first, ...others] = [await coverageOf(way), await coverageOf(way), await coverageOf(way)];
  const keys = others.map(({ functions }) => new Set(functions.map((each) => keyOf(each))));
  const functions = first.functions.filter((each) => keys.every((has) => has.has(keyOf(each))));
  const [least = []] = [first, ...others]
    .map(({ reads }) => reads)
    .toSorted((a, b) => a.length - b.length);
  const shape = toShape({ functions, reads: least }, sources);
  if (shape.functionCount === 0) throw new Error("Nothing was counted");
  return shape;
}

function keyOf({ url, start, end }: CoverageFile["functions"][number]): string {
  return `${url} ${start} ${end}`;
}

async function coverageOf(way: Way): Promise<CoverageFile> {
  const directory = mkdtempSync(join(tmpdir(), "holdpoint-budget-"));
  const file = join(directory, "coverage");
  writeFileSync(join(directory, "agents.ts"), agents);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      ...["--import", new URL("coverage-process.ts", import.meta.url).href],
      ...[command, "serve"],
      ...["--store", join(directory, "runs.db"), "--agents", join(directory, "agents.ts")],
    ],
    env: {
      PATH: process.env["PATH"] ?? "",
      XDG_STATE_HOME: process.env["XDG_STATE_HOME"] ?? "",
      HOME: directory,
      // Code that was compiled before has no counters.
      NODE_DISABLE_COMPILE_CACHE: "1",
      COVERAGE_FILE: file,
      COVERAGE_WAY: way,
    },
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const client = new Client({ name: "budget", version: "1.0.0" });
  const gone = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  const taken = async (number: number): Promise<void> => {
    while (!stderr.includes(`coverage ${number}\n`)) {
      if (transport.stderr === null) throw new Error("The server has no stderr");
      await once(transport.stderr, "data");
    }
  };
  const take = async (number: number): Promise<void> => {
    process.kill(transport.pid ?? 0, "SIGUSR2");
    await taken(number);
  };
  const call = async (name: string, input: Record<string, unknown>): Promise<unknown> => {
    const result = await client.callTool({ name, arguments: input });
    if (result.isError === true) throw new Error(JSON.stringify(result.content));
    return result.structuredContent;
  };
  try {
    await client.connect(transport);
    await client.listTools();
    // Which is answered behind the start: tools are listed while it goes on.
    await client.listPrompts();
    if (way === "run") await take(0);
    const { pending_approvals } = (await call("run_agent", { input: "Pay." })) as {
      pending_approvals: { approval_id: string; action: string }[];
    };
    const [pending] = pending_approvals;
    if (pending === undefined) throw new Error("Nothing waits");
    const { approval_id, action } = pending;
    if (way === "approve") {
      // What the pause still ends behind its answer, such as the claim, is not an approval's.
      await call("list_pending_approvals", {});
      await take(0);
    }
    const answer = await call("approve", { approval_id, action, wait_seconds: 20 });
    if (!JSON.stringify(answer).includes('"completed"')) throw new Error(JSON.stringify(answer));
    if (way === "run") await take(1);
    await taken(1);
    return JSON.parse(readFileSync(`${file}.1`, "utf8")) as CoverageFile;
  } catch (error) {
    throw new Error(`The way could not be measured: ${stderr}`, { cause: error });
  } finally {
    await client.close();
    await gone;
    rmSync(directory, { recursive: true, force: true });
  }
}

function toShape({ functions, reads }: CoverageFile, sources: readonly FileShape[]): WayShape {
  const files = sources.flatMap(({ path, lines, functions: written }) => {
    const ran = new Map<number, RanFunction>();
    for (const { url, start, end, count } of functions) {
      if (url !== sourceUrl + path) continue;
      const shape = written
        .filter((each) => each.start <= start && start <= each.body && end <= each.end)
        .toSorted((a, b) => b.start - a.start)[0];
      // What is not there is part of the function it stands in.
      if (shape === undefined || !isFunctionOfItsOwn(shape)) continue;
      const { name, line, branches } = shape;
      const before = ran.get(shape.start)?.count ?? 0;
      ran.set(shape.start, { name, line, branches, count: before + count });
    }
    const found = [...ran.values()].toSorted((a, b) => a.line - b.line);
    return found.length === 0 ? [] : [{ path, lines, functions: found }];
  });
  return { files, functionCount: countOf(files), reads };
}

/**
 * A line a file, by folders: how many functions, and which; `!12` after one that has that many
 * branches.
 */
export function toTable({ files, functionCount, reads }: WayShape, maxBranches: number): string {
  const rows = byFolder(files).flatMap(([folder, own]) => [
    `${String(countOf(own)).padStart(4)}  ${folder}/, ${own.length} files`,
    ...own.map(({ path, lines, functions }) => {
      const names = functions.map(({ name, line, branches }) => {
        const called = name === "" ? `(line ${line})` : name;
        return branches > maxBranches ? `${called} !${branches}` : called;
      });
      const counts = String(functions.length).padStart(8);
      return `${counts}  ${path} (${lines} lines): ${names.join(", ")}`;
    }),
  ]);
  const lineCount = files.reduce((sum, { lines }) => sum + lines, 0);
  return [
    ...rows,
    `${functionCount} functions in ${files.length} files of ${lineCount} lines`,
    `${reads.length} reads of the journal`,
    ...reads.map((text) => `      ${text}`),
  ].join("\n");
}

type Files = WayShape["files"];

/** Folders, and the files of each, with most functions first. */
function byFolder(files: Files): [string, Files][] {
  const folders = new Map<string, Files>();
  const sorted = files.toSorted(
    (a, b) => b.functions.length - a.functions.length || (a.path < b.path ? -1 : 1),
  );
  for (const file of sorted) {
    const folder = dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders].toSorted(([, a], [, b]) => countOf(b) - countOf(a));
}

function countOf(files: Files): number {
  return files.reduce((sum, { functions }) => sum + functions.length, 0);
}

if (import.meta.main) {
  const [way = ""] = process.argv.slice(2);
  if (way !== "approve" && way !== "run") {
    process.stderr.write("Usage: node test/support/function-budget.ts approve|run\n");
    process.exit(1);
  }
  process.stdout.write(`${toTable(await measureWay(way), 12)}\n`);
}
