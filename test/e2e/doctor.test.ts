import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { holdpoint } from "../support/command.ts";
import { makeHostSite } from "../support/host-site.ts";
import { startOpenAiStandIn } from "../support/openai-stand-in.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

interface Finding {
  part: string;
  state: string;
  text: string;
  remedy?: string;
}

/** What doctor finds in a home of its own. */
async function examine(home: string, args: string[] = [], env: Record<string, string> = {}) {
  const all = { HOME: home, XDG_STATE_HOME: join(home, "state"), ...env };
  const { stdout, exitCode } = await holdpoint(["doctor", "--json", ...args], {
    env: all,
    cwd: home,
  });
  const findings = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Finding);
  return {
    exitCode,
    findings,
    of: (part: string) => findings.filter((each) => each.part === part),
  };
}

describe("doctor", () => {
  it("finds nothing broken in an empty home, and makes nothing there", async () => {
    const home = await tempDirectory();
    const { exitCode, of } = await examine(home);
    expect(exitCode).toBe(0);
    expect(of("store")).toMatchObject([
      {
        state: "ok",
        text: `${join(home, "state/holdpoint/holdpoint.db")} will be made by the first run`,
      },
    ]);
    expect(of("models")).toMatchObject([
      { state: "note", text: expect.stringContaining("OPENAI_API_KEY") },
    ]);
    expect(of("hosts")).toMatchObject([{ state: "note" }]);
    expect(() => rmSync(join(home, "state"))).toThrow("ENOENT");
  });

  it("says in lines for people what is wrong and what to do, and exits with 1", async () => {
    const home = await tempDirectory();
    writeFileSync(join(home, "holdpoint.json"), '{ "store": }');
    const { stdout, exitCode } = await holdpoint(["doctor", "--config", "holdpoint.json"], {
      env: { HOME: home, XDG_STATE_HOME: join(home, "state"), ANTHROPIC_API_KEY: "k" },
      cwd: home,
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^FAIL {2}configuration {2}Cannot read .*: it is not JSON: line 1, column 12: a value/m,
    );
    expect(stdout).toMatch(
      /^note {2}models .*\n +-> HOLDPOINT_MODEL=anthropic\/MODEL \(ANTHROPIC_API_KEY is set\)$/m,
    );
    expect(stdout).toMatch(/\nBroken: \d\n$/);
  });

  it("knows that a configuration of the directory is not trusted", async () => {
    const home = await tempDirectory();
    writeFileSync(join(home, "holdpoint.json"), "{}");
    const { exitCode, of } = await examine(home);
    expect(exitCode).toBe(1);
    expect(of("configuration")).toMatchObject([
      { state: "broken", text: expect.stringMatching(/holdpoint\.js trust/) },
    ]);
  });

  it("starts the servers, and knows which key an agent's model lacks", async () => {
    const home = await tempDirectory();
    const config = join(home, "mine.json");
    const memory = peerFile("@modelcontextprotocol/server-memory/dist/index.js");
    const mcpServers = {
      memory: { command: process.execPath, args: [memory] },
      gone: { command: "no-such-command" },
    };
    const agents = [{ name: "A", instructions: "x", model: "openrouter/some" }];
    writeFileSync(config, JSON.stringify({ mcpServers, agents }));
    const { exitCode, of } = await examine(home, ["--config", config]);
    expect(exitCode).toBe(1);
    expect(of("configuration")).toMatchObject([{ state: "ok", text: `${config} is valid` }]);
    expect(of("servers")).toMatchObject([
      { state: "ok", text: expect.stringMatching(/^memory: \d tools$/) },
      { state: "broken", text: "gone: its command was not found" },
    ]);
    expect(of("models")).toMatchObject([
      { state: "note" },
      { state: "broken", text: expect.stringContaining("OPENROUTER_API_KEY is not set") },
    ]);
  });

  it("calls a model only when it is asked to", async () => {
    const home = await tempDirectory();
    const api = await startOpenAiStandIn();
    try {
      const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: api.url, OPENAI_API: "chat" };
      const quiet = await examine(home, [], env);
      expect(quiet.exitCode).toBe(0);
      expect(api.requests).toEqual([]);
      api.reply({ message: { role: "assistant", content: "ok" } });
      const asked = await examine(home, ["--call"], env);
      expect(asked.of("models")).toMatchObject([
        { state: "ok" },
        { state: "ok", text: expect.stringMatching(/answers$/) },
      ]);
      expect(api.requests).toHaveLength(1);
    } finally {
      await api.close();
    }
  });

  it("knows which hosts start Holdpoint, and what they start past it", async () => {
    const home = await tempDirectory();
    const site = makeHostSite(home, ["claude-desktop", "cursor", "vscode"]);
    await holdpoint(["connect", "claude-desktop", "vscode", "--yes"], site);
    const first = await examine(home, [], site.env);
    expect(first.exitCode).toBe(0);
    expect(first.of("hosts")).toMatchObject([
      { state: "ok", text: "Claude Desktop starts holdpoint" },
      {
        state: "note",
        text: expect.stringMatching(/^Cursor does not know/),
        remedy: expect.stringMatching(/holdpoint\.js connect cursor$/),
      },
      { state: "ok", text: "VS Code starts holdpoint, and past it one server" },
    ]);
    expect(first.of("servers").every(({ state }) => state === "ok")).toBe(true);
    rmSync(site.config);
    const second = await examine(home, [], site.env);
    expect(second.exitCode).toBe(1);
    expect(second.of("hosts")[0]).toMatchObject({
      state: "broken",
      text: `Claude Desktop starts holdpoint with ${site.config}, which is not there`,
    });
  });

  it("knows Holdpoint where Claude Code starts it in one folder alone", async () => {
    const home = await tempDirectory();
    const file = join(home, ".claude.json");
    const own = { command: "npx", args: ["holdpoint", "serve"] };
    const projects = { "/home/u/shop": { mcpServers: { ours: own, till: { command: "till" } } } };
    writeFileSync(file, JSON.stringify({ mcpServers: {}, projects }));
    expect((await examine(home)).of("hosts")).toMatchObject([
      {
        state: "ok",
        text: "Claude Code starts ours in /home/u/shop, and past it one server",
      },
    ]);
    writeFileSync(file, "{}");
    expect((await examine(home)).of("hosts")).toMatchObject([
      { state: "note", text: "Claude Code does not know Holdpoint, and starts no servers itself" },
    ]);
  });

  it("says of a server that does not come up what it said, and what it did not get", async () => {
    const home = await tempDirectory();
    const config = join(home, "mine.json");
    const asks = "console.error('SHOP_REGION is not set'); process.exit(3)";
    const mcpServers = { shop: { command: process.execPath, args: ["-e", asks] } };
    writeFileSync(config, JSON.stringify({ mcpServers }));
    const { exitCode, of } = await examine(home, ["--config", config], { SHOP_REGION: "eu" });
    expect(exitCode).toBe(1);
    expect(of("servers")).toMatchObject([
      {
        state: "broken",
        text: "shop: it stopped\nit said: SHOP_REGION is not set",
        remedy: expect.stringContaining(
          'it did not get SHOP_REGION, set here: give it "env": { "SHOP_REGION": "${SHOP_REGION}" }',
        ),
      },
    ]);
  });

  it("finds one thing broken where a configuration cannot be read, and says what to do", async () => {
    const home = await tempDirectory();
    const config = join(home, "bad.json");
    writeFileSync(config, '{ "store": }');
    const { findings, of } = await examine(home, ["--config", config]);
    expect(findings.filter(({ state }) => state === "broken")).toHaveLength(1);
    expect(of("configuration")).toMatchObject([
      { remedy: expect.stringContaining(`check --config ${config}`) },
    ]);
  });

  it("knows a place where no store can be made", async () => {
    const { exitCode, of } = await examine(await tempDirectory(), ["--store", "/proc/x/y.db"]);
    expect(exitCode).toBe(1);
    expect(of("store")).toMatchObject([
      { state: "broken", remedy: expect.stringContaining("--store names another") },
    ]);
  });

  it("says that a store cannot be opened", async () => {
    const home = await tempDirectory();
    mkdirSync(join(home, "state/holdpoint"), { recursive: true });
    writeFileSync(join(home, "state/holdpoint/holdpoint.db"), "no database".repeat(100));
    const { exitCode, of } = await examine(home);
    expect(exitCode).toBe(1);
    expect(of("store")).toMatchObject([{ state: "broken" }]);
  });
});
