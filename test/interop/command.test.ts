import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { weatherAgents } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { foreignText } from "./fixtures.ts";

describe("holdpoint import", () => {
  const tempDirectory = useTempDirectory();

  async function place(name: string): Promise<{ file: string; store: string[]; agents: string[] }> {
    const directory = await tempDirectory();
    const file = join(directory, "state.json");
    await writeFile(file, foreignText(name));
    await writeFile(join(directory, "agents.ts"), weatherAgents);
    return {
      file,
      store: ["--store", join(directory, "runs.db")],
      agents: ["--agents", join(directory, "agents.ts")],
    };
  }

  it("stores a run that is then decided and gone on with", async () => {
    const { file, store, agents: own } = await place("py-a2-approved-not-resumed");
    const imported = await holdpoint(["import", file, ...own, ...store]);
    expect(imported).toMatchObject({ exitCode: 0 });
    expect(imported.stdout).toMatch(/^run_\S+ \(awaiting_approval\)\n {2}get_temperature /);
    const [, approvalId = ""] = /approve (apr_\S+)/.exec(imported.stdout) ?? [];
    const listed = await holdpoint(["approvals", ...store]);
    expect(listed.stdout).toContain(approvalId);
    expect((await holdpoint(["approve", approvalId, "--yes", ...store])).exitCode).toBe(0);
    const [runId = ""] = imported.stdout.split(" ");
    const resumed = await holdpoint(["resume", runId, ...own, ...store]);
    expect(resumed.stdout + resumed.stderr).toContain("20C in Oakland");
    const again = await holdpoint(["import", file, ...own, ...store]);
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.stderr).toContain(`This state is imported already: it is run ${runId}`);
  });

  it("writes a run that waits for the other library", async () => {
    const { file, store, agents: own } = await place("js-b1-two-pending");
    const { stdout } = await holdpoint(["import", file, ...own, ...store]);
    const [runId = ""] = stdout.split(" ");
    const written = await holdpoint(["export", runId, "--as", "openai-js", ...own, ...store]);
    expect(written.exitCode).toBe(0);
    const { $schemaVersion, currentStep } = JSON.parse(written.stdout);
    expect($schemaVersion).toBe("1.22");
    expect(currentStep.data.interruptions).toHaveLength(2);
    const wrong = await holdpoint(["export", runId, "--as", "yaml", ...store]);
    expect(wrong.stderr).toContain('--as must be openai-js, not "yaml"');
  });

  it.each([
    [
      "a file that is not there",
      "nothing.json",
      /Cannot import .*nothing\.json: there is no such file/,
    ],
    ["a state that is cut off", "cut.json", /the text is not JSON; it may be cut off/],
  ])("says in one line what is wrong with %s", async (_name, name, why) => {
    const { file, store, agents: own } = await place("js-a-one-pending");
    const path = join(file, "..", name);
    if (name === "cut.json") await writeFile(path, foreignText("js-a-one-pending").slice(0, 900));
    const { exitCode, stderr } = await holdpoint(["import", path, ...own, ...store]);
    expect(exitCode).toBe(1);
    expect(stderr.trim().split("\n").at(-1)).toMatch(why);
  });
});
