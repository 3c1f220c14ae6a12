import { cpSync, symlinkSync } from "node:fs";
import { mkdir, realpath, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { commandFile, holdpoint } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();

/** A folder of somebody who lets an agent write into their notes, and wants to be asked. */
async function createFolder(parent: string): Promise<string> {
  const cwd = join(parent, "work");
  await mkdir(join(cwd, "notes"), { recursive: true });
  const config = {
    mcpServers: { files: foreignServer("filesystem", ["notes"]) },
    policy: [{ tool: ["read_*", "list_*"], paths: { under: "notes" }, verdict: "allow" }],
    store: "runs.db",
  };
  await writeFile(join(cwd, "holdpoint.json"), JSON.stringify(config));
  return cwd;
}

/** The program as an update puts it elsewhere. */
function updated(parent: string): string {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const copy = join(parent, "updated");
  cpSync(dirname(dirname(commandFile)), join(copy, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return join(copy, "dist/cli/holdpoint.js");
}

const write = (name: string): { input: string } => ({
  input: `files__write_file {"path":"${name}","content":"Milk."}`,
});
const read = (name: string): { input: string } => ({
  input: `files__read_text_file {"path":"${name}"}`,
});

it.skipIf(!hasTerminal)(
  "an ordinary week asks once for each write, and for trust once and where the folder was moved",
  async () => {
    const parent = await realpath(await tempDirectory());
    let cwd = await createFolder(parent);
    const said: string[] = [];
    let asked = 0;
    const start = (command?: string): Promise<McpServerProcess> =>
      serve({ args: [], cwd, ...(command === undefined ? {} : { command }) });
    const stop = async (server: McpServerProcess): Promise<void> => {
      await server.close();
      said.push(...server.stderr().split("\n"));
    };
    const decide = async (id: string): Promise<void> => {
      asked += 1;
      const { screen } = await onTerminal(["approve", id], { cwd, typed: "y\n" });
      expect(screen).toContain("Approved");
    };
    const ends = async (server: McpServerProcess, run_id: string): Promise<void> => {
      const run = await server.call("get_run", { run_id, wait_seconds: 20 });
      expect(run).toMatchObject({ status: "completed" });
    };

    // Monday: a new folder; one question of trust, and one for the write.
    expect((await onTerminal(["trust"], { cwd, typed: "y\n" })).exitCode).toBe(0);
    let server = await start();
    const monday = await server.startPaused(write("a.txt"));
    await decide(monday.approval.approval_id);
    await ends(server, monday.run_id);
    expect(await server.call("run_agent", read("a.txt"))).toMatchObject({ status: "completed" });

    // Tuesday: what waited over night is decided from a new terminal, and the machine was restarted.
    const night = await server.startPaused(write("b.txt"));
    await server.kill();
    server = await start();
    const list = await holdpoint(["approvals"], { cwd });
    expect(list.stdout).toContain(night.approval.approval_id);
    await decide(night.approval.approval_id);
    await ends(server, night.run_id);

    // Wednesday: two hosts at once.
    const second = await start();
    const [one, two] = [
      await server.startPaused(write("c.txt")),
      await second.startPaused(write("d.txt")),
    ];
    await decide(two.approval.approval_id);
    await decide(one.approval.approval_id);
    await ends(server, one.run_id);
    await ends(second, two.run_id);
    await stop(second);

    // Thursday: an update, while something waits.
    const waits = await server.startPaused(write("e.txt"));
    await stop(server);
    server = await start(updated(parent));
    await decide(waits.approval.approval_id);
    await ends(server, waits.run_id);
    await stop(server);

    // Friday: the folder is moved, which is another place to trust.
    await rename(cwd, join(parent, "moved"));
    cwd = join(parent, "moved");
    const untold = await start();
    expect(await untold.failure("run_agent", read("a.txt"))).toContain("is not trusted yet");
    await untold.close();
    expect((await onTerminal(["trust"], { cwd, typed: "y\n" })).exitCode).toBe(0);
    server = await start();
    expect(await server.call("run_agent", read("a.txt"))).toMatchObject({ status: "completed" });
    const friday = await server.startPaused(write("f.txt"));
    await decide(friday.approval.approval_id);
    await ends(server, friday.run_id);
    await stop(server);

    expect(asked).toBe(6);
    const audit = await holdpoint(["audit"], { cwd });
    expect(audit.exitCode).toBe(0);
    expect(said.filter((line) => line !== "" && !line.includes(" holdpoint info: "))).toEqual([]);
  },
  120_000,
);
