import { readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { canaries } from "../support/canaries.ts";
import { holdpoint, type Finished } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

it("no secret of env, headers and arguments is in store, output, log, errors or export", async () => {
  const directory = await realpath(await tempDirectory());
  const config = join(directory, "holdpoint.json");
  const everything = foreignServer("everything", ["stdio", "--token", canaries.arg]);
  const mcpServers = {
    everything: { ...everything, env: { API_KEY: "${CANARY}" } },
    echo: {
      command: process.execPath,
      args: ["-e", "console.error(process.argv.slice(1), process.env)", `--key=${canaries.arg}`],
      env: { SECRET: canaries.env },
    },
    web: { url: "http://127.0.0.1:9/mcp", headers: { Authorization: `Bearer ${canaries.header}` } },
  };
  const policy = [{ verdict: "ask", server: "everything", tool: "get-env" }];
  await writeFile(config, JSON.stringify({ mcpServers, policy }));
  const store = join(directory, "runs", "runs.db");
  const env = { CANARY: canaries.env, HOLDPOINT_LOG: join(directory, "log.txt") };
  const finished: Finished[] = [];
  const say = async (...args: string[]): Promise<Finished> => {
    const done = await holdpoint([...args, "--config", config, "--store", store], { env });
    finished.push(done);
    return done;
  };

  await say("check");
  await say("check", "--json");
  const paused = await say("run", "everything__get-env {} web__anything {} echo__anything {}");
  const id = /approve (apr_\S+)/.exec(paused.stderr)?.[1] ?? "";
  const runId = /run (run_\S+)/.exec(paused.stderr)?.[1] ?? "";
  await say("approve", id, "--yes");
  const resumed = await say("resume", runId);
  expect(resumed.stdout).toContain("API_KEY");
  expect(resumed.stdout).toContain("[redacted]");
  await say("show", runId);
  await say("export", runId);
  await say("runs", "--json");
  await writeFile(config, JSON.stringify({ mcpServers: { ...mcpServers, wrong: 1 }, policy: 1 }));
  expect((await say("check")).exitCode).toBe(1);

  const entries = await readdir(join(directory, "runs"), { withFileTypes: true });
  const stored = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all([
    ...stored.map(({ name }) => readFile(join(directory, "runs", name), "latin1")),
    readFile(env.HOLDPOINT_LOG, "utf8"),
  ]);
  expect(texts.length).toBeGreaterThan(2);
  const all = [...texts, ...finished.flatMap(({ stdout, stderr }) => [stdout, stderr])].join("\n");
  for (const canary of Object.values(canaries)) expect(all).not.toContain(canary);
});
