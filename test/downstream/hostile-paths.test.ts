import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { createBorrowedPolicy } from "../../src/app/borrowed-policy.ts";
import { createToolSource, type ToolSource } from "../../src/downstream/tool-source.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";
import { createServerPaths } from "../../src/policy/server-paths.ts";
import {
  filesBelow,
  keptFolders,
  makeNotes,
  ofKept,
  publishedServers,
  spellings,
  type PublishedServer,
} from "./published-servers.ts";
import { isThorough } from "../support/thorough.ts";

/** What became of a call: the verdict, what was sent, and what the server said where it ran. */
interface Done {
  verdict: "allow" | "ask" | "deny";
  sent: JsonObject;
  output: string;
}

interface Bench {
  notes: string;
  call(tool: string, args: JsonObject, options?: { approve?: boolean }): Promise<Done>;
}

/** A published server under rules, as the runner goes about its calls. */
function useBench(server: PublishedServer, rulesFor: (notes: string) => PolicyRule[]): Bench {
  const bench: Bench = { notes: "", call: () => Promise.reject(new Error("not started")) };
  let folder = "";
  let source: ToolSource;
  beforeAll(async () => {
    folder = realpathSync(await mkdtemp(join(tmpdir(), "holdpoint-paths-")));
    bench.notes = join(folder, "notes");
    mkdirSync(bench.notes);
    makeNotes(bench.notes);
    const spec = server.spec(bench.notes);
    source = createToolSource({
      servers: { files: spec },
      policy: createBorrowedPolicy(rulesFor(bench.notes), {
        pathsOf: () => createServerPaths(spec, { directory: folder }),
        resolvePath: createPathResolver(folder),
      }),
      log: { info: () => {}, warn: () => {} },
      version: "1.0.0",
    });
    const [{ tools, problem } = { tools: [], problem: "no server" }] = await source.survey();
    expect(problem).toBeUndefined();
    const byName = new Map(tools.map(({ definition, tool }) => [definition.name, tool]));
    bench.call = (name, args, options) => callTool(byName.get(name), args, options);
  });
  afterAll(async () => {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  });
  return bench;
}

async function callTool(
  tool: FunctionTool | undefined,
  args: JsonObject,
  { approve = false } = {},
): Promise<Done> {
  if (tool?.approvalRule.type !== "policy") throw new Error("no such tool");
  const sent = tool.parse(args) as JsonObject;
  const { verdict } = await tool.approvalRule.judge({ agent: "A", arguments: sent });
  if (verdict === "deny" || (verdict === "ask" && !approve)) return { verdict, sent, output: "" };
  const output = await Promise.resolve(tool.execute(sent)).catch(String);
  return { verdict, sent, output: JSON.stringify(output) };
}

/** Each tool with some of the spellings, each spelling with some of the tools. */
function callsOf(
  server: PublishedServer,
  paths: readonly string[],
): [tool: string, args: JsonObject][] {
  const every = 4;
  return paths.flatMap((path, index) =>
    server.calls(path).filter((_, tool) => isThorough || (tool + index) % every === 0),
  );
}

const kept = (notes: string): string[] => keptFolders.map((name) => join(notes, name));

describe.each(publishedServers)("$name under a rule that denies", (server) => {
  const bench = useBench(server, (notes) => [
    { verdict: "deny", paths: { under: kept(notes) } },
    { verdict: "allow" },
  ]);

  it("folders, tells nothing of them and changes nothing in them, however a path is spelled", async () => {
    const { notes } = bench;
    const before = filesBelow(notes);
    const leaks: unknown[] = [];
    let ran = 0;
    for (const [tool, args] of callsOf(server, spellings(notes))) {
      const { verdict, output } = await bench.call(tool, args);
      ran += verdict === "allow" ? 1 : 0;
      const now = filesBelow(notes);
      const isHarmed = Object.keys({ ...before, ...now }).some(
        (file) =>
          keptFolders.some((folder) => file.startsWith(`${folder}/`)) && now[file] !== before[file],
      );
      if (isHarmed || ofKept.test(output)) {
        leaks.push({ tool, args, output });
      }
      if (JSON.stringify(now) !== JSON.stringify(before)) makeNotes(notes);
    }
    expect(leaks).toEqual([]);
    // Rules that deny everything would pass as well.
    expect(ran).toBeGreaterThan(isThorough ? 50 : 12);
  }, 120_000);
});

