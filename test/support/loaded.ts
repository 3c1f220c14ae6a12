// Loads of this process, from when this is imported.
import { registerHooks } from "node:module";

/** The files that were loaded, as URLs. */
export const loadedFiles: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) loadedFiles.push(url);
    return nextLoad(url, context);
  },
});

/** The modules of Node that are loaded, but for those of `before`. */
export function loadedBuiltins(before: ReadonlySet<string> = new Set()): string[] {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
  const names = moduleLoadList.map((name) => name.replace(/^NativeModule /, ""));
  return names.filter((name) => !before.has(name));
}
