import { posix } from "node:path";

/** A source file, by its path below `src/`, with slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** From left to right: a folder may import itself and those to its left. */
const layers = [["lib"], ["agent"], ["journal"], ["runner"], ["runs"], ["mcp", "web"]];

/** What an adapter may import besides itself: folders, or single files of one. */
const adapters: Readonly<Record<string, readonly string[]>> = {
  models: ["lib", "agent", "openai"],
  sessions: ["lib", "agent", "openai", "sqlite"],
  stores: ["lib", "agent", "runner/journal-store.ts", "runs/run-store.ts", "sqlite"],
  policy: ["lib", "agent"],
  config: ["lib", "agent", "policy/policy.ts"],
  downstream: ["lib", "agent"],
  interop: ["lib", "agent", "journal/entries.ts", "openai"],
};

/** What may import an adapter besides the composition. */
const users: Readonly<Record<string, readonly string[]>> = {
  runner: ["interop"],
  runs: ["interop"],
};

/** What adapters to the same thing share, and what that may import besides itself. */
const bases: Readonly<Record<string, readonly string[]>> = {
  openai: ["lib", "agent"],
  sqlite: ["lib"],
};

/** The faces over the runs: they never see the runner itself. */
const faces = ["mcp", "web", "cli"];

/** Where a package may be imported; every other one may be anywhere. */
const packages: readonly { name: RegExp; allowedIn: RegExp; where: string }[] = [
  {
    name: /^@modelcontextprotocol\/sdk(\/|$)/,
    allowedIn: /^(mcp|downstream)\//,
    where: "mcp and downstream only",
  },
  {
    name: /^openai(\/|$)/,
    allowedIn: /^(models|sessions|openai)\//,
    where: "models, sessions and openai only",
  },
  {
    name: /^node:sqlite$/,
    allowedIn: /^(sqlite\/|(stores|sessions)\/sqlite[^/]*\.ts$)/,
    where: "the SQLite drivers only",
  },
  { name: /^@openai\//, allowedIn: /^(?!)/, where: "no source file" },
];

/** Every import that the layers forbid, one line each, in the order of files and imports. */
export function findViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importSpecifiers(text).flatMap((specifier) => {
      const problem = specifier.startsWith(".")
        ? checkFile(path, posix.join(posix.dirname(path), specifier))
        : checkPackage(path, specifier);
      return problem === undefined ? [] : [`${path} imports ${specifier}: ${problem}`];
    }),
  );
}

const imports = [
  // import x from "y", import type { x } from "y", export * from "y", also over several lines
  /^[ \t]*(?:import|export)\b[^"'`;()=]*?\bfrom\s*["']([^"']+)["']/gm,
  // import "y"
  /^[ \t]*import\s*["']([^"']+)["']/gm,
  // import("y"), also as a type; require("y"), import.meta.resolve("y")
  /\b(?:import|require|resolve)\s*\(\s*["'`]([^"'`$]+)["'`]/g,
];
const commentLines = /^[ \t]*(?:\/\/|\/?\*).*$/gm;

/** All that a file imports, whether at once, late, or for types only. */
export function importSpecifiers(text: string): string[] {
  const code = text.replaceAll(commentLines, "");
  const found = imports.flatMap((pattern) => [...code.matchAll(pattern)]);
  return found.toSorted((a, b) => a.index - b.index).map((match) => match[1] ?? "");
}

function checkPackage(path: string, specifier: string): string | undefined {
  const rule = packages.find(({ name }) => name.test(specifier));
  return rule === undefined || rule.allowedIn.test(path) ? undefined : `allowed in ${rule.where}`;
}

function checkFile(path: string, target: string): string | undefined {
  if (target.startsWith("..")) return "it is outside src";
  const from = folderOf(path);
  const to = folderOf(target);
  // Files that are in no folder put the others together.
  if (from === undefined || from === to) return undefined;
  const allowed = allowedFor(from);
  if (allowed === undefined) return `${from} is in no layer`;
  if (to === undefined) return from === "cli" ? undefined : "only cli stands over the composition";
  if (allowed.includes(to) || allowed.includes(target)) return undefined;
  return `${from} may import ${allowed.length === 0 ? "nothing else" : allowed.join(", ")}`;
}

function folderOf(path: string): string | undefined {
  const [folder, ...rest] = path.split("/");
  return rest.length === 0 ? undefined : folder;
}

/** What a folder may import besides itself; `undefined` for one that has no place. */
function allowedFor(folder: string): readonly string[] | undefined {
  const listed = adapters[folder] ?? bases[folder];
  if (listed !== undefined) return listed;
  const all = folder === "cli";
  const index = layers.findIndex((names) => names.includes(folder));
  if (index < 0 && !all) return undefined;
  const left = layers.slice(0, all ? undefined : index).flat();
  const seen = faces.includes(folder) ? left.filter((name) => name !== "runner") : left;
  return all ? [...seen, ...Object.keys(adapters)] : [...seen, ...(users[folder] ?? [])];
}
