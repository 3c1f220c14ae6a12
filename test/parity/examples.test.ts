import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, it } from "vitest";

import { useTempDirectory } from "../support/temp-directory.ts";

const root = join(import.meta.dirname, "../..");
const urlOf = (path: string): string => pathToFileURL(join(root, path)).href;
const tempDirectory = useTempDirectory();

/** What both have to be asked by: a model that needs no network. */
const model = `import { createOfflineModel } from "${urlOf("src/models/offline.ts")}";
export const model = createOfflineModel();
`;

/** An example as it is but for its import, run by itself with somebody at the keyboard. */
async function play(example: string, library: string): Promise<string> {
  const directory = await tempDirectory();
  const text = await readFile(join(root, "examples", example), "utf8");
  const file = join(directory, example);
  await writeFile(join(directory, "model.ts"), model);
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  const resolved = text
    .replace('from "holdpoint"', `from ${JSON.stringify(library)}`)
    .replace('from "zod"', `from "${urlOf("node_modules/zod/index.js")}"`);
  await writeFile(file, resolved);
  const env: NodeJS.ProcessEnv = { ...process.env, OPENAI_AGENTS_DISABLE_TRACING: "1" };
  delete env["OPENAI_API_KEY"];
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [file], { cwd: directory, env }, (error, stdout) => {
      if (error === null) resolve(stdout.replaceAll(directory, ""));
      else reject(error);
    });
    child.stdin?.end("y\nn\ny\ny\n");
  });
}

it.each([
  "human-in-the-loop.ts",
  "human-in-the-loop-stream.ts",
  "memory-session-hitl.ts",
  "openai-session-hitl.ts",
])(
  "%s does the same with either import",
  async (example) => {
    const theirs = await play(
      example,
      urlOf("test/peers/node_modules/@openai/agents/dist/index.mjs"),
    );
    const here = await play(example, urlOf("src/index.ts"));
    expect(theirs).toContain("(y/n)");
    expect(here).toBe(theirs);
  },
  60_000,
);
