import { existsSync } from "node:fs";
import { mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { PolicyRule } from "../../src/policy/policy.ts";
import { run } from "../../src/agents/face/run.ts";
import { useBorrowed, type Borrowed, type Wanted } from "../support/borrowed.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();

interface Files {
  root: string;
  borrowed: Borrowed;
}

/** The filesystem server on a directory with one file. */
async function borrowFiles(rules: PolicyRule[] = [], trusted = true): Promise<Files> {
  const root = join(await realpath(await tempDirectory()), "root");
  await mkdir(root);
  await writeFile(join(root, "a.txt"), "hello");
  const servers = { files: { ...foreignServer("filesystem", [root]), trusted } };
  return { root, borrowed: borrow({ servers, rules, folder: root }) };
}

/** What the model was told of its last call. */
async function outputOf(borrowed: Borrowed, wanted: Wanted): Promise<unknown> {
  const { agent, model } = borrowed.agent(wanted);
  const result = await run(agent, "go");
  expect(result.interruptions).toEqual([]);
  const item = model.requests.at(-1)?.input.at(-1);
  return typeof item === "object" && "output" in item ? item.output : undefined;
}

const write = (root: string): Wanted => [
  ["files__write_file", { path: join(root, "b.txt"), content: "new" }],
];

describe("an agent with the filesystem server", () => {
  it("reads freely where the server is trusted", async () => {
    const { root, borrowed } = await borrowFiles();
    const output = await outputOf(borrowed, [
      ["files__read_text_file", { path: join(root, "a.txt") }],
    ]);
    expect(output).toMatchObject({ text: "hello" });
  });

  it("asks for everything where it is not", async () => {
    const { root, borrowed } = await borrowFiles([], false);
    const { agent } = borrowed.agent([["files__read_text_file", { path: join(root, "a.txt") }]]);
    expect((await run(agent, "go")).interruptions).toHaveLength(1);
  });

  it("pauses before it writes, and writes after a yes", async () => {
    const { root, borrowed } = await borrowFiles();
    const { agent } = borrowed.agent(write(root));
    const { state, interruptions } = await run(agent, "go");
    expect(interruptions).toHaveLength(1);
    expect(existsSync(join(root, "b.txt"))).toBe(false);
    for (const item of interruptions) state.approve(item);
    expect((await run(agent, state)).finalOutput).toBe("done");
    expect(await readFile(join(root, "b.txt"), "utf8")).toBe("new");
  });

  it("does not write after a no", async () => {
    const { root, borrowed } = await borrowFiles();
    const { agent } = borrowed.agent(write(root));
    const { state, interruptions } = await run(agent, "go");
    for (const item of interruptions) state.reject(item);
    expect((await run(agent, state)).finalOutput).toBe("done");
    expect(existsSync(join(root, "b.txt"))).toBe(false);
  });

  it("asks about exactly the tools that are not read-only", async () => {
    const { borrowed } = await borrowFiles();
    const [server] = await borrowed.source.survey();
    const asked = server?.tools.filter(({ tool }) => {
      const { approvalRule } = tool;
      return approvalRule.type === "policy" && approvalRule.outlook !== "never";
    });
    expect(asked?.map(({ definition }) => definition.name).toSorted()).toEqual([
      "create_directory",
      "edit_file",
      "move_file",
      "write_file",
    ]);
  });
});

const onlyBelow: PolicyRule = {
  verdict: "deny",
  server: "files",
  arguments: { path: { exists: true, outside: "." } },
  reason: "Stay in the folder.",
};

describe("a rule that denies paths outside a folder", () => {
  it.each(["../b.txt", "/etc/passwd", "way-out/b.txt"])("denies %s, and says why", async (path) => {
    const { root, borrowed } = await borrowFiles([onlyBelow, { verdict: "allow" }]);
    await symlink("..", join(root, "way-out"));
    const wanted: Wanted = [["files__write_file", { path, content: "x" }]];
    expect(await outputOf(borrowed, wanted)).toMatchObject({
      text: "This call is denied by policy and was not run: Stay in the folder.",
    });
  });

  it("leaves what is inside to the other rules", async () => {
    const { root, borrowed } = await borrowFiles([onlyBelow, { verdict: "allow" }]);
    await outputOf(borrowed, write(root));
    expect(existsSync(join(root, "b.txt"))).toBe(true);
  });

  it("holds for what an approver puts in place of the arguments", async () => {
    const { root, borrowed } = await borrowFiles([onlyBelow]);
    const { agent } = borrowed.agent(write(root));
    const { state, interruptions } = await run(agent, "go");
    const outside = join(root, "../c.txt");
    for (const item of interruptions) {
      state.approve(item, { arguments: { path: outside, content: "x" } });
    }
    await run(agent, state);
    expect(existsSync(outside)).toBe(false);
  });

  it("holds where the path leads elsewhere since it was approved", async () => {
    const { root, borrowed } = await borrowFiles([onlyBelow]);
    const { agent } = borrowed.agent([
      ["files__write_file", { path: join(root, "sub/c.txt"), content: "x" }],
    ]);
    const { state, interruptions } = await run(agent, "go");
    await mkdir(join(root, "../elsewhere"));
    await symlink(join(root, "../elsewhere"), join(root, "sub"));
    for (const item of interruptions) state.approve(item);
    const result = await run(agent, state);
    expect(JSON.stringify(result.history)).toContain("denied by policy");
  });
});

describe("what rules want of a decision", () => {
  it("is recorded in the request", async () => {
    const { root, borrowed } = await borrowFiles([
      { verdict: "ask", tool: "write_*", approver: "person", reason: "Look.", timeoutSeconds: 60 },
    ]);
    const { agent } = borrowed.agent(write(root));
    const { state } = await run(agent, "go");
    const request = state
      .toString()
      .split(String.raw`\n`)
      .join("\n");
    expect(request).toContain("approval_requested");
    expect(request).toMatch(/approver\W+person/);
    expect(request).toMatch(/reason\W+Look\./);
    expect(request).toMatch(/expiresAt/);
  });
});

describe("other servers", () => {
  it("keep what they keep: memory", async () => {
    const file = join(await tempDirectory(), "memory.jsonl");
    const spec = { ...foreignServer("memory"), env: { MEMORY_FILE_PATH: file }, trusted: true };
    const borrowed = borrow({ servers: { memory: spec } });
    const entities = [{ name: "Ada", entityType: "person", observations: ["wrote programs"] }];
    const { agent } = borrowed.agent([
      ["memory__create_entities", { entities }],
      ["memory__read_graph"],
    ]);
    const { state, interruptions } = await run(agent, "go");
    expect(existsSync(file)).toBe(false);
    for (const item of interruptions) state.approve(item);
    const result = await run(agent, state);
    expect(JSON.stringify(result.history)).toContain("wrote programs");
    expect(result.finalOutput).toBe("done");
  });

  it("pass on images and structures, and no secret: everything", async () => {
    const spec = {
      ...foreignServer("everything", ["stdio"]),
      env: { API_KEY: "canary-7f3a" },
      trusted: true,
    };
    const rules: PolicyRule[] = [{ verdict: "allow" }];
    const borrowed = borrow({ servers: { everything: spec }, rules });
    expect(await outputOf(borrowed, [["everything__get-tiny-image"]])).toContainEqual(
      expect.objectContaining({ type: "input_image" }),
    );
    const structured = await outputOf(borrowed, [
      ["everything__get-structured-content", { location: "Chicago" }],
    ]);
    expect(JSON.stringify(structured)).toContain("temperature");
    const env = JSON.stringify(await outputOf(borrowed, [["everything__get-env"]]));
    expect(env).toContain("API_KEY");
    expect(env).not.toContain("canary");
    expect(env).not.toContain("HOLDPOINT");
  });

  it("that do not exist leave the agent its other tools, and say why", async () => {
    const { root } = await borrowFiles();
    const servers = {
      files: { ...foreignServer("filesystem", [root]), trusted: true },
      gone: { command: join(root, "no-such-command") },
    };
    const borrowed = borrow({ servers });
    expect(
      await outputOf(borrowed, [["files__read_text_file", { path: join(root, "a.txt") }]]),
    ).toMatchObject({ text: "hello" });
    expect(await outputOf(borrowed, [["gone__anything"]])).toMatchObject({
      text: expect.stringContaining('server "gone" is not available: its command was not found'),
    });
  });

  it("that hang delay nobody", async () => {
    const { root } = await borrowFiles();
    const servers = {
      hangs: { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] },
      files: { ...foreignServer("filesystem", [root]), trusted: true },
    };
    const borrowed = borrow({ servers, firstWaitMs: 200 });
    // However long the other one takes to come up on a busy machine: it is there.
    const offers = borrowed.source.offers().map(({ connection }) => connection);
    await offers.find(({ name }) => name === "files")?.settle();
    const wanted: Wanted = [["files__read_text_file", { path: join(root, "a.txt") }]];
    expect(await outputOf(borrowed, wanted)).toMatchObject({ text: "hello" });
    expect(borrowed.provider.whyMissing("hangs__x")).toContain("still starting");
  });
});
