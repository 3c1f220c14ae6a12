import { posix } from "node:path";

/** A source file, by its path below `src/`, with slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** What each folder may import besides itself: folders, or single files of one. */
const layers: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  engine: ["lib"],
  agents: ["lib", "engine", "interop"],
  runs: ["lib", "engine", "agents", "interop"],
  sqlite: ["lib"],
  openai: ["lib", "agents"],
  models: ["lib", "engine", "agents", "openai"],
  postgres: ["lib"],
  sessions: ["lib", "engine", "agents", "openai", "sqlite", "postgres"],
  stores: ["lib", "engine", "runs/run-store.ts", "sqlite", "postgres"],
  policy: ["lib", "engine", "agents"],
  config: ["lib", "engine", "agents", "policy/policy.ts", "policy/path-declaration.ts"],
  downstream: ["lib", "engine", "agents", "policy"],
  hosts: ["lib", "config"],
  interop: ["lib", "engine", "agents", "openai"],
  host: ["lib"],
  gateway: ["lib", "engine", "runs", "policy", "downstream", "host"],
  mcp: ["lib", "engine", "agents", "runs", "host"],
  http: ["lib", "engine"],
  web: ["lib", "engine", "agents", "runs", "http"],
};

/** What puts the others together may import: all of them. */
const everything = Object.keys(layers);
/** Each may import everything, and those before it. */
const compositions = ["app", "cli"];

/** Where a package may be imported; every other one may be anywhere. */
const packages: readonly { name: RegExp; allowedIn: RegExp; where: string }[] = [
  {
    name: /^@modelcontextprotocol\/sdk(\/|$)/,
    allowedIn: /^(host|mcp|gateway|downstream)\//,
    where: "host, mcp, gateway and downstream only",
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
  { name: /^smol-toml$/, allowedIn: /^hosts\//, where: "hosts only" },
  { name: /^pg(\/|$)/, allowedIn: /^postgres\//, where: "postgres only" },
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
  // Files that are in no folder are what others import of the package.
  if (from === undefined || from === to) return undefined;
  const allowed = allowedFor(from);
  if (allowed === undefined) return `${from} is in no layer`;
  if (to === undefined) return "it is an entry point of the package";
  if (allowed.includes(to) || allowed.includes(target)) return undefined;
  return `${from} may import ${allowed.length === 0 ? "nothing else" : allowed.join(", ")}`;
}

function folderOf(path: string): string | undefined {
  const [folder, ...rest] = path.split("/");
  return rest.length === 0 ? undefined : folder;
}

/** What a folder may import besides itself; `undefined` for one that has no place. */
function allowedFor(folder: string): readonly string[] | undefined {
  const place = compositions.indexOf(folder);
  return place === -1 ? layers[folder] : [...everything, ...compositions.slice(0, place)];
}
