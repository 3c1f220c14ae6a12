// Keeps the files few. The bundler cuts code by who reaches it, and takes every `import()` for a
// start of its own: what is needed both early and late would lie in a hundred files, of which each
// takes half a millisecond to be found. Here a start is told to import more than it needs: what is
// there anyway when it runs, and what is so small that a file of its own costs more. Then that is
// reached by more, and lies in fewer files.
import { join, relative } from "node:path";

import type { Metafile, Plugin } from "esbuild";

export type Outputs = Metafile["outputs"];

/** By the file that `import()` names, files of `src` that it imports besides. */
export type Besides = ReadonlyMap<string, ReadonlySet<string>>;

/** The namespace of what stands for a file that is loaded by `import()`. */
const LATE = "late";

export function importBesides(...given: readonly Besides[]): Plugin {
  return {
    name: "import-besides",
    setup(build) {
      const { absWorkingDir: root = "", entryPoints } = build.initialOptions;
      const starts = new Set(entryPoints as string[]);
      build.onResolve({ filter: /./, namespace: "file" }, async ({ path, kind, ...from }) => {
        if (kind !== "dynamic-import") return undefined;
        const found = await build.resolve(path, { ...from, kind: "import-statement" });
        return found.external ? undefined : { path: found.path, namespace: LATE };
      });
      build.onLoad({ filter: /./, namespace: LATE }, ({ path }) => {
        const files = given.flatMap((each) => [...(each.get(relative(root, path)) ?? [])]);
        // A start may still be at work, and wait for what it imports: nothing may wait for it.
        const others = [...new Set(files)].filter((file) => !starts.has(file));
        const lines = others.map((file) => `import ${JSON.stringify(join(root, file))};`);
        const contents = [`export * from ${JSON.stringify(path)};`, ...lines].join("\n");
        return { contents, resolveDir: root, loader: "js" };
      });
    },
  };
}

/** The files of `src` in an output. */
export function sourcesOf(outputs: Outputs, name: string): string[] {
  return Object.keys(outputs[name]?.inputs ?? {}).filter((file) => file.startsWith("src/"));
}

/** The file that an output is the start of, however it was named to the bundler. */
export function startOf(outputs: Outputs, name: string): string | undefined {
  const start = outputs[name]?.entryPoint;
  return start?.startsWith(`${LATE}:`) === true
    ? relative(join(import.meta.dirname, ".."), start.slice(LATE.length + 1))
    : start;
}

/** What is loaded by the time that each `import()` runs, whichever way led there. */
export function whatIsLoaded(outputs: Outputs): Besides {
  const names = Object.keys(outputs);
  const entries = names.filter((name) => outputs[name]?.entryPoint !== undefined);
  const reached = new Map(entries.map((entry) => [entry, reach(outputs, entry)]));
  const openers = (entry: string): string[] =>
    entries.filter((opener) =>
      [...(reached.get(opener) ?? [])].some((name) =>
        importsOf(outputs, name, "dynamic-import").includes(entry),
      ),
    );
  const ways = new Map(entries.map((entry) => [entry, openers(entry)]));
  // All that could be, and of that taken away what some way has not, until nothing is left to take.
  const before = new Map(
    entries.map((entry) => [entry, new Set(ways.get(entry)?.length === 0 ? [] : names)]),
  );
  const isMissing = (name: string, opener: string): boolean =>
    reached.get(opener)?.has(name) !== true && before.get(opener)?.has(name) !== true;
  let isChanged = true;
  while (isChanged) {
    isChanged = false;
    for (const [entry, own] of before) {
      const gone = [...own].filter((name) => ways.get(entry)?.some((way) => isMissing(name, way)));
      for (const name of gone) own.delete(name);
      isChanged ||= gone.length > 0;
    }
  }
  const toFiles = (own: ReadonlySet<string>) =>
    new Set([...own].flatMap((name) => sourcesOf(outputs, name)));
  return new Map([...before].map(([entry, own]) => [startOf(outputs, entry) ?? "", toFiles(own)]));
}

/** The output itself, and all that is loaded with it. */
export function reach(outputs: Outputs, name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of importsOf(outputs, name, "import-statement")) reach(outputs, next, seen);
  return seen;
}

function importsOf(outputs: Outputs, name: string, kind: string): string[] {
  const imports = outputs[name]?.imports ?? [];
  return imports.filter((one) => one.kind === kind && one.path in outputs).map(({ path }) => path);
}
