import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

const src = join(import.meta.dirname, "../src");

/**
 * Those of agents are the engine's with their own kind of data, and a tool is what `tool()` makes as
 * well as what the engine needs of it.
 */
const meantTwice = new Set(["DraftOf", "EntryOf", "Frame", "Tool"]);

it("a type's name means one thing: no other file exports another type of that name", () => {
  const files = new Map<string, string[]>();
  for (const path of globSync("**/*.ts", { cwd: src })) {
    const text = readFileSync(join(src, path), "utf8");
    for (const [, name = ""] of text.matchAll(/^export (?:interface|type|class) (\w+)/gm)) {
      files.set(name, [...(files.get(name) ?? []), path]);
    }
  }
  expect(files.size).toBeGreaterThan(500);
  const shared = [...files].filter(([name, paths]) => paths.length > 1 && !meantTwice.has(name));
  expect(Object.fromEntries(shared)).toEqual({});
});

it("a function's name says what it does, and not a word that stands for much", () => {
  const vague =
    /^\s*(?:export )?(?:async )?function (?:judge|open|of|state)\b|const (?:judge|of) = (?:async )?\(/gm;
  const found = globSync("**/*.ts", { cwd: src }).flatMap((path) =>
    (readFileSync(join(src, path), "utf8").match(vague) ?? []).map((each) => `${path}: ${each}`),
  );
  expect(found).toEqual([]);
});
