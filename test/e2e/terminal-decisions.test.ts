import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useMcpServers, type McpServerProcess, type PausedRun } from "../support/mcp-client.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();

/** Its tool is of a high risk by its name. */
const deleting = `import { Agent, tool } from "holdpoint";
import { z } from "zod";
const deleteAll = tool({
  name: "delete_all",
  description: "Deletes a folder.",
  parameters: z.object({ folder: z.string() }),
  needsApproval: true,
  execute: ({ folder }) => "Deleted " + folder,
});
export default new Agent({ name: "Cleaner", model: "offline", tools: [deleteAll] });
`;

let server: McpServerProcess;
let effects: string;
let store: string[];
let options: string[];

async function start(approver: "client" | "confirm" | "person"): Promise<void> {
  const directory = await tempDirectory();
  const payments = await writePaymentsFile(directory);
  effects = payments.effects;
  const config = join(directory, "holdpoint.json");
  await writeFile(config, JSON.stringify({ approvers: { default: approver } }));
  store = ["--store", join(directory, "runs.db")];
  options = ["--config", config, "--agents", payments.file, ...store];
  server = await serve({ args: options });
}

async function paid(): Promise<number[]> {
  return (await readEffects(effects)).map(({ amount }) => amount);
}

async function decisions({ run_id }: PausedRun): Promise<unknown[]> {
  const { stdout } = await holdpoint(["export", run_id, ...store]);
  const lines = stdout.trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as { type: string });
  return entries.filter(({ type }) => type === "approval_decided");
}

describe("a script that says yes", () => {
  it.each(["confirm", "person"] as const)(
    "is refused where a yes of level %s is needed, and nothing runs",
    async (approver) => {
      await start(approver);
      const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
      for (const [more, input] of [
        [["--yes"], ""],
        [[], "y\n"],
      ] as const) {
        const refused = await holdpoint(["approve", approval.approval_id, ...more, ...store], {
          input,
        });
        expect(refused).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(`needs a yes of level ${approver}`),
        });
      }
      expect(await server.call("list_pending_approvals")).toMatchObject({ count: 1 });
      expect(await paid()).toEqual([]);
    },
  );

  it("may refuse whatever is needed", async () => {
    await start("person");
    const paused = await server.startPaused({ input: 'pay {"amount": 5}' });
    const id = paused.approval.approval_id;
    const refused = await holdpoint(["reject", id, "--message", "no", ...store]);
    expect(refused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Rejected.") });
    expect(await decisions(paused)).toMatchObject([
      { decision: "rejected", channel: "terminal", level: "client", message: "no" },
    ]);
  });
});

