// Writes the types beside what is built, where their compiler is: `npm run tools` brings it. A
// package has them; what runs in a clone needs none.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const compiler = "test/node_modules/typescript/bin/tsc";
if (existsSync(compiler)) {
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { stdio: "inherit" });
}
