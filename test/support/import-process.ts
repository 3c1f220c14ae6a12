// Imports the file it is told to, and prints as JSON what was loaded by that: files, and modules of
// Node.
import { registerHooks } from "node:module";

const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
const files: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) files.push(url);
    return nextLoad(url, context);
  },
});
const before = new Set(moduleLoadList);
await import(process.argv[2] ?? "");
const added = moduleLoadList.filter((name) => !before.has(name));
const builtins = added.map((name) => name.replace(/^NativeModule /, ""));
process.stdout.write(JSON.stringify({ files, builtins }));
