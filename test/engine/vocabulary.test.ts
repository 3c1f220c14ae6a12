import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

import { describe, expect, it } from "vitest";

import {
  approverLevels,
  decisions,
  expiries,
  ruleVerdicts,
  runStatuses,
} from "../../src/engine/vocabulary.ts";

const src = join(import.meta.dirname, "../../src");

/** Where lists may stand: the vocabulary itself, and what was written once and will not change. */
const SPELLED = new Set([
  "engine/vocabulary.ts",
  "engine/format-1.ts",
  // The names of lists in the settings of Claude Code.
  "hosts/tool-rules.ts",
  "postgres/tables.ts",
  "sqlite/schema.ts",
]);

/** Lists of two words and more of one kind: of an array, an enumeration or a union. */
function spelledLists(text: string): string[] {
  return [approverLevels, decisions, expiries, ruleVerdicts, runStatuses].flatMap((words) => {
    const word = `["'](?:${words.join("|")})["']`;
    return text.match(new RegExp(`${word}\\s*[,|]\\s*(?:\\|\\s*)?${word}`, "g")) ?? [];
  });
}

describe("the vocabulary", () => {
  it("is the only place where levels, verdicts and statuses are listed", () => {
    const found = globSync("**/*.ts", { cwd: src }).flatMap((path) => {
      const file = path.replaceAll(sep, "/");
      if (SPELLED.has(file)) return [];
      return spelledLists(readFileSync(join(src, path), "utf8")).map((list) => `${file}: ${list}`);
    });
    expect(found).toEqual([]);
  });

  it.each([
    ['z.enum(["client", "confirm", "person"])', 1],
    ['type A =\n  | "running"\n  | "awaiting_approval";', 1],
    ["'allow', 'deny'", 1],
    ['decision: "approved" | "rejected" | "expired"', 1],
    ['status === "running" || status === "completed"', 0],
  ])("is missed in %s, %i times", (text, count) => {
    expect(spelledLists(text)).toHaveLength(count);
  });
});
