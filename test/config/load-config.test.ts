import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  configuredStore,
  loadConfig,
  type Config,
  type LoadConfigOptions,
} from "../../src/config/load-config.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

async function load(
  text: unknown,
  { directory, ...options }: Partial<LoadConfigOptions> & { directory?: string } = {},
): Promise<Config> {
  const file = join(directory ?? (await tempDirectory()), "holdpoint.json");
  await writeFile(file, typeof text === "string" ? text : JSON.stringify(text));
  return loadConfig(file, { env: {}, ...options });
}

/** The lines of the error, each a path and what is wrong there. */
async function problemsOf(
  text: unknown,
  options: Parameters<typeof load>[1] = {},
): Promise<string[]> {
  const message = await load(text, options).then(
    () => "no problem",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
  return message
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

const server = { command: "node", args: ["server.js"] };

describe("a configuration", () => {
  it("is read with comments, commas too many, and the environment", async () => {
    const text = `{
      // who serves "files"
      "mcpServers": { "files": { "command": "node", /* its key */ "env": { "KEY": "\${KEY}" },
        "args": ["\${MODE:-plain}", "http://x/*not a comment*/", "\${EMPTY:-else}"], }, },
    }`;
    const { mcpServers } = await load(text, { env: { KEY: "k", EMPTY: "" } });
    expect(mcpServers?.["files"]).toMatchObject({
      env: { KEY: "k" },
      args: ["plain", "http://x/*not a comment*/", "else"],
    });
  });

  it("has its paths from the file's directory", async () => {
    const directory = await realpath(await tempDirectory());
    await writeFile(join(directory, "be-nice.md"), "Be nice.");
    const config = await load(
      {
        mcpServers: { a: { command: "./bin/a" }, b: { ...server, cwd: "sub" } },
        agents: [{ name: "A", instructionsFile: "be-nice.md" }],
        policy: [{ verdict: "deny", arguments: { path: { outside: "notes" } } }],
        store: "runs.db",
      },
      { directory },
    );
    expect(config).toMatchObject({
      directory,
      mcpServers: {
        a: { command: join(directory, "bin/a"), cwd: directory },
        b: { command: "node", cwd: join(directory, "sub") },
      },
      agents: [{ instructions: "Be nice." }],
      policy: [{ arguments: { path: { outside: [join(directory, "notes")] } } }],
      store: join(directory, "runs.db"),
    });
  });

  it("is taken with whatever else a host has in its servers", async () => {
    const servers = { a: { ...server, autoApprove: ["x"], gallery: true, type: "stdio" } };
    expect((await load({ mcpServers: servers })).mcpServers).toMatchObject(servers);
  });

  it("tells all that is wrong at once, with path, kind and fix, and no value", async () => {
    const problems = await problemsOf({
      mcpServers: {
        a: { command: "node", args: "server.js" },
        b: { url: "http://x", headers: { Authorization: "${TOKEN}" } },
      },
      agents: [
        { name: "A", servers: ["c"] },
        { name: "B", tols: ["x"] },
      ],
      policy: [{ verdict: "maybe" }],
    });
    expect(problems).toEqual([
      "mcpServers.b.headers.Authorization: the environment has no TOKEN: set it, or write ${TOKEN:-default}",
      "mcpServers.a.args: is a string and must be a list: put it in [ ]",
      "agents[1].tols: no such setting here: remove it, or mend its spelling",
      'policy[0].verdict: is a string that is not known: write "allow", "ask", "deny"',
      'agents[0].servers[0]: names no server in mcpServers: there are "a", "b"',
    ]);
  });

  it.each<[string, unknown, string]>([
    ["no command and no url", { mcpServers: { a: {} } }, "mcpServers.a: is an object without"],
    ["both", { mcpServers: { a: { ...server, url: "http://x" } } }, "mcpServers.a: has both"],
    ["no address", { mcpServers: { a: { url: "x" } } }, "mcpServers.a.url: is a string that"],
    ["a number in env", { mcpServers: { a: { ...server, env: { N: 1 } } } }, "put it in quotes"],
    ["two agents of a name", { agents: [{ name: "A" }, { name: "A" }] }, "agents[1].name: another"],
    ["an unknown agent", { agents: [{ name: "A", handoffs: ["B"] }] }, "agents[0].handoffs[0]"],
    [
      "an approver of an allow",
      { policy: [{ verdict: "allow", approver: "person" }] },
      "goes with",
    ],
    [
      "a bad pattern",
      { policy: [{ verdict: "deny", arguments: { a: { matches: "(" } } }] },
      "regular",
    ],
    ["an empty name", { agents: [{ name: "" }] }, "agents[0].name"],
    ["no instructions", { agents: [{ name: "A", instructionsFile: "none" }] }, "no file"],
    ["levels of nobody", { approvers: { agents: { X: "person" } } }, "approvers.agents.X"],
  ])("says of %s where it is", async (_name, text, problem) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("shows no secret when it is wrong", async () => {
    const message = await load({
      mcpServers: { a: { command: 7, env: { KEY: "canary-in-env" }, args: ["canary-arg", 1] } },
      store: { canary: "canary" },
    }).catch((error: unknown) => String(error));
    expect(message).toContain("3 problems");
    expect(message).not.toContain("canary");
    await expect(load('{ "a": canary }')).rejects.toThrow(/^(?!.*canary)/s);
  });

  it("knows agents from elsewhere", async () => {
    const text = { agents: [{ name: "A", handoffs: ["Module"] }] };
    expect(await load(text, { knownAgents: ["Module"] })).toMatchObject(text);
  });
});

describe("a root of a server of files", () => {
  const filesystem = (root: string): unknown => ({
    mcpServers: { fs: { command: "npx", args: ["-y", "server-filesystem", root] } },
  });

  it.each(["..", ".", "sub/..", "link"])(
    "that holds the configuration is refused: %s",
    async (root) => {
      const directory = join(await tempDirectory(), "conf");
      await mkdir(join(directory, "sub"), { recursive: true });
      await symlink(directory, join(directory, "link"));
      const problems = await problemsOf(filesystem(root), { directory });
      expect(problems).toEqual([expect.stringMatching(/^mcpServers\.fs\.args\[2\]: .*this file/)]);
    },
  );

  it("that holds the store is refused", async () => {
    const directory = join(await tempDirectory(), "conf");
    const state = join(directory, "../state");
    await mkdir(directory, { recursive: true });
    await mkdir(state);
    const storePath = (): string => join(state, "later", "runs.db");
    const problems = await problemsOf(filesystem("../state"), { directory, storePath });
    expect(problems).toEqual([expect.stringContaining("contains the store")]);
  });

  it.each<[string, Record<string, unknown>]>([
    ["of a server of whatever name", { command: "node", args: ["notes-server.js", "ROOT"] }],
    ["behind an option", { command: "serve-it", args: ["--root", "ROOT"] }],
    ["behind an option of any name", { command: "serve-it", args: ["--verbose", "ROOT"] }],
    ["in an option", { command: "serve-it", args: ["--allowed-dirs=/none,ROOT"] }],
    ["as a volume", { command: "docker", args: ["run", "-v", "ROOT:/data", "image"] }],
    [
      "as a mount",
      { command: "docker", args: ["run", "--mount", "type=bind,src=ROOT,dst=/x", "i"] },
    ],
    ["as the base of paths", { command: "serve-it", paths: { base: "ROOT" } }],
  ])("is one %s", async (_name, given) => {
    const directory = await tempDirectory();
    const text = JSON.stringify({ mcpServers: { x: given } }).replaceAll("ROOT", directory);
    const problems = await problemsOf(text, { directory });
    expect(problems).toEqual([expect.stringMatching(/^mcpServers\.x\..*contains this file/)]);
  });

  it.each([
    ["uv", ["--directory", "ROOT", "run", "server.py"]],
    ["npx", ["--prefix", "ROOT", "server"]],
    ["serve-it", ["--log-dir", "ROOT"]],
  ])("is none that says where %s is, or its logs", async (command, args) => {
    const directory = await tempDirectory();
    const text = JSON.stringify({ mcpServers: { x: { command, args } } });
    expect(await load(text.replaceAll("ROOT", directory), { directory })).toBeDefined();
  });

  it("that holds instructions or the module of agents is refused", async () => {
    const directory = join(await tempDirectory(), "conf");
    const notes = join(directory, "../notes");
    await mkdir(directory, { recursive: true });
    await mkdir(notes);
    await writeFile(join(notes, "clerk.md"), "Be nice.");
    const agents = [{ name: "Clerk", instructionsFile: "../notes/clerk.md" }];
    const text = { mcpServers: { x: { command: "x", args: ["../notes"] } }, agents };
    const agentsFile = join(notes, "agents.ts");
    const problems = await problemsOf(text, { directory, agentsFile });
    expect(problems).toEqual([
      expect.stringContaining("contains the module with agents"),
      expect.stringContaining('contains the instructions of agent "Clerk"'),
    ]);
  });

  it("that holds neither is taken", async () => {
    const directory = await tempDirectory();
    await mkdir(join(directory, "notes"));
    expect(await load(filesystem("notes"), { directory })).toHaveProperty("mcpServers.fs");
  });
});

describe("the store that a configuration names", () => {
  async function storeOf(text: string, env: Record<string, string> = {}): Promise<unknown> {
    const directory = await realpath(await tempDirectory());
    const file = join(directory, "holdpoint.json");
    await writeFile(file, text);
    const store = configuredStore(file, { env });
    return store?.replace(directory, "HERE");
  }

  it("is known, whatever else is wrong with the file", async () => {
    expect(await storeOf('{ "store": "./${NAME}.db", "x": "${OTHER}" }', { NAME: "a" })).toBe(
      join("HERE", "a.db"),
    );
    expect(await storeOf('{ "store": "memory", "agents": 3 }')).toBe("memory");
    expect(await storeOf('{ "agents": 3 }')).toBeUndefined();
  });

  it.each([
    [
      "a file that is no JSON",
      "{\n  // no\n  store",
      "it is not JSON: line 3, column 3: a name in",
    ],
    ["a name that the environment has not", '{ "store": "${NAME}.db" }', "has no NAME"],
    ["what is no name", '{ "store": 3 }', "store: is a number"],
  ])("is not taken for another one: %s", async (_, text, why) => {
    await expect(storeOf(text)).rejects.toThrow(why);
  });

  it("is not taken for another one: a file that cannot be read, which is no file that is missing", async () => {
    const directory = await tempDirectory();
    expect(() => configuredStore(directory, { env: {} })).toThrow(/EISDIR/);
    expect(() => configuredStore(join(directory, "none.json"), { env: {} })).toThrow(
      "there is no such file",
    );
  });
});

describe("a preview beside a rule", () => {
  const rule = (preview: object, more: object = {}): object => ({
    policy: [{ verdict: "ask", tool: "update_*", preview, ...more }],
  });

  it("is read with its places", async () => {
    const preview = { tool: "get", arguments: { id: "$.ids[0]" }, bind: "$.content[0].text" };
    expect((await load(rule(preview))).policy[0]).toMatchObject({ preview });
  });

  it.each([
    [
      { tool: "get", bind: "$.a[x]" },
      "policy[0].preview.bind: is a string that does not fit: is no place such as $.a.b[0]",
    ],
    [
      { tool: "get", bind: "$..text" },
      "policy[0].preview.bind: is a string that does not fit: is no place",
    ],
    [
      { tool: "get", bind: "content" },
      "policy[0].preview.bind: is a string that does not fit: is no place",
    ],
    [
      { tool: "get", becomes: "$.a[*]" },
      "policy[0].preview.becomes: is a string that does not fit: is no place",
    ],
    [
      { tool: "get", arguments: { at: { id: "$.a[?(@.b)]" } } },
      "policy[0].preview.arguments.at.id: is a string that does not fit: is no place",
    ],
    [
      { bind: "$.a" },
      "policy[0].preview: is an object that does not fit: names the tool that reads",
    ],
    [
      { tool: "get", off: true },
      "policy[0].preview: is an object that does not fit: names the tool",
    ],
    [{ tool: "get", binds: "$.a" }, "policy[0].preview.binds: no such setting here"],
  ])("that is %j is refused with its place and what to do", async (preview, problem) => {
    const problems = await problemsOf(rule(preview));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("goes with a question about a tool that has a name", async () => {
    const preview = { tool: "get" };
    expect(await problemsOf(rule(preview, { tool: undefined }))).toEqual([
      'policy[0].preview: says of no tool what is shown of it: name it with "tool" in the rule',
    ]);
    expect(await problemsOf(rule(preview, { verdict: "allow" }))).toEqual([
      'policy[0].preview: goes with "verdict": "ask" only: remove it',
    ]);
  });
});
