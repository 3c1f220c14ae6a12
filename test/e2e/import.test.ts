import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, it } from "vitest";

import { holdpoint, runProgram } from "../support/command.ts";

const root = join(import.meta.dirname, "../..");

interface Loaded {
  /** As they were built. */
  texts: string[];
  /** What they were built of, from `src`. */
  sources: string[];
  /** Modules of Node. */
  builtins: string[];
}

async function importLibrary(): Promise<Loaded> {
  const script = join(root, "test/e2e/import-process.ts");
  const { stdout } = await runProgram(process.execPath, [script, join(root, "dist/index.js")]);
  return readLoaded(stdout);
}

function readLoaded(text: string): Loaded {
  const { files, builtins } = JSON.parse(text) as { files: string[]; builtins: string[] };
  const texts = files.map((url) => readFileSync(fileURLToPath(url), "utf8"));
  const sources = texts.flatMap((text) =>
    [...text.matchAll(/^\/\/ src\/(\S+)$/gm)].map(([, path]) => path ?? ""),
  );
  return { texts, sources, builtins };
}

const bytesOf = (texts: readonly string[]): number => texts.join("").length;

// Most of an import is looking for files and reading code: so many files, and so much of it, take
// less than 60 ms.
describe("an import of the library", () => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await importLibrary();
  });

  it("reads few files", () => {
    expect(loaded.texts.length).toBeLessThanOrEqual(16);
    expect(bytesOf(loaded.texts)).toBeLessThan(950_000);
  });

  it("reads no code that only some programs use, and those later", () => {
    const folders = new Set(loaded.sources.map((path) => path.split("/")[0]));
    expect([...folders].toSorted()).toEqual([
      "agents",
      "app",
      "engine",
      "lib",
      "models",
      "openai",
      "policy",
      "runs",
      "sessions",
      "stores",
    ]);
    const late = /^(?:stores\/(?:sqlite|postgres)|models\/(?:chat|responses|offline)|app\/server-)/;
    expect(loaded.sources.filter((path) => late.test(path))).toEqual([]);
  });

  it("makes no schema: each is made when what it checks is first read", () => {
    const made = loaded.sources.filter((path) =>
      /^(?:export )?const \w+(?:: [^=]+)? = z\b/m.test(
        readFileSync(join(root, "src", path), "utf8"),
      ),
    );
    expect(made).toEqual([]);
  });

  it("loads no part of Node that a run in memory does without", () => {
    const heavy = ["child_process", "http", "https", "net", "sqlite", "tls", "worker_threads"];
    expect(loaded.builtins.filter((name) => heavy.includes(name))).toEqual([]);
    expect(loaded.builtins).toContain("crypto");
  });
});

/** The text of a built file, and of all that is loaded with it. */
function readWithImports(file: string, seen = new Map<string, string>()): string[] {
  if (seen.has(file)) return [];
  const text = readFileSync(file, "utf8");
  seen.set(file, text);
  for (const [, path = ""] of text.matchAll(/^(?:import|export|\}) .*?"(\.[^"]+)";$/gm)) {
    readWithImports(join(dirname(file), path), seen);
  }
  return [...seen.values()];
}

it.each([
  { command: "main", files: 8, bytes: 65_000 },
  { command: "approvals", files: 16, bytes: 1_050_000 },
  { command: "serve", files: 18, bytes: 1_300_000 },
  { command: "gateway", files: 18, bytes: 1_300_000 },
])("a start of $command reads few files", ({ command, files, bytes }) => {
  const [file = ""] = globSync(join(root, `dist/chunks/${command}-*.js`));
  const texts = readWithImports(file);
  expect(texts.length).toBeGreaterThan(3);
  expect(texts.length).toBeLessThanOrEqual(files);
  expect(bytesOf(texts)).toBeLessThan(bytes);
});

// A person waits for it, each time that a host is started.
describe("a start of serve that is asked for nothing more", () => {
  let loaded: Loaded;
  beforeAll(async () => {
    const preload = join(root, "test/e2e/at-exit-process.ts");
    const node = [process.execPath, "--import", preload];
    const { stderr } = await holdpoint(["serve", "--store", "memory"], { node });
    loaded = readLoaded(stderr.trimEnd().split("\n").at(-1) ?? "");
  });

  it("loads no part of Node that it does without", () => {
    const heavy = ["child_process", "dgram", "http", "https", "sqlite", "tls", "worker_threads"];
    expect(loaded.builtins.filter((name) => heavy.includes(name))).toEqual([]);
    expect(loaded.builtins).toContain("stream");
  });

  it("makes none of the schemas that it may never need", () => {
    const made = loaded.sources.filter((path) =>
      /^(?:export )?const \w+(?:: [^=]+)? = z\s*\.(?:\w+O|o)bject\b/m.test(
        readFileSync(join(root, "src", path), "utf8"),
      ),
    );
    expect(made).toEqual([]);
    const bundled = loaded.texts.join("\n");
    expect(bundled.match(/^var \w+Schema\d* = lazyObject\(/gm)?.length).toBeGreaterThan(50);
    expect(bundled.match(/^var \w+Schema\d* = (?:object|looseObject|union)\d*\(/gm)).toBeNull();
    expect(bundled).not.toMatch(/^\/\/ node_modules\/ajv\//m);
  });
});
