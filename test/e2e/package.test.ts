import { writeFile } from "node:fs/promises";
import { globSync, lstatSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { runProgram } from "../support/command.ts";
import { packEnv, packInto, unpack } from "../support/packed.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tempDirectory = useTempDirectory();

it("what the demo and the build need is small, beside the Node that comes with it", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, unknown>;
  };
  const folders = Object.keys(lock.packages).filter(
    (path) => path !== "" && !path.endsWith("/node"),
  );
  const files = new Set(folders.flatMap((path) => globSync(`${path}/**/*`, { cwd: root })));
  const bytes = [...files].map((file) => lstatSync(join(root, file)).size);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(65_000_000);
  expect(folders.filter((path) => /\/(?:vitest|oxlint|oxfmt|knip|typescript)$/.test(path))).toEqual(
    [],
  );
});

it("npm has no script of the package to warn of where somebody installs it", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const run = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(scripts).filter((name) => run.includes(name))).toEqual([]);
});

/** A program of somebody who has only what the package brings. */
const program = `
import { Agent, run, tool, type RunState } from "holdpoint";
import { call, createScriptedModel, message } from "holdpoint/testing";
import { z } from "zod";

const pay = tool({
  name: "pay",
  description: "Pays an amount.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: (_context, { amount }) => amount > 5,
  execute: ({ amount }) => \`Paid \${amount.toFixed(2)}\`,
});
const model = createScriptedModel([[call("pay", { amount: 9 })], [message("done")]]);
const agent = new Agent({ name: "Payments", model, tools: [pay] });

const first = await run(agent, "pay");
const state: RunState = first.state;
for (const item of first.interruptions) state.approve(item);
const second = await run(agent, state);
const output: string | undefined = second.finalOutput;
console.log(output);
// @ts-expect-error -- a script is no list of numbers
export const wrong = (): unknown => createScriptedModel([42]);
`;

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  module: "NodeNext",
  target: "ES2023",
  noEmit: true,
  typeRoots: [join(root, "node_modules/@types")],
  types: ["node"],
};

it("npx in a clone starts what is built there, and builds nothing anew", async () => {
  const file = join(root, "dist/cli/holdpoint.js");
  const before = statSync(file).mtimeMs;
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    npm_config_cache: await tempDirectory(),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  const ran = await runProgram("npx", ["holdpoint", "policy"], { cwd: root, env });
  expect(ran.stderr).toContain("holdpoint: Say: npx holdpoint policy test FILE");
  expect(statSync(file).mtimeMs).toBe(before);
}, 90_000);

it("the package works in an empty project: its command, its library and its types", async () => {
  const cwd = await tempDirectory();
  const env = packEnv();
  const { tarball, paths } = await packInto(cwd);
  expect(paths).toContain("dist/cli/holdpoint.js");
  expect(paths).toContain("dist/third-party-licenses.txt");
  expect(paths.filter((path) => /^(src|test|examples)\//.test(path))).toEqual([]);

  await writeFile(join(cwd, "package.json"), '{ "private": true, "type": "module" }');
  await writeFile(join(cwd, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  await writeFile(join(cwd, "program.ts"), program);
  await unpack(tarball, join(cwd, "node_modules"));

  const [demo, checked, ran] = await Promise.all([
    runProgram("npx", ["--no-install", "holdpoint", "demo"], { cwd, env }),
    runProgram(join(root, "test/node_modules/.bin/tsc"), ["-p", cwd], { cwd, env }),
    runProgram(process.execPath, ["program.ts"], { cwd, env }),
  ]);
  expect(demo).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("is completed") });
  expect(checked).toMatchObject({ exitCode: 0, stdout: "" });
  expect(ran).toMatchObject({ exitCode: 0, stdout: "done\n" });
}, 90_000);
