import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, describe, expect, it } from "vitest";

import { hostIds, hostFiles } from "../../src/hosts/host-files.ts";
import { readHostText } from "../../src/hosts/host-text.ts";
import { parseObject } from "../../src/hosts/json-members.ts";
import { commandFile, holdpoint } from "../support/command.ts";
import { makeHostSite, type HostSite } from "../support/host-site.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

const secrets = /trk_4b1f0c99aa27|trk_of_cursor_77e1|shp_93c5a1e07d/;

/** The entry that a host would start now. */
function ownEntry(site: HostSite, id: (typeof hostIds)[number]) {
  const host = hostFiles({ platform: "linux", env: site.env, home: site.env["HOME"] ?? "" }).find(
    (each) => each.id === id,
  );
  if (host === undefined) throw new Error(`no ${id}`);
  return readHostText(site.read(id), host)["holdpoint"] as {
    command: string;
    args: string[];
    env?: Record<string, string>;
  };
}

/** Starts what a host would start. */
async function open(site: HostSite, id: (typeof hostIds)[number]): Promise<Client> {
  const { command, args, env = {} } = ownEntry(site, id);
  const transport = new StdioClientTransport({
    command,
    args: [...args, "--hold", "1"],
    env: { PATH: process.env["PATH"] ?? "", ...site.env, ...env },
    stderr: "ignore",
  });
  const client = new Client({ name: "host", version: "1.0.0" });
  clients.push(client);
  await client.connect(transport);
  return client;
}

