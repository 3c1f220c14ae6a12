import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, it } from "vitest";

const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const project = fileURLToPath(new URL("typed/tsconfig.json", import.meta.url));

// What the programs import is the original for the compiler of the whole; here it is ours.
it("gives programs that were typed for the original the types they need", async () => {
  const compile = promisify(execFile)(process.execPath, [compiler, "--project", project]);
  const { stdout } = await compile.catch((failure: { stdout: string }) => failure);
  const complaints = stdout.split("\n").filter((line) => line.includes("parity/typed/"));
  expect(complaints).toEqual([]);
}, 300_000);
