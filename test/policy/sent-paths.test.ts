import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { judgeProposed } from "../../src/app/borrowed-policy.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { pathDeclaration, type PathDeclaration } from "../../src/policy/path-declaration.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";
import { sendPaths } from "../../src/policy/sent-paths.ts";
import { createServerPaths } from "../../src/policy/server-paths.ts";

let folder = "";
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-sent-")));
  mkdirSync(join(folder, "notes/private"), { recursive: true });
  writeFileSync(join(folder, "notes/private/s.txt"), "");
  symlinkSync("private/s.txt", join(folder, "notes/link"));
  symlinkSync("/etc", join(folder, "notes/out"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  declared: PathDeclaration;
  start?: { command?: string; args?: string[]; url?: string };
}

function send(args: JsonObject, { declared, start = { command: "node" } }: Given) {
  const paths = createServerPaths(start, { declared, directory: folder });
  const sent = sendPaths(args, paths.argumentsOf("t") ?? [], paths);
  // What was prepared once stays.
  expect(sendPaths(sent.sent, paths.argumentsOf("t") ?? [], paths).changed).toEqual([]);
  return sent;
}

describe("what is sent", () => {
  it("is the real path, in lists and in objects of lists, and nothing else changes", () => {
    const tools = { t: ["$.paths[*]", "$.edits[*].file"] };
    const args = { paths: ["notes/link", 7], edits: [{ file: "notes/./new", text: "./x" }], n: 1 };
    const { sent, changed } = send(args, { declared: { tools } });
    expect(sent).toEqual({
      paths: [join(folder, "notes/private/s.txt"), 7],
      edits: [{ file: join(folder, "notes/new"), text: "./x" }],
      n: 1,
    });
    expect(changed.map(({ at, proposed }) => [at, proposed])).toEqual([
      ["$.paths[*]", "notes/link"],
      ["$.edits[*].file", "notes/./new"],
    ]);
  });

  it.each<[string, JsonObject, PathDeclaration, string]>([
    [
      "relative to the base",
      { p: "./private/../link" },
      { base: "notes", tools: { t: [{ at: "$.p", sent: "relative" }] } },
      "private/s.txt",
    ],
    [
      "a glob behind its real folder",
      { p: "notes/out/../**/*.txt" },
      { tools: { t: [{ at: "$.p", reach: "glob" }] } },
      "FOLDER/notes/**/*.txt",
    ],
    [
      "the name itself",
      { p: "notes/link" },
      { tools: { t: [{ at: "$.p", itself: true }] } },
      "FOLDER/notes/link",
    ],
    [
      "the text where another file system is meant",
      { p: "a/../b" },
      { on: "elsewhere", base: "/data", tools: { t: "$.p" } },
      "/data/b",
    ],
    [
      "the path there of what a mount leads to here",
      { p: "/data/link" },
      { on: "elsewhere", mounts: { "/data": "notes" }, tools: { t: "$.p" } },
      "/data/private/s.txt",
    ],
    [
      "as it was, where a mount is left by a link",
      { p: "/data/out/passwd" },
      { on: "elsewhere", mounts: { "/data": "notes" }, tools: { t: "$.p" } },
      "/data/out/passwd",
    ],
  ])("is %s", (_name, args, declared, expected) => {
    const { sent } = send(args, { declared });
    expect(sent["p"]).toBe(expected.replace("FOLDER", folder));
  });

  it("is told apart by what a server is started with", () => {
    const on = (start: Given["start"]): string =>
      createServerPaths(start ?? {}, { directory: folder }).on;
    expect([
      on({ command: "/usr/bin/docker" }),
      on({ command: "ssh" }),
      on({ url: "http://localhost" }),
      on({ command: "npx" }),
    ]).toEqual(["elsewhere", "elsewhere", "elsewhere", "here"]);
    const image = { command: "docker", args: ["run", "-i", "mcp/filesystem", "/projects"] };
    const paths = createServerPaths(image, { directory: folder });
    expect([paths.base, paths.argumentsOf("move_file")?.length]).toEqual(["/projects", 2]);
  });
});

describe("rules over paths", () => {
  const judge = (rule: PolicyRule, args: JsonObject, { declared, start = {} }: Given): string => {
    const options = {
      fallback: "ask",
      pathsOf: () => createServerPaths(start, { declared, directory: folder }),
      resolvePath: createPathResolver(folder),
    } as const;
    const call = { agent: "A", server: "s", tool: "t", arguments: args };
    return judgeProposed([rule], call, options).verdict;
  };
  const deny: PolicyRule = { verdict: "deny", paths: { under: "notes/private" } };
  const allow: PolicyRule = { verdict: "allow", paths: { under: "notes" } };
  const one: Given = { declared: { tools: { t: "$.p" } } };
  const tree: Given = { declared: { tools: { t: [{ at: "$.p", reach: "tree" }] } } };
  const away: Given = { declared: { on: "elsewhere", tools: { t: "$.p" } } };

  it.each<[string, PolicyRule, JsonObject, Given, string]>([
    ["deny of a path", deny, { p: "notes/link" }, one, "deny"],
    ["deny of another", deny, { p: "notes/a" }, one, "ask"],
    ["deny of a folder alone above it", deny, { p: "notes" }, one, "ask"],
    ["deny of a tree above it", deny, { p: "notes" }, tree, "deny"],
    ["deny of a tree beside it", deny, { p: "notes/b" }, tree, "ask"],
    ["allow of a tree above", allow, { p: "." }, tree, "ask"],
    ["allow of a tree", allow, { p: "notes" }, tree, "allow"],
    ["deny of what is left out", deny, {}, one, "deny"],
    ["allow of what is left out", allow, {}, one, "ask"],
    ["deny where nothing is declared", deny, { p: "notes/a" }, { declared: {} }, "deny"],
    ["allow where nothing is declared", allow, { p: "notes/a" }, { declared: {} }, "ask"],
    ["deny of a tool without paths", deny, { p: 1 }, { declared: { tools: { t: [] } } }, "ask"],
    [
      "deny of an undeclared argument",
      { verdict: "deny", arguments: { q: { under: "notes" } } },
      { p: "x", q: "/etc" },
      one,
      "deny",
    ],
    [
      "allow of a tree by a glob",
      { verdict: "allow", paths: { under: "notes", path: "**/*.txt" } },
      { p: "notes/private" },
      tree,
      "ask",
    ],
    [
      "deny of a tree by a glob",
      { verdict: "deny", paths: { under: ".", path: "**/*.pem" } },
      { p: "notes/private" },
      tree,
      "deny",
    ],
    ["allow by an encoded path", allow, { p: "notes/%2e%2e/x" }, one, "ask"],
    [
      "deny elsewhere, whatever the case",
      { verdict: "deny", paths: { under: "/data/private" } },
      { p: "/data/x/../PRIVATE/s" },
      away,
      "deny",
    ],
    [
      "allow elsewhere, in another case",
      { verdict: "allow", paths: { under: "/data/drafts" } },
      { p: "/data/DRAFTS/s" },
      away,
      "ask",
    ],
    [
      "allow elsewhere",
      { verdict: "allow", paths: { under: "/data/drafts" } },
      { p: "/data/drafts/s" },
      away,
      "allow",
    ],
    ["deny elsewhere of a home", deny, { p: "~/x" }, away, "deny"],
  ])("%s", (_name, rule, args, given, expected) => {
    expect(judge(rule, args, given)).toBe(expected);
  });

  it("is in doubt about more paths than are followed in one call", () => {
    const many: Given = { declared: { tools: { t: "$.paths[*]" } } };
    const paths = Array.from({ length: 1_001 }, (_, at) => join(folder, `notes/${at}`));
    expect(judge(allow, { paths: paths.slice(1) }, many)).toBe("allow");
    expect(judge(allow, { paths }, many)).toBe("ask");
    expect(judge(deny, { paths: paths.slice(1) }, many)).toBe("ask");
    expect(judge(deny, { paths }, many)).toBe("deny");
  });

  it("declares no other places than members and lists of them", () => {
    for (const at of ["path", "$", "$.a[0]", "$..a", "$.a b"]) {
      expect(pathDeclaration().safeParse({ tools: { t: at } }).success).toBe(false);
    }
  });
});
