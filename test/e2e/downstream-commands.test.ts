import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { parseObject } from "../../src/hosts/json-members.ts";
import { holdpoint } from "../support/command.ts";
import { makeHostSite } from "../support/host-site.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

async function writeConfig(config: Record<string, unknown>): Promise<string> {
  const directory = await realpath(await tempDirectory());
  await mkdir(join(directory, "conf"));
  await mkdir(join(directory, "notes"));
  const file = join(directory, "conf", "holdpoint.json");
  await writeFile(file, JSON.stringify(config));
  return file;
}

const files = { ...foreignServer("filesystem", ["../notes"]), trusted: true };

describe("holdpoint check", () => {
  it("shows every tool, its verdict, and the rule that says so", async () => {
    const config = await writeConfig({
      mcpServers: { files },
      policy: [
        { verdict: "deny", tool: "move_file", reason: "Files stay." },
        { verdict: "allow", tool: "edit_file", arguments: { dryRun: { equals: true } } },
      ],
    });
    const { stdout, exitCode } = await holdpoint([
      "check",
      "--config",
      config,
      "--store",
      "memory",
    ]);
    expect(exitCode).toBe(0);
    const line = (tool: string): string =>
      stdout.split("\n").find((each) => each.includes(` ${tool} `)) ?? "";
    expect(line("read_text_file")).toMatch(
      /files +read_text_file +allow +default: trusted, read-only$/,
    );
    expect(line("write_file")).toMatch(/ask +default: not said to be read-only$/);
    expect(line("move_file")).toMatch(/deny +policy\[0\]: Files stay\.$/);
    expect(line("edit_file")).toMatch(/ask +default: .*; allow by policy\[1\]$/);
    expect(stdout).toMatch(
      /^ {2}cards show what a call would change: write_file, edit_file, create_directory, move_file$/m,
    );
  });

  it("says which of two servers answers for a resource that both list", async () => {
    const everything = foreignServer("everything", ["stdio"]);
    const mcpServers = { one: everything, two: everything, files };
    const config = await writeConfig({ mcpServers });
    const { stdout } = await holdpoint(["check", "--config", config, "--store", "memory"]);
    expect(stdout).toMatch(
      /^Resources that one and two both list, demo:\S+ and \d+ more: through the gateway one answers for them$/m,
    );
  });

  it("says what does not come up, and exits 1", async () => {
    const config = await writeConfig({
      mcpServers: { files, gone: { command: "no-such-command" } },
    });
    const args = ["check", "--json", "--config", config, "--store", "memory"];
    const { stdout, exitCode } = await holdpoint(args);
    expect(exitCode).toBe(1);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(rows).toContainEqual(
      expect.objectContaining({ server: "files", tool: "write_file", verdict: "ask" }),
    );
    expect(rows).toContainEqual({
      server: "gone",
      problem: "its command was not found",
      remedy: expect.stringContaining('install "no-such-command"'),
    });
  });

  it("tells of each server as it comes up, what it said, and what would have less asked", async () => {
    const says = "console.error('no licence'); process.exit(1)";
    const config = await writeConfig({
      mcpServers: {
        files: { ...files, trusted: false },
        shop: { command: process.execPath, args: ["-e", says] },
      },
    });
    const { stdout, stderr, exitCode } = await holdpoint(["check", "--config", config]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^files: \d+ tools$/m);
    expect(stderr).toMatch(/^shop: did not come up$/m);
    expect(stderr).toMatch(
      /^server "shop" is not available: it stopped\n {2}it said: no licence\n {2}-> start it by hand/m,
    );
    expect(stderr.match(/it stopped/g)).toHaveLength(1);
    expect(stdout).toMatch(/^files: 0 run freely, \d+ ask, 0 are denied$/m);
    expect(stdout).toMatch(/^ {2}-> "trusted": true in "files" .*: read_file, read_text_file/m);
    expect(stdout).not.toContain("what a call would change");
  });

  it("finds the file by HOLDPOINT_CONFIG", async () => {
    const config = await writeConfig({});
    const env = { HOLDPOINT_CONFIG: config };
    const { stdout } = await holdpoint(["check", "--store", "memory"], { env });
    expect(stdout).toBe(`${config} is valid.\n`);
  });

  it("says from where paths count, and which arguments nobody declared", async () => {
    const config = await writeConfig({
      mcpServers: { files, notes: { ...files, paths: { base: "/etc" } } },
      policy: [
        { verdict: "deny", paths: { under: "../notes/private" } },
        { verdict: "deny", arguments: { content: { under: "../notes" } } },
      ],
    });
    const { stdout, exitCode } = await holdpoint(["check", "--config", config]);
    const notes = join(config, "../../notes");
    expect(stdout).toContain(
      `"files": relative ones count from ${notes} (as the server says itself)`,
    );
    expect(stdout).toContain(
      `"notes": relative paths count from /etc here, and the server's folders`,
    );
    expect(stdout).toContain(`"write_file": ["$.content"]`);
    expect(exitCode).toBe(1);
  });
});

