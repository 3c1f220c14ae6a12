import { cp } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const startServer = useMcpServers();

it("a source with a name is the same wherever its file lies, and has the runs of the path", async () => {
  const directory = await tempDirectory();
  const { file, effects } = await writePaymentsFile(directory);
  const store = ["--store", join(directory, "runs.db")];
  const byPath = await startServer({ args: [...store, "--agents", file] });
  const early = await byPath.startPaused({ input: 'pay {"amount": 1}' });
  await byPath.close();
  const named = await startServer({ args: [...store, "--agents", file, "--source", "payments"] });
  const later = await named.startPaused({ input: 'pay {"amount": 2}' });
  const done = await named.call("approve", { ...early.approval, wait_seconds: 20 });
  expect(done).toMatchObject({ run: { status: "completed" } });
  await named.close();
  // Another machine has the file in another place.
  const elsewhere = join(directory, "elsewhere.ts");
  await cp(file, elsewhere);
  const other = await startServer({
    args: [...store, "--agents", elsewhere, "--source", "payments"],
  });
  const went = await other.call("approve", { ...later.approval, wait_seconds: 20 });
  expect(went).toMatchObject({ run: { status: "completed" } });
  expect((await readEffects(effects)).map(({ amount }) => amount)).toEqual([1, 2]);
});

it("a name that is taken is refused in one sentence", async () => {
  const { exitCode, stderr } = await holdpoint([
    "serve",
    "--source",
    "agents",
    "--store",
    "memory",
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("--source must be a name");
});
