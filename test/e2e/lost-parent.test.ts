import { spawnSync } from "node:child_process";

import { expect, it } from "vitest";

import { useCommands } from "../support/command.ts";

const start = useCommands();

// As on Windows: a process there goes on naming a parent that is gone.
it("a server ends that is named a parent that is gone", { timeout: 30_000 }, async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const code = `Object.defineProperty(process, "ppid", { value: ${pid} })`;
  const server = start(["serve", "--store", "memory"], {
    env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` },
  });
  await server.printed("the parent process is gone");
  expect(await server.ended).toMatchObject({ exitCode: 0 });
});