describe("holdpoint policy test", () => {
  const policy = [
    { verdict: "deny", tool: "write_*", arguments: { path: { outside: "../notes" } } },
  ];

  it.each([
    ["deny", 0, "ok"],
    ["ask", 1, "FAIL"],
  ])("of a call that is expected to be %s exits %i", async (expected, exitCode, word) => {
    const config = await writeConfig({ mcpServers: { files }, policy });
    const table = join(config, "../calls.json");
    const inside = { path: "../notes/a.txt" };
    await writeFile(
      table,
      JSON.stringify([
        { server: "files", tool: "write_file", arguments: { path: "/etc/x" }, expect: expected },
        { server: "files", tool: "write_file", arguments: inside, expect: "ask" },
        { server: "files", tool: "read_file", readOnlyHint: true, expect: "allow" },
      ]),
    );
    const tested = await holdpoint(["policy", "test", table, "--config", config]);
    expect(tested.exitCode).toBe(exitCode);
    expect(tested.stdout).toContain(`${word}  `);
    expect(tested.stdout).toContain(`${3 - exitCode} of 3 as expected`);
  });
});

describe("holdpoint init", () => {
  it("writes a file that is valid, once somebody said yes", async () => {
    const cwd = await realpath(await tempDirectory());
    const refused = await holdpoint(["init"], { cwd, input: "n\n" });
    expect(refused.exitCode).toBe(1);
    const written = await holdpoint(["init"], { cwd, input: "y\n" });
    expect(written.exitCode).toBe(0);
    const again = await holdpoint(["init", "--yes"], { cwd });
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("exists already") });
    const calls = join(cwd, "calls.json");
    await writeFile(calls, "[]");
    // A pipe is no person: what it wrote counts where it is named.
    expect(written.stdout).toContain("holdpoint.js trust");
    const args = ["policy", "test", calls, "--config", "holdpoint.json"];
    const { stdout, stderr } = await holdpoint(args, { cwd });
    expect([stdout, stderr]).toEqual(["0 of 0 as expected\n", ""]);
  });

  it("takes the servers of a host, but for itself, and names its secrets", async () => {
    const cwd = await realpath(await tempDirectory());
    const host = join(cwd, "claude_desktop_config.json");
    const { trusted: _trusted, ...plain } = files;
    const servers = {
      files: { ...plain, args: [plain.args[0], cwd], env: { KEY: "canary" } },
      holdpoint: { command: "x" },
      away: { type: "sse", url: "https://x.example/sse" },
    };
    await writeFile(host, JSON.stringify({ mcpServers: servers }));
    const args = ["init", "--from", host, "--config", "conf/holdpoint.json"];
    const { stdout, stderr } = await holdpoint(args, { cwd, input: "y\ny\n" });
    expect(`${stdout}${stderr}`).not.toContain("canary");
    expect(stdout).toContain("! away is left out: it is reached over SSE");
    expect(stdout).toMatch(/^ {2}files: \d+ tools, of which \d+ say that they only read/m);
    expect(stdout).toContain("Believe files? Then these run without asking: read_file");
    expect(stdout).toContain(`named: KEY. Their values are in ${host}: put them into the env`);
    const text = await readFile(join(cwd, "conf/holdpoint.json"), "utf8");
    expect(text).not.toContain("canary");
    expect(parseObject(text)["mcpServers"]).toMatchObject({
      files: { env: { KEY: "${KEY}" }, trusted: true },
    });
    expect(text).not.toContain('"holdpoint":');
    expect(text).toContain('// { "verdict": "deny", "server": "files", "paths"');
  });

  it("takes the servers of Codex, which is asked for by file", async () => {
    const cwd = await realpath(await tempDirectory());
    const server = files.args[0] ?? "";
    await writeFile(
      join(cwd, "config.toml"),
      `model = "x"\n[mcp_servers.files]\ncommand = "${process.execPath}"\nargs = ["${server}", "${cwd}"]\n`,
    );
    const args = ["init", "--yes", "--from", "config.toml", "--config", "conf/holdpoint.json"];
    expect((await holdpoint(args, { cwd })).exitCode).toBe(0);
    const text = await readFile(join(cwd, "conf/holdpoint.json"), "utf8");
    expect(parseObject(text)["mcpServers"]).toEqual({
      files: { command: process.execPath, args: [server, cwd] },
    });
  });

  it("says where hosts here keep such a file, where there is none of that name", async () => {
    const cwd = await realpath(await tempDirectory());
    const site = makeHostSite(cwd, ["cursor"]);
    const { stderr } = await holdpoint(["init", "--from", "nothing.json"], { cwd, env: site.env });
    expect(stderr).toBe(
      `holdpoint: There is no nothing.json: there are ${site.file("cursor")} (Cursor)\n`,
    );
  });
});

