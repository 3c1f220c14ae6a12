import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

import { describe, expect, it } from "vitest";

import { findViolations, importSpecifiers, type SourceFile } from "./support/layers.ts";

const src = join(import.meta.dirname, "../src");

function sourceFiles(): SourceFile[] {
  return globSync("**/*.ts", { cwd: src })
    .toSorted()
    .map((path) => ({
      path: path.replaceAll(sep, "/"),
      text: readFileSync(join(src, path), "utf8"),
    }));
}

/** What is wrong with one file that imports this. */
function problemsOf(path: string, specifier: string): string[] {
  return findViolations([{ path, text: `import { x } from "${specifier}";\n` }]);
}

describe("layers", () => {
  it("are kept by every source file", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(50);
    expect(findViolations(files)).toEqual([]);
  });

  it("have one place for each name: only what others import of the package hands names on", () => {
    const handedOn = sourceFiles().filter(
      ({ path, text }) => path.includes("/") && /^export (?:type )?[{*][^;]* from "/m.test(text),
    );
    expect(handedOn.map(({ path }) => path)).toEqual([]);
  });

  it("take zod as a namespace: of its `z` a bundle leaves out nothing, all languages come along", () => {
    const whole = sourceFiles().filter(({ text }) => /^import .*\{.*\} from "zod/m.test(text));
    expect(whole.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["lib/json.ts", "../agents/items.ts", "lib may import nothing else"],
    ["engine/fold.ts", "../agents/items.ts", "engine may import lib"],
    ["agents/face/run.ts", "../../runs/run-store.ts", "agents may import lib, engine, interop"],
    ["agents/ask-model.ts", "../models/scripted.ts", "agents may import lib, engine, interop"],
    ["runs/run-service.ts", "../mcp/server.ts", "runs may import lib, engine, agents, interop"],
    ["runs/run-service.ts", "../stores/memory.ts", "runs may import lib, engine, agents, interop"],
    [
      "gateway/server.ts",
      "../mcp/where.ts",
      "gateway may import lib, engine, runs, policy, downstream, host",
    ],
    ["host/elicit.ts", "../runs/run-report.ts", "host may import lib"],
    ["web/page.ts", "../mcp/server.ts", "web may import lib, engine, agents, runs, http"],
    ["http/server.ts", "../web/inbox.ts", "http may import lib, engine"],
    ["mcp/server.ts", "../web/page.ts", "mcp may import lib, engine, agents, runs, host"],
    ["mcp/server.ts", "../cli/main.ts", "mcp may import lib, engine, agents, runs, host"],
    ["mcp/server.ts", "../app/app.ts", "mcp may import lib, engine, agents, runs, host"],
    ["engine/loop.ts", "../index.ts", "it is an entry point of the package"],
    ["cli/main.ts", "../index.ts", "it is an entry point of the package"],
    ["models/chat.ts", "../sessions/memory.ts", "models may import lib, engine, agents, openai"],
    ["policy/policy.ts", "../downstream/tools.ts", "policy may import lib, engine, agents"],
    ["sqlite/schema.ts", "../agents/items.ts", "sqlite may import lib"],
    ["openai/items.ts", "../models/chat.ts", "openai may import lib, agents"],
    [
      "stores/memory.ts",
      "../agents/items.ts",
      "stores may import lib, engine, runs/run-store.ts, sqlite, postgres",
    ],
    ["postgres/schema.ts", "../agents/items.ts", "postgres may import lib"],
    ["hosts/host-files.ts", "../cli/options.ts", "hosts may import lib, config"],
    ["cli/commands/connect.ts", "smol-toml", "allowed in hosts only"],
    ["stores/postgres.ts", "pg", "allowed in postgres only"],
    ["newcomer/a.ts", "../lib/json.ts", "newcomer is in no layer"],
    ["lib/json.ts", "../../test/support/layers.ts", "it is outside src"],
    [
      "runs/a.ts",
      "@modelcontextprotocol/sdk/types.js",
      "allowed in host, mcp, gateway and downstream only",
    ],
    [
      "app/app.ts",
      "@modelcontextprotocol/sdk",
      "allowed in host, mcp, gateway and downstream only",
    ],
    ["app/default-model.ts", "openai", "allowed in models, sessions and openai only"],
    ["agents/a.ts", "openai/resources", "allowed in models, sessions and openai only"],
    ["stores/memory.ts", "node:sqlite", "allowed in the SQLite drivers only"],
    ["app/app.ts", "node:sqlite", "allowed in the SQLite drivers only"],
    ["models/chat.ts", "@openai/agents", "allowed in no source file"],
    ["index.ts", "@openai/agents-core", "allowed in no source file"],
  ])("turn red when %s imports %s", (path, specifier, problem) => {
    expect(problemsOf(path, specifier)).toEqual([`${path} imports ${specifier}: ${problem}`]);
  });

  it.each([
    ["agents/agent.ts", "../lib/json.ts"],
    ["agents/agent.ts", "./tool.ts"],
    ["agents/ask-model.ts", "../engine/activation.ts"],
    ["runs/run-service.ts", "../engine/loop.ts"],
    ["mcp/tools/approve.ts", "../../runs/decide.ts"],
    ["mcp/server.ts", "@modelcontextprotocol/sdk/types.js"],
    ["stores/memory.ts", "../runs/run-store.ts"],
    ["stores/sqlite.ts", "../engine/store.ts"],
    ["stores/sqlite.ts", "../sqlite/connection.ts"],
    ["sessions/sqlite.ts", "../sqlite/connection.ts"],
    ["sqlite/connection.ts", "node:sqlite"],
    ["sessions/sqlite.ts", "node:sqlite"],
    ["models/chat.ts", "openai"],
    ["models/chat.ts", "zod"],
    ["cli/main.ts", "../app/app.ts"],
    ["cli/main.ts", "../mcp/stdio.ts"],
    ["app/app.ts", "../stores/memory.ts"],
    ["index.ts", "./agents/face/run.ts"],
  ])("stay green when %s imports %s", (path, specifier) => {
    expect(problemsOf(path, specifier)).toEqual([]);
  });

  it("see every way to import", () => {
    const text = [
      'import a from "./a.ts";',
      'import "./b.ts";',
      'import type { C } from "./c.ts";',
      "import {",
      "  d,",
      "  type D,",
      '} from "./d.ts";',
      'import * as e from "./e.ts";',
      'export { f } from "./f.ts";',
      'export * from "./g.ts";',
      "export type { H } from './h.ts';",
      'import data from "./i.json" with { type: "json" };',
      'const j = await import("./j.ts");',
      'type K = typeof import("./k.ts");',
      "const l = await import(\n  './l.ts'\n);",
      'const m = createRequire(import.meta.url)("n"), o = require("./o.ts");',
      'import.meta.resolve("./p.ts");',
      '// import "./comment.ts";',
      ' * import("./comment.ts")',
      'const from = "./text.ts";',
      'export const kind = "x", other = call("from", "./text.ts");',
    ].join("\n");
    const seen = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "o", "p"];
    expect(importSpecifiers(text)).toEqual(
      seen.map((letter) => `./${letter}.${letter === "i" ? "json" : "ts"}`),
    );
  });
});
