// Imports the file it is told to, and prints as JSON what was loaded by that: files, and modules of
// Node.
import { loadedBuiltins, loadedFiles } from "../support/loaded.ts";

const before = new Set(loadedBuiltins());
await import(process.argv[2] ?? "");
const builtins = loadedBuiltins(before);
process.stdout.write(JSON.stringify({ files: loadedFiles, builtins }));
