// Preloaded: says as JSON in the last line of stderr, when the process ends, which files it loaded,
// and which modules of Node.
import { writeSync } from "node:fs";
import { registerHooks } from "node:module";

const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
const files: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) files.push(url);
    return nextLoad(url, context);
  },
});
process.on("exit", () => {
  const builtins = moduleLoadList.map((name) => name.replace(/^NativeModule /, ""));
  writeSync(2, `${JSON.stringify({ files, builtins })}\n`);
});
