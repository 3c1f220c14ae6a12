import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createBorrowedPolicy } from "../../src/app/borrowed-policy.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { createPathGlob, globProblem } from "../../src/policy/glob.ts";
import { policyRule } from "../../src/policy/policy.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";
import { createServerPaths } from "../../src/policy/server-paths.ts";
import { fuzzOptions, fuzzTimeout } from "../support/fuzz.ts";

const name = fc.constantFrom(
  "a",
  "b",
  ".c",
  "secret",
  "é",
  "é",
  "..",
  ".",
  "",
  "~",
  "%2e%2e",
  "in",
  "out",
  "loop",
  "C:",
  "a\\b",
  "\u0000",
);
const path = fc
  .tuple(fc.boolean(), fc.array(name, { minLength: 1, maxLength: 6 }))
  .map(([isAbsolute, names]) => ({ isAbsolute, text: names.join("/") }));

let root = "";
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-fuzz-")));
  for (const folder of ["work/a/b", "work/secret/a", "work/.c", "work/é", "elsewhere/a"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, "work/secret/a/b"), "");
  symlinkSync("../secret", join(root, "work/a/in"));
  symlinkSync(join(root, "elsewhere"), join(root, "work/a/out"));
  symlinkSync("loop", join(root, "work/loop"));
  symlinkSync("../not-yet", join(root, "work/a/b/out"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Where an operating system ends up that is given a path: what is there is followed. */
function opened(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return dirname(file) === file
      ? file
      : join(opened(dirname(file)), file.slice(dirname(file).length));
  }
}

describe("any path", fuzzTimeout, () => {
  // What a server opens by the path that it is sent is never below a folder that a rule denies, or
  // the call was not let run; and what is sent once is sent the same again.
  it("that leads below a denied folder is not let run, however it is spelled", async () => {
    const rules = [
      { verdict: "allow", server: "files" },
      {
        verdict: "deny",
        server: "files",
        arguments: { path: { under: join(root, "work/secret") } },
      },
    ].map((rule) => policyRule().parse(rule));
    const paths = createServerPaths(
      { command: "node" },
      { declared: { tools: { read: ["$.path"] } }, directory: join(root, "work") },
    );
    const policy = createBorrowedPolicy(rules, {
      pathsOf: () => paths,
      resolvePath: createPathResolver(root),
    });
    const borrowed = { server: "files", tool: "read", isTrustedReadOnly: false };
    const judge = async (sent: JsonObject): Promise<string> => {
      const call = { agent: "A", arguments: sent } as never;
      return (await policy.judge(borrowed, call)).verdict;
    };
    await fc.assert(
      fc.asyncProperty(path, async ({ isAbsolute, text }) => {
        const given = isAbsolute ? join(root, "work", "/") + text : text;
        const { sent } = policy.prepare(borrowed, { path: given });
        expect(policy.prepare(borrowed, sent).sent).toEqual(sent);
        const where = String(sent["path"]);
        const isNoPath = where.includes("\u0000");
        const at = isNoPath ? "" : opened(resolve(join(root, "work"), where));
        const isSecret = `${at}/`.startsWith(`${join(root, "work/secret")}/`);
        if (isNoPath || isSecret) expect(await judge(sent)).toBe("deny");
      }),
      fuzzOptions(300),
    );
  });
});

describe("any glob", fuzzTimeout, () => {
  const part = fc.constantFrom(
    "a",
    "b",
    ".",
    "*",
    "?",
    "[ab]",
    "[!a]",
    "-",
    "(",
    ")",
    "é",
    "+",
    "^",
  );
  const segment = fc.oneof(
    fc.constant("**"),
    fc.array(part, { maxLength: 4 }).map((all) => all.join("")),
  );
  const glob = fc.array(segment, { minLength: 1, maxLength: 4 }).map((all) => all.join("/"));
  const text = fc
    .array(fc.array(fc.constantFrom("a", "b", ".", "-", "(", "é", "+"), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((all) => all.map((each) => each.join("")).join("/"));

  // It finds what the same glob finds by a plain definition: a name for a name, any number for `**`.
  it("finds what its definition says", () => {
    const found = (globs: readonly string[], names: readonly string[]): boolean => {
      const [first, ...rest] = globs;
      if (first === undefined) return names.length === 0;
      if (first === "**") {
        return names.some((_, at) => found(rest, names.slice(at))) || found(rest, []);
      }
      const [head, ...others] = names;
      return head !== undefined && isName(first, head) && found(rest, others);
    };
    fc.assert(
      fc.property(glob, text, (pattern, of) => {
        if (globProblem(pattern) !== undefined) return;
        const said = createPathGlob(pattern).test(of);
        const globs = pattern.split("/");
        const names = of.split("/");
        // What only the folder of `a/**` is, cannot be told.
        if (said !== undefined)
          expect({ pattern, of, said }).toEqual({ pattern, of, said: found(globs, names) });
        else expect(globs.at(-1)).toBe("**");
      }),
      fuzzOptions(1_000),
    );
  });

  // Whatever the text, a glob is taken or refused in words.
  it("is taken or refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), text, (pattern, of) => {
        const problem = globProblem(pattern);
        if (problem === undefined) createPathGlob(pattern).test(of);
        else expect(problem).not.toBe("");
      }),
      fuzzOptions(500),
    );
  });
});

/** One name by one glob, by trying everything. */
function isName(glob: string, name: string): boolean {
  const [whole = "", set] = /^(?:\[(!?[^\]]+)\]|[^])/u.exec(glob) ?? [];
  if (whole === "") return name === "";
  const rest = glob.slice(whole.length);
  if (whole === "*") {
    return [...name, ""].some((_, at) => isName(rest, [...name].slice(at).join("")));
  }
  const [head, ...others] = name;
  if (head === undefined) return false;
  const isHit =
    set === undefined
      ? whole === "?" || whole === head
      : set.startsWith("!") !== set.replace(/^!/, "").includes(head);
  return isHit && isName(rest, others.join(""));
}
