// Keeps the files few. The bundler cuts code by who reaches it, and takes every `import()` for a
// start of its own: what is needed both early and late would lie in a hundred files, of which each
// takes half a millisecond to be found. But most of what an `import()` needs is there when it runs.
// Here it is told so: then that is reached by both, and needs no file of its own.
import { join } from "node:path";

import type { Metafile, Plugin } from "esbuild";

type Outputs = Metafile["outputs"];

/** @param outputs of the same build without this */
export function knowWhatIsLoaded(outputs: Outputs): Plugin {
  const loaded = loadedBefore(outputs);
  return {
    name: "know-what-is-loaded",
    setup(build) {
      const { absWorkingDir: root = "", entryPoints } = build.initialOptions;
      const starts = new Set(entryPoints as string[]);
      build.onResolve({ filter: /./, namespace: "file" }, async ({ path, kind, ...from }) => {
        if (kind !== "dynamic-import") return undefined;
        const found = await build.resolve(path, { ...from, kind: "import-statement" });
        return found.external ? undefined : { path: found.path, namespace: "late" };
      });
      build.onLoad({ filter: /./, namespace: "late" }, ({ path }) => {
        const [, before = []] = loaded.find(([entry]) => join(root, entry) === path) ?? [];
        const files = [...before].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
        // A start may still be at work, and wait for what it imports: nothing may wait for it.
        const there = files.filter((file) => file.startsWith("src/") && !starts.has(file));
        const lines = there.map((file) => `import ${JSON.stringify(join(root, file))};`);
        const contents = [`export * from ${JSON.stringify(path)};`, ...lines].join("\n");
        return { contents, resolveDir: root, loader: "js" };
      });
    },
  };
}

/** By what `import()` loads: the outputs that are loaded by then, whichever way led there. */
function loadedBefore(outputs: Outputs): [entry: string, before: ReadonlySet<string>][] {
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
  return [...before].map(([entry, own]) => [outputs[entry]?.entryPoint ?? "", own]);
}

/** The output itself, and all that is loaded with it. */
function reach(outputs: Outputs, name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of importsOf(outputs, name, "import-statement")) reach(outputs, next, seen);
  return seen;
}

function importsOf(outputs: Outputs, name: string, kind: string): string[] {
  const imports = outputs[name]?.imports ?? [];
  return imports.filter((one) => one.kind === kind && one.path in outputs).map(({ path }) => path);
}
