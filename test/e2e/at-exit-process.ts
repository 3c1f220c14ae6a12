// Preloaded: says as JSON in the last line of stderr, when the process ends, which files it loaded,
// and which modules of Node.
import { writeSync } from "node:fs";

import { loadedBuiltins, loadedFiles } from "../support/loaded.ts";

process.on("exit", () => {
  writeSync(2, `${JSON.stringify({ files: loadedFiles, builtins: loadedBuiltins() })}\n`);
});