describe.each(publishedServers)("$name, while another process turns a link about", (server) => {
  const bench = useBench(server, (notes) => [
    { verdict: "deny", paths: { under: kept(notes) } },
    { verdict: "allow" },
  ]);

  it("is not made to read behind it", async () => {
    const { notes } = bench;
    writeFileSync(join(notes, "drafts/secret.txt"), "DRAFT");
    // Replaced at once, never missing: what a script with a rename can do.
    const script = `const { symlinkSync, renameSync } = require("node:fs");
      process.chdir(process.argv[1]);
      for (;;) for (const to of ["drafts", "private"]) {
        symlinkSync(to, "next");
        renameSync("next", "turning");
        if (to === "private") process.stdout.write("turned");
      }`;
    const turning = spawn(process.execPath, ["-e", script, notes], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(turning.stdout, "data");
    turning.stdout.resume();
    const outputs: string[] = [];
    const verdicts = new Set<string>();
    const [read = ""] = server.calls("").find(([name]) => /read_(?:text_)?file$/.test(name)) ?? [];
    try {
      while (outputs.length < 60) {
        const { verdict, output } = await bench.call(read, { path: "turning/secret.txt" });
        verdicts.add(verdict);
        outputs.push(output);
      }
    } finally {
      turning.kill("SIGKILL");
    }
    expect(outputs.filter((output) => ofKept.test(output))).toEqual([]);
    expect(verdicts).toContain("deny");
  }, 60_000);
});

describe.each(publishedServers)("$name under a rule that allows", (server) => {
  const bench = useBench(server, (notes) => [
    { verdict: "allow", paths: { under: join(notes, "drafts") } },
  ]);

  it("one folder, touches no other unasked, however a path is spelled", async () => {
    const { notes } = bench;
    const before = filesBelow(notes);
    const leaks: unknown[] = [];
    let ran = 0;
    const others = ["a.txt", "drafts/../a.txt", join(notes, "a.txt"), "drafts", "drafts/b/c.txt"];
    for (const [tool, args] of callsOf(server, [...spellings(notes), "drafts/a.txt", ...others])) {
      const { verdict, output } = await bench.call(tool, args);
      ran += verdict === "allow" ? 1 : 0;
      const now = filesBelow(notes);
      const isHarmed = Object.keys({ ...before, ...now }).some(
        (file) => !file.startsWith("drafts/") && now[file] !== before[file],
      );
      if (isHarmed || ofKept.test(output) || output.includes("open words"))
        leaks.push({ tool, args, output });
      if (JSON.stringify(now) !== JSON.stringify(before)) makeNotes(notes);
    }
    expect(leaks).toEqual([]);
    expect(ran).toBeGreaterThan(isThorough ? 20 : 5);
  }, 120_000);
});

describe.each(publishedServers)("$name under a rule that asks", (server) => {
  const bench = useBench(server, (notes) => [
    { verdict: "allow" },
    { verdict: "ask", paths: { under: kept(notes) } },
  ]);

  it("writes to the very file that whoever approves is shown", async () => {
    const { notes } = bench;
    const wrong: unknown[] = [];
    let asked = 0;
    const write = server.calls("").find(([name]) => /^(?:fast_)?write_file$/.test(name))?.[0] ?? "";
    for (const path of [...spellings(notes), "drafts/a.txt", "drafts/../a.txt"]) {
      makeNotes(notes);
      const before = filesBelow(notes);
      const { verdict, sent } = await bench.call(
        write,
        { path, content: "NEW" },
        { approve: true },
      );
      const now = filesBelow(notes);
      const touched = Object.keys(now).filter((file) => now[file] !== before[file]);
      const isElsewhere = touched.some((file) => join(notes, file) !== sent["path"]);
      if (verdict === "ask") asked += 1;
      const isKept = touched.some((file) => keptFolders.includes(file.split("/")[0] ?? ""));
      if (isElsewhere || (isKept && verdict !== "ask"))
        wrong.push({ path, sent, touched, verdict });
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(20);
  }, 120_000);
});