describe("a run at its limit of turns", () => {
  const prompt = "files__list_allowed_directories {}";

  async function setUp(limits: Record<string, unknown>): Promise<string[]> {
    const config = await writeConfig({ mcpServers: { files }, limits });
    return ["--config", config, "--store", join(config, "../runs.db")];
  }

  it("fails, and nobody but a person gives it more", async () => {
    const options = await setUp({ maxTurns: 1 });
    const failed = await holdpoint(["run", prompt, ...options]);
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("(max_turns_exceeded): Max turns (1) exceeded"),
    });
    const [, resume = ""] =
      /Go on with it: \S+ \S+holdpoint\.js (resume .*)\n/.exec(failed.stderr) ?? [];
    expect(resume).toContain("--max-turns 11");
    const few = await holdpoint(resume.replace("--max-turns 11", "--max-turns 1").split(" "));
    expect(few).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("may take 1 turns already"),
    });
    const none = await holdpoint(resume.replace("--max-turns 11", "--max-turns many").split(" "));
    expect(none).toMatchObject({
      exitCode: 1,
      stderr: 'holdpoint: --max-turns must be a whole number above 0, not "many"\n',
    });
    const piped = await holdpoint(resume.split(" "));
    expect(piped).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("not given more turns: that needs an answer to a form"),
    });
    if (!hasTerminal) return;
    const { exitCode, screen } = await onTerminal(resume.split(" "), { typed: "" });
    expect([exitCode, screen]).toEqual([0, expect.stringContaining("notes")]);
  });

  it("asks a person for more where the configuration says so, and takes no yes of a pipe", async () => {
    const options = await setUp({ maxTurns: 1, askAtMaxTurns: true });
    const { exitCode, stdout, stderr } = await holdpoint(["run", prompt, ...options], {
      input: "y\n",
    });
    expect(stdout).toContain("Approve for 1 more");
    expect(stderr).toContain("needs a yes of level confirm, and a pipe");
    expect(exitCode).toBe(2);
  });

  it.runIf(hasTerminal)("asks on the terminal, and goes on after a yes there", async () => {
    const options = await setUp({ maxTurns: 1, askAtMaxTurns: true });
    const { exitCode, screen } = await onTerminal(["run", prompt, ...options], { typed: "y\n" });
    expect(screen).toContain("Approve for 1 more");
    expect(screen).toMatch(/Allowed directories:\n.*notes/);
    expect(exitCode).toBe(0);
  });
});