describe("connect", () => {
  it("shows what it would do, and does nothing, with --dry-run", async () => {
    const site = makeHostSite(await tempDirectory(), hostIds);
    const before = site.all();
    const { stdout, exitCode } = await holdpoint(["connect", "--dry-run"], site);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`These servers move to ${site.config}`);
    expect(stdout).toContain("    tracker, as tracker-cursor");
    expect(stdout.match(/^ {2}files.*: \d+ tools/gm)).toHaveLength(1);
    expect(stdout).toMatch(
      /files: \d+ tools, of which \d+ say that they only read, and \d+ ask in any case/,
    );
    expect(stdout).toContain(
      "! VS Code goes on starting here itself, past the gate: it counts from the folder that the host has open",
    );
    expect(stdout).not.toMatch(secrets);
    expect(site.all()).toEqual(before);
    expect(() => statSync(site.config)).toThrow("ENOENT");
  });

  it("puts one gate before the servers of five hosts, and disconnect restores them letter for letter", async () => {
    const site = makeHostSite(await tempDirectory(), hostIds);
    const before = site.all();
    const done = await holdpoint(["connect", "--yes", "--trust", "files"], site);
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Moved.") });
    expect(done.stdout).toContain("TRACKER_TOKEN");

    const text = readFileSync(site.config, "utf8");
    expect(text).not.toMatch(secrets);
    expect(statSync(site.config).mode & 0o777).toBe(0o600);
    expect(parseObject(text)).toMatchObject({
      mcpServers: {
        files: { trusted: true },
        tracker: { env: { TRACKER_TOKEN: "${TRACKER_TOKEN:-}" } },
        "tracker-cursor": { env: { TRACKER_TOKEN: "${TRACKER_TRACKER_TOKEN:-}" } },
        search: { env: { API_KEY: "${API_KEY:-}" } },
        shop: { env: { SHOP_TOKEN: "${SHOP_TOKEN:-}", SHOP_LEVEL: "info" } },
      },
    });
    for (const id of hostIds) {
      expect(ownEntry(site, id)).toMatchObject({
        command: process.execPath,
        args: [commandFile, "gateway", "--config", site.config],
      });
    }
    expect(ownEntry(site, "vscode").env).toMatchObject({
      API_KEY: "${input:api-key}",
      SHOP_TOKEN: "shp_93c5a1e07d",
    });
    // They hold secrets of each other now, and what only this user could read.
    for (const id of hostIds) expect(statSync(site.file(id)).mode & 0o777).toBe(0o600);

    const client = await open(site, "claude-desktop");
    const read = await client.callTool({ name: "list_directory", arguments: { path: site.notes } });
    expect(JSON.stringify(read)).toContain("a.txt");
    const path = join(site.notes, "b.txt");
    const write = await client.callTool({ name: "write_file", arguments: { path, content: "x" } });
    expect(JSON.stringify(write)).toContain("wait_for_decision");
    expect(() => statSync(path)).toThrow("ENOENT");

    const back = await holdpoint(["disconnect"], site);
    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(site.all()).toEqual(before);
    const again = await holdpoint(["disconnect", "cursor"], site);
    expect(again.stdout).toBe("Cursor was not connected.\n");
  });

  it("takes in what a host got since, and goes back to the start from there", async () => {
    const site = makeHostSite(await tempDirectory(), ["cursor"]);
    await holdpoint(["connect", "--yes"], site);
    const gated = JSON.parse(site.read("cursor")) as { mcpServers: object };
    const late = { command: process.execPath, args: ["-e", "0"] };
    const more = { mcpServers: { ...gated.mcpServers, late } };
    writeFileSync(site.file("cursor"), JSON.stringify(more));
    const second = await holdpoint(["connect", "cursor", "--yes"], site);
    expect(second.stdout).toContain("late");
    expect(Object.keys(parseObject(site.read("cursor"))["mcpServers"] ?? {})).toEqual([
      "holdpoint",
    ]);
    expect(Object.keys(parseObject(readFileSync(site.config, "utf8"))["mcpServers"] ?? {})).toEqual(
      expect.arrayContaining(["files", "tracker", "late"]),
    );
    await holdpoint(["disconnect"], site);
    expect(Object.keys(parseObject(site.read("cursor"))["mcpServers"] ?? {})).toEqual(
      expect.arrayContaining(["files", "tracker", "late"]),
    );
  });

  it("names what goes past the gate, and the rules whose tools are called otherwise now", async () => {
    const home = await tempDirectory();
    const site = makeHostSite(home, ["claude-code"]);
    const project = join(home, "project");
    mkdirSync(join(home, ".claude"));
    mkdirSync(project);
    const rules = { permissions: { allow: ["Bash(ls)", "mcp__files__list_directory"] } };
    writeFileSync(join(home, ".claude", "settings.json"), JSON.stringify(rules));
    writeFileSync(join(project, ".mcp.json"), '{"mcpServers": {"shop": {"command": "shop"}}}');
    const wide = parseObject(site.read("claude-code"));
    const files = { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", home] };
    const servers = { ...(wide["mcpServers"] as object), everything: files };
    writeFileSync(site.file("claude-code"), JSON.stringify({ ...wide, mcpServers: servers }));
    const { stdout } = await holdpoint(["connect", "--dry-run"], { ...site, cwd: project });
    expect(stdout).toContain(
      "! Claude Code's allow rule mcp__files__list_directory is now mcp__holdpoint__list_directory",
    );
    expect(stdout).toContain("! Claude Code starts shop past the gate in this folder");
    expect(stdout).toMatch(
      /! Claude Code goes on starting everything itself, past the gate: .* contains Holdpoint's configuration/,
    );
  });

  it("asks for each server whether it is believed, and moves nothing after a no", async () => {
    const site = makeHostSite(await tempDirectory(), ["claude-code"]);
    const before = site.all();
    const said = await holdpoint(["connect"], { ...site, input: "y\nn\n" });
    expect(said).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("Nothing was changed."),
    });
    expect(said.stdout).toMatch(
      /Believe files\? Then these run without asking: .*list_directory.*\(y\/n\)/,
    );
    expect(site.all()).toEqual(before);
    const moved = await holdpoint(["connect"], { ...site, input: "y\ny\n" });
    expect(moved.exitCode).toBe(0);
    expect(parseObject(readFileSync(site.config, "utf8"))).toMatchObject({
      mcpServers: { files: { trusted: true } },
    });
  });

  it("says that a host is connected where it is, and of a folder's own servers what to do", async () => {
    const site = makeHostSite(await tempDirectory(), ["claude-code"]);
    const file = site.file("claude-code");
    const projects = { "/home/u/shop": { mcpServers: { till: { command: "till" } } } };
    writeFileSync(file, JSON.stringify({ ...parseObject(site.read("claude-code")), projects }));
    const first = await holdpoint(["connect", "--yes"], site);
    expect(first.stdout).toContain("! Claude Code starts till past the gate in /home/u/shop");
    const connected = site.read("claude-code");
    const second = await holdpoint(["connect"], site);
    expect(second).toMatchObject({ exitCode: 0, stderr: "" });
    expect(second.stdout).toBe(
      `Connected already: Claude Code. The rules are in ${site.config}\n! Claude Code starts till past the gate in /home/u/shop, where alone it was added. There: claude mcp remove --scope local till, then claude mcp add --scope user till with its command, and connect again\n`,
    );
    expect(site.read("claude-code")).toBe(connected);
  });

  it("leaves out a host whose file is broken, and moves the others", async () => {
    const site = makeHostSite(await tempDirectory(), ["claude-code", "cursor", "codex"]);
    writeFileSync(site.file("cursor"), '{ "mcpServers": { "a": {}\n  "b": 1 }');
    writeFileSync(site.file("codex"), "");
    const { stdout, stderr, exitCode } = await holdpoint(["connect", "--yes"], site);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain(
      `! Cursor is left as it is: Cannot read ${site.file("cursor")}: line 2, column 3: a comma or the closing bracket is missing`,
    );
    expect(stdout).not.toContain("Codex");
    expect(Object.keys(ownEntry(site, "claude-code"))).toContain("command");
    const alone = await holdpoint(["connect", "cursor"], site);
    expect(alone).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("! Cursor is") });
  });

  it("changes nothing where a host's file cannot be replaced, and says why without a stack", async () => {
    const home = await tempDirectory();
    const site = makeHostSite(home, ["cursor"]);
    const folder = join(home, ".cursor");
    // Whoever is root may write everywhere.
    const script = "if (process.getuid() === 0) process.setuid(65534)";
    const node = [process.execPath, "--import", `data:text/javascript,${script}`];
    chmodSync(home, 0o777);
    chmodSync(site.file("cursor"), 0o644);
    chmodSync(folder, 0o555);
    const before = site.all();
    const { stderr, exitCode } = await holdpoint(["connect", "--yes"], { ...site, node });
    chmodSync(folder, 0o755);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `holdpoint: Nothing was changed: Cursor's file, ${site.file("cursor")}, cannot be replaced, since nothing can be written into its folder. Where another program makes that file, change it there\n`,
    );
    expect(site.all()).toEqual(before);
    expect(existsSync(site.config)).toBe(false);
    writeFileSync(join(home, ".config"), "");
    const blocked = await holdpoint(["connect", "--yes"], site);
    expect(blocked.stderr).toBe(
      `holdpoint: Cannot mkdir ${join(home, ".config", "holdpoint")}: part of its path is no directory (ENOTDIR)\n`,
    );
  });

  it("says where the servers are kept, and shows no secret, where a file has changed too much", async () => {
    const site = makeHostSite(await tempDirectory(), ["cursor"]);
    await holdpoint(["connect", "--yes"], site);
    writeFileSync(site.file("cursor"), "{}");
    const { stderr, exitCode } = await holdpoint(["disconnect"], site);
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(secrets);
    const [, record = ""] = /stands as "taken" in (.*), and take/.exec(stderr) ?? [];
    expect(JSON.parse(readFileSync(record, "utf8"))).toMatchObject({
      taken: expect.stringContaining("tracker"),
    });
  });

  it("says so where a host is unknown, or there is nothing to move", async () => {
    const site = makeHostSite(await tempDirectory(), []);
    const unknown = await holdpoint(["connect", "claude-dekstop"], site);
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: 'holdpoint: There is no host "claude-dekstop". Did you mean claude-desktop?\n',
    });
    const none = await holdpoint(["connect"], site);
    expect(none).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^No host here has a server to move\. Looked at:\n/),
    });
    expect(none.stdout).toContain(`  Cursor (${site.file("cursor")}), which is not there\n`);
    const nothing = await holdpoint(["disconnect"], site);
    expect(nothing).toMatchObject({ exitCode: 0, stdout: "No host here was connected.\n" });
  });
});
