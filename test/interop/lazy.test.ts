import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, it } from "vitest";

const src = join(import.meta.dirname, "../../src");

/** Files that are loaded when a state is read or written, and not before. */
const late = new Set([
  "agents/face/export-state.ts",
  "agents/face/foreign-state.ts",
  "runs/export-run.ts",
  "runs/import-run.ts",
  "cli/commands/import.ts",
  "cli/commands/export.ts",
]);

const value = /^(?:import|export)(?! type\b)[^;]*? from "([^"]+)"/gm;

it("nothing that reads or writes foreign states is loaded before it is used", () => {
  const eager = globSync("**/*.ts", { cwd: src })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !file.startsWith("interop/") && !late.has(file))
    .flatMap((file) => {
      const text = readFileSync(join(src, file), "utf8");
      const specifiers = [...text.matchAll(value)].map((match) => match[1] ?? "");
      const wanted = specifiers.filter(
        (one) =>
          one.includes("/interop/") ||
          [...late].some((name) => one.endsWith(name.slice(name.lastIndexOf("/")))),
      );
      return wanted.map((one) => `${file} imports ${one}`);
    });
  expect(eager).toEqual([]);
});

const loadedProcess = join(import.meta.dirname, "./loaded-process.ts");
const foreign = join(import.meta.dirname, "../fixtures/foreign-states/js-a-one-pending.json");

interface Loaded {
  finalOutput: string;
  before: string[];
  after: string[];
}

it("a run that pauses, is written, read and goes on loads none of it; a foreign state does", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    loadedProcess,
    join(src, "index.ts"),
    foreign,
  ]);
  const { finalOutput, before, after } = JSON.parse(stdout) as Loaded;
  const interop = (urls: string[]): string[] =>
    urls.filter((url) => url.includes("/interop/") || url.endsWith("/foreign-state.ts"));
  expect(finalOutput).toBe("Done.");
  expect(before.some((url) => url.endsWith("/agents/face/run.ts"))).toBe(true);
  expect(interop(before)).toEqual([]);
  expect(interop(after).some((url) => url.endsWith("/read-foreign-state.ts"))).toBe(true);
});
