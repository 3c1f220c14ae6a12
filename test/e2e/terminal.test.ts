import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";

import { holdpoint, useCommands } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const input = { input: "What is the temperature in Oakland?" };

describe("a person at the terminal", () => {
  const tempDirectory = useTempDirectory();
  const serve = useMcpServers();
  const start = useCommands();

  it("changes the arguments of a call, which then runs with those, once", async () => {
    const store = ["--store", join(await tempDirectory(), "runs.db")];
    const server = await serve({ args: store });
    const { run_id, approval } = await server.startPaused(input);
    const id = approval.approval_id;

    const refused = await holdpoint([
      "approve",
      id,
      "--yes",
      "--arguments",
      '{"city":7}',
      ...store,
    ]);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('do not fit the schema of "get_temperature"');
    const broken = await holdpoint(["approve", id, "--yes", "--arguments", "{", ...store]);
    expect(broken.stderr).toContain("--arguments must be JSON: nothing was decided");

    const changed = await holdpoint([
      ...["approve", id, "--yes", "--arguments", '{"city":"Berkeley"}'],
      ...store,
    ]);
    expect(changed.exitCode).toBe(0);
    const run = await server.call("get_run", { run_id, wait_seconds: 20 });
    expect(run["status"]).toBe("completed");
    expect(run["output"]).toContain(
      'The approver changed the arguments of this call to: {"city":"Berkeley"}',
    );
    expect(run["output"]).toContain("The temperature in Berkeley is 20 degrees");
    const exported = await holdpoint(["export", run_id, ...store]);
    expect(exported.stdout).toContain(String.raw`{\"city\":\"Oakland\"}`);
    expect(
      exported.stdout
        .trim()
        .split("\n")
        .every((line) => line.startsWith('{"seq":')),
    ).toBe(true);
    const audited = await holdpoint(["audit", ...store]);
    expect(audited.stdout).toMatch(/^1 of 1 runs are as they were written/);
    const pruned = await holdpoint(["prune", "--older-than", "1d", ...store]);
    expect(pruned.stdout).toContain("Removed 0 finished runs");
    expect((await holdpoint(["prune", "--older-than", "soon", ...store])).exitCode).toBe(1);
  });

  it("sees the list change while it is watched, until it is interrupted", async () => {
    const store = ["--store", join(await tempDirectory(), "runs.db")];
    const server = await serve({ args: store });
    const watched = start(["approvals", "--watch", ...store]);
    await watched.printed("Nothing waits for a decision");
    for (const session of ["one", "two"]) {
      const { approval } = await server.startPaused({ ...input, session_id: session });
      await watched.printed(approval.approval_id);
      await server.call("reject", { approval_id: approval.approval_id });
    }
    watched.kill("SIGINT");
    expect(await watched.ended).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("is told by a command of theirs when something waits, and when it no longer does", async () => {
    const folder = await tempDirectory();
    const told = join(folder, "told.jsonl");
    const server = await serve({
      args: ["--store", join(folder, "runs.db"), "--notify", `cat >> '${told}'`],
    });
    const { approval } = await server.startPaused(input);
    const events = async (): Promise<unknown[]> => {
      const text = await readFile(told, "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as unknown);
    };
    const { approval_id: approvalId, action } = approval;
    await vi.waitUntil(async () => (await events()).length === 1, { timeout: 10_000 });
    expect(await events()).toMatchObject([{ event: "requested", approvalId, action }]);
    await server.call("reject", { approval_id: approvalId });
    await vi.waitUntil(async () => (await events()).length === 2, { timeout: 10_000 });
    expect((await events())[1]).toMatchObject({ event: "decided", approvalId });
  });

  it("talks with an agent, decides inline, and finds the conversation again", async () => {
    const store = ["--store", join(await tempDirectory(), "runs.db")];
    const first = await holdpoint(["chat", "--session", "trip", ...store], {
      input: "What is the temperature in Paris?\nAnd in Oakland?\n",
    });
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain("The temperature in Paris is 20 degrees");
    expect(first.stdout).toContain("Let it run?");
    // The input ended at the question: the next chat asks it again.
    const second = await holdpoint(["chat", "--session", "trip", ...store], { input: "y\n" });
    expect(second.stderr).toContain("going on with run");
    expect(second.stdout).toContain("The temperature in Oakland is 20 degrees");
  });
});