describe.runIf(hasTerminal)("a person at a terminal", () => {
  beforeEach(() => start("person"));

  it("sees who asks for what, and says yes, which counts as a person's", async () => {
    const paused = await server.startPaused({ input: 'pay {"amount": 5}' });
    const { approval, run_id } = paused;
    const { exitCode, screen } = await onTerminal(["approve", approval.approval_id, ...store], {
      typed: "?y",
    });
    expect(screen).toMatch(/asked by:\s+Payments, 20[\s\S]*tool:\s+pay[\s\S]*"amount": 5/);
    expect(screen.match(/Let it run\? \(y\/n\)/g)).toHaveLength(2);
    expect(screen).toContain("Approved.");
    expect(exitCode).toBe(0);
    await server.call("get_run", { run_id, wait_seconds: 20 });
    expect(await paid()).toEqual([5]);
    expect(await decisions(paused)).toMatchObject([
      { decision: "approved", channel: "terminal", level: "person" },
    ]);
  });

  it("lists runs and what waits in the width that there is, and whole where nobody looks", async () => {
    const what = `pay ${JSON.stringify({ amount: 5, note: "for the lamp of customer 1001 as agreed" })}`;
    const { run_id, approval } = await server.startPaused({ input: what });
    for (const [list, id] of [
      ["runs", run_id],
      ["approvals", approval.approval_id],
    ] as const) {
      for (const columns of [80, 90]) {
        const { screen } = await onTerminal([list, ...store], { typed: "", columns });
        const lines = screen.trimEnd().split("\n");
        expect(lines).toHaveLength(2);
        expect(Math.max(...lines.map(({ length }) => length))).toBe(columns);
        expect(lines[1]).toMatch(new RegExp(` ${id}$`));
      }
      const { stdout } = await holdpoint([list, ...store]);
      expect(stdout).toContain(id);
      expect(stdout).not.toContain("…");
    }
  });

  it("says no and why at the question of approve", async () => {
    const paused = await server.startPaused({ input: 'pay {"amount": 5}' });
    const approve = ["approve", paused.approval.approval_id, ...store];
    const { screen, exitCode } = await onTerminal(approve, { typed: "nToo much\n" });
    expect(screen).toContain("Rejected.");
    expect(exitCode).toBe(0);
    expect(await decisions(paused)).toMatchObject([{ decision: "rejected", message: "Too much" }]);
    expect(await paid()).toEqual([]);
  });

  it("answers by one key: edits, gives a yes for calls like it, skips", async () => {
    const env = { EDITOR: "sed -i s/5/4/", PAGER: "cat", NO_COLOR: "1" };
    const edited = await onTerminal(["run", 'pay {"amount": 5}', ...options], { typed: "ey", env });
    expect(edited.screen).toMatch(/e edit, a always[\s\S]*"amount": 4[\s\S]*with the changes\?/);
    expect(edited.exitCode).toBe(0);
    expect(edited.screen).not.toContain("\u001b[3");
    const skipped = await onTerminal(["run", 'pay {"amount": 9}', ...options], {
      typed: "s",
      env: { PAGER: "cat", TERM: "xterm" },
    });
    expect(skipped.screen).toContain("Decide later:");
    expect(skipped.screen).toContain("\u001b[33m");
    expect(skipped.exitCode).toBe(2);
    expect(await paid()).toEqual([4]);
  });

  it("types the fact of a call of high risk; another answer lets nothing run", async () => {
    const env = { PAGER: "cat", NO_COLOR: "1" };
    const input = `Look. delete_all {"folder": "/srv/app/releases"}`;
    const file = join(await tempDirectory(), "agents.ts");
    await writeFile(file, deleting);
    const args = ["--no-config", "--agents", file, ...store];
    const wrong = await onTerminal(["run", input, ...args], { typed: "yrelease\ns", env });
    expect(wrong.screen).toContain("HIGH RISK: delete_all folder /srv/app/releases");
    expect(wrong.screen).not.toContain("a always");
    expect(wrong.screen).toContain(
      "High risk. Type the last part of folder to approve (releases): ",
    );
    expect(wrong.screen).toContain("is to be typed: releases. What was typed is not it");
    expect(wrong.screen).toContain("Decide later:");
    const [, id = ""] = /(apr_[\w-]+)/.exec(wrong.screen) ?? [];
    const bare = await onTerminal(["approve", id, "--yes", ...store], { typed: "", env });
    expect(bare.screen).toContain("its last part of folder is to be typed: releases");
    expect(bare.exitCode).toBe(1);
    const right = await onTerminal(["run", input, ...args], { typed: "yreleases\n", env });
    expect(right.screen).toContain("Deleted /srv/app/releases");
    expect(right.exitCode).toBe(0);
  });

  it("says a yes for calls like it with its scope, and is asked no more about those", async () => {
    const env = { PAGER: "cat", NO_COLOR: "1" };
    // In a store of its own, where rules want no person for each.
    const directory = await tempDirectory();
    const config = join(directory, "holdpoint.json");
    await writeFile(config, JSON.stringify({ approvers: { default: "client" } }));
    store = ["--store", join(directory, "runs.db")];
    const args = ["--config", config, "--agents", options[3] ?? "", ...store];
    const given = await onTerminal(["run", 'pay {"amount": 5}', ...args], { typed: "ady", env });
    expect(given.screen).toMatch(
      /a always[\s\S]*Later calls too: r in this run; or calls like it: d a day, m 30 days; b back: d/,
    );
    expect(given.screen).toMatch(
      /Later calls of this tool[\s\S]*amount is 5 at most[\s\S]*Let them all run\?/,
    );
    const asked = given.screen.slice(given.screen.indexOf("Let it run?")).split("\n");
    expect(asked.filter((line) => line.length > 80)).toEqual([]);
    expect(given.exitCode).toBe(0);
    const next = await onTerminal(["run", 'pay {"amount": 4}', ...args], { typed: "s", env });
    expect(next.screen).not.toContain("Let it run?");
    expect(next.exitCode).toBe(0);
    expect(await paid()).toEqual([5, 4]);
    const listed = await holdpoint(["grants", ...store]);
    expect(listed.stdout).toContain("amount is 5 at most");
  }, 90_000);

  it("reads the words of the model of run as they come, once", async () => {
    const { screen } = await onTerminal(["run", "Say hello.", ...options], { typed: "" });
    const words = /run run_[\w-]+\n([\s\S]*)/.exec(screen)?.[1]?.trim() ?? "";
    expect(words).not.toBe("");
    expect(screen.split(words)).toHaveLength(2);
  });

  it("is shown each call that --always lets run, and how many", async () => {
    const input = 'pay {"amount": 1} pay {"amount": 2} pay {"amount": 3}';
    const { run_id, pending_approvals } = await server.call("run_agent", { input });
    const [first] = pending_approvals as { approval_id: string }[];
    const args = ["approve", first?.approval_id ?? "", "--always", ...store];
    const { exitCode, screen } = await onTerminal(args, { typed: "y\n", env: { PAGER: "cat" } });
    expect(exitCode).toBe(0);
    const [before = "", after = ""] = screen.split("--always also lets run 2 other calls");
    expect(before).toContain('"amount": 1');
    expect(after).toMatch(/"amount": 2[\s\S]*"amount": 3[\s\S]*Let it run\?/);
    await server.call("get_run", { run_id: String(run_id), wait_seconds: 20 });
    expect((await paid()).toSorted()).toEqual([1, 2, 3]);
    const paused = { run_id: String(run_id), approval: { approval_id: "", action: "" } };
    expect(await decisions(paused)).toMatchObject([
      { scope: "always", level: "person" },
      { scope: "once", level: "person" },
      { scope: "once", level: "person" },
    ]);
  });

  it("skips the question, or does not refuse, and nothing is decided", async () => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
    for (const [verb, typed] of [
      ["approve", "s"],
      ["reject", "n\n"],
    ] as const) {
      const { exitCode, screen } = await onTerminal([verb, approval.approval_id, ...store], {
        typed,
      });
      expect(screen).toContain("Nothing was decided.");
      expect(exitCode).toBe(2);
    }
    expect(await server.call("list_pending_approvals")).toMatchObject({ count: 1 });
  });

  it("refuses a call that was shown, and says why", async () => {
    const { approval, run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    const { screen } = await onTerminal(["reject", approval.approval_id, ...store], {
      typed: "y\nNot this month.\n",
    });
    expect(screen).toMatch(/"amount": 5[\s\S]*Refuse it\?[\s\S]*What is the agent told\?/);
    const run = await server.call("get_run", { run_id, wait_seconds: 20 });
    expect(run["output"]).toContain("Not this month.");
    expect(await paid()).toEqual([]);
  });

  it.each([
    [
      "in a pager, and what is decided on stays in sight",
      "sed 's/^/paged: /'",
      /paged: +tool: +get_t/,
    ],
    ["as it is where no pager can be had", "no-such-pager-here 2>/dev/null", /\n +tool: +get_t/],
  ])("is shown what is longer than the screen %s", async (_, pager, shown) => {
    store = ["--store", join(await tempDirectory(), "runs.db")];
    server = await serve({ args: store });
    const city = `Oakland ${"x".repeat(3_000)} the end`;
    const input = `get_temperature ${JSON.stringify({ city })}`;
    const { approval } = await server.startPaused({ input });
    const { screen } = await onTerminal(["approve", approval.approval_id, ...store], {
      typed: "y\n",
      env: { PAGER: pager },
    });
    expect(screen).toMatch(shown);
    const rest = screen.slice(screen.indexOf("the end"));
    expect(rest).toMatch(/Let it run\?[\s\S]*Approved\./);
    if (pager.startsWith("sed")) expect(rest).toContain(`${approval.approval_id}: get_temperature`);
  });
});
