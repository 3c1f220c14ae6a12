import { mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { run } from "../../src/agents/face/run.ts";
import type { RunState } from "../../src/agents/face/run-state.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import { useBorrowed, type Borrowed, type Wanted } from "../support/borrowed.ts";
import { canaries } from "../support/canaries.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { entriesOf } from "../support/journal-text.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();

interface Site {
  readonly root: string;
  readonly borrowed: Borrowed;
  path(name: string): string;
  put(name: string, text: string): Promise<void>;
  text(name: string): Promise<string>;
}

/** The published filesystem server on a directory with one file, `a.txt`. */
async function createSite({
  rules = [],
  trusted = true,
}: { rules?: PolicyRule[]; trusted?: boolean } = {}): Promise<Site> {
  const root = join(await realpath(await tempDirectory()), "root");
  await mkdir(root);
  const path = (name: string): string => join(root, name);
  const put = (name: string, text: string): Promise<void> => writeFile(path(name), text);
  await put("a.txt", "one\ntwo\nthree\n");
  const servers = { files: { ...foreignServer("filesystem", [root]), trusted } };
  const borrowed = borrow({ servers, rules, folder: root, firstWaitMs: 60_000 });
  return { root, borrowed, path, put, text: (name) => readFile(path(name), "utf8") };
}

const ofType = (state: RunState, type: string) =>
  entriesOf(state).filter((entry) => entry.type === type);

/** What was read for the last request. */
function lastPreview(state: RunState): JsonObject {
  return ofType(state, "call_previewed").at(-1) as unknown as JsonObject;
}

/** A run that waits for one call. */
async function ask({ borrowed }: Site, wanted: Wanted) {
  const { agent } = borrowed.agent(wanted);
  const first = await run(agent, "go");
  let { state } = first;
  expect(first.interruptions).toHaveLength(1);
  return {
    state: () => state,
    /** Approves what waits, and goes on. */
    async approve(options: Parameters<RunState["approve"]>[1] = {}) {
      for (const item of state.getInterruptions()) state.approve(item, options);
      const result = await run(agent, state);
      ({ state } = result);
      return result;
    },
  };
}

const write = (site: Site, content: string): Wanted => [
  ["files__write_file", { path: site.path("a.txt"), content }],
];

describe("a call of the published filesystem server", () => {
  it("is asked about with the difference against the file as it is", async () => {
    const site = await createSite();
    const { state } = await ask(site, write(site, "one\n2\nthree\n"));
    expect(lastPreview(state())).toMatchObject({
      tool: "read_text_file",
      arguments: { path: site.path("a.txt") },
      head: "one\ntwo\nthree\n",
      change: { added: 1, removed: 1, lines: [" one", "-two", "+2", " three", " "] },
    });
  });

  it("runs where the file is as it was", async () => {
    const site = await createSite();
    const { state, approve } = await ask(site, write(site, "new"));
    expect((await approve()).finalOutput).toBe("done");
    expect(await site.text("a.txt")).toBe("new");
    expect(ofType(state(), "tool_started")).toHaveLength(1);
  });

  it("is asked about anew with what changed where it is not, twice, and then runs whatever it reads", async () => {
    const site = await createSite();
    const { state, approve } = await ask(site, write(site, "new"));
    await site.put("a.txt", "one\ntwo\nfour\n");
    expect((await approve()).interruptions).toHaveLength(1);
    expect(lastPreview(state())).toMatchObject({
      anew: 1,
      since: { lines: [" one", " two", "-three", "+four", " "] },
    });
    expect(lastPreview(state())["whatever"]).toBeUndefined();
    expect(ofType(state(), "approval_requested").at(-1)).toMatchObject({
      reason: "What it would change reads differently than when it was approved",
    });
    await site.put("a.txt", "five");
    expect((await approve()).interruptions).toHaveLength(1);
    expect(lastPreview(state())).toMatchObject({ anew: 2, whatever: true });
    await site.put("a.txt", "six");
    expect((await approve()).interruptions).toHaveLength(0);
    expect(await site.text("a.txt")).toBe("new");
    expect(ofType(state(), "tool_started")).toHaveLength(1);
  });

  it("says that nothing could be read, and is bound to nothing then", async () => {
    const site = await createSite();
    const wanted: Wanted = [["files__write_file", { path: site.path("b.txt"), content: "new" }]];
    const { state, approve } = await ask(site, wanted);
    expect(lastPreview(state())["failed"]).toMatch(/^read_text_file answered: .*ENOENT/);
    expect(lastPreview(state())["digest"]).toBeUndefined();
    await site.put("b.txt", "somebody else's");
    expect((await approve()).interruptions).toHaveLength(0);
    expect(await site.text("b.txt")).toBe("new");
  });

  it("is asked about anew where what was read is gone", async () => {
    const site = await createSite();
    const { state, approve } = await ask(site, write(site, "new"));
    await rm(site.path("a.txt"));
    expect((await approve()).interruptions).toHaveLength(1);
    expect(lastPreview(state())["failed"]).toMatch(/ENOENT/);
  });

  it("shows what edits come to as the server makes them", async () => {
    const site = await createSite();
    await site.put("a.txt", "if (a) {\n    go();\n}\n");
    const edits = [{ oldText: "go();\n}", newText: "stop();\n}" }];
    const wanted: Wanted = [["files__edit_file", { path: site.path("a.txt"), edits }]];
    const { state, approve } = await ask(site, wanted);
    const { change } = lastPreview(state());
    expect(change).toMatchObject({ lines: [" if (a) {", "-    go();", "+    stop();", " }", " "] });
    await approve();
    expect(await site.text("a.txt")).toBe("if (a) {\n    stop();\n}\n");
  });

  it("is bound to both places of a move", async () => {
    const site = await createSite();
    const [source, destination] = [site.path("a.txt"), site.path("b.txt")];
    const { state, approve } = await ask(site, [["files__move_file", { source, destination }]]);
    expect(lastPreview(state())["head"]).toMatch(/a\.txt\nsize: 14\n[^]*b\.txt\nnothing/);
    await site.put("b.txt", "mine");
    expect((await approve()).interruptions).toHaveLength(1);
    expect(lastPreview(state())["anew"]).toBe(1);
  });

  it("of a directory is bound to nothing standing there yet, and says where one stands already", async () => {
    const site = await createSite();
    const path = site.path("new");
    const { state, approve } = await ask(site, [["files__create_directory", { path }]]);
    expect(lastPreview(state())).toMatchObject({
      tool: "get_file_info",
      arguments: { path },
      bind: "whether something stands at that place",
      change: { added: 1, removed: 0, lines: [`+directory ${path}`, " "] },
    });
    await mkdir(path);
    expect((await approve()).interruptions).toHaveLength(1);
    expect(lastPreview(state())).toMatchObject({ anew: 1, change: { added: 0, removed: 0 } });
    await site.put("new/somebody's.txt", "a file in it makes no other directory of it");
    expect((await approve()).interruptions).toHaveLength(0);
    expect(ofType(state(), "tool_started")).toHaveLength(1);
  });

  it("of a directory where a file stands shows what stands there", async () => {
    const site = await createSite();
    const path = site.path("a.txt");
    const { state } = await ask(site, [["files__create_directory", { path }]]);
    expect(lastPreview(state())).toMatchObject({ head: "isDirectory: false\nisFile: true" });
    expect(lastPreview(state())["change"]).toBeUndefined();
  });

  it("of which more than 256 kB would have to be read is asked about without", async () => {
    const site = await createSite();
    await site.put("a.txt", `${"x".repeat(99)}\n`.repeat(2_700));
    const { state } = await ask(site, write(site, "new"));
    expect(lastPreview(state())).toMatchObject({
      failed: "read_text_file brought more than 256 kB",
    });
  });

  it("keeps a bounded head, and says how much of what goes is not kept", async () => {
    const site = await createSite();
    await site.put("a.txt", `${"x".repeat(99)}\n`.repeat(2_500));
    const { state } = await ask(site, write(site, "new"));
    const { head, length, change } = lastPreview(state());
    expect([String(head).length, length]).toEqual([16_000, 250_000]);
    expect(change).toMatchObject({ added: 1, removed: 2_501, omitted: 1_854 });
    expect(JSON.stringify(lastPreview(state())).length).toBeLessThan(100_000);
  });

  it("keeps no secret of what was read", async () => {
    const site = await createSite();
    await site.put("a.txt", `PASSWORD=hunter22\nkey ${canaries.env}\nsame\n`);
    const { state } = await ask(site, write(site, "same\n"));
    const text = entriesOf(state())
      .map((entry) => JSON.stringify(entry))
      .join("\n");
    expect(text).not.toContain("hunter22");
    expect(text).not.toContain(canaries.env);
    await rm(site.path("a.txt"));
    expect(lastPreview(state())["head"]).toBe("PASSWORD=[redacted]\nkey [redacted]\nsame\n");
  });

  it("is asked about each time, whatever was said for all of them", async () => {
    const site = await createSite();
    const twice: Wanted = [...write(site, "new"), ...write(site, "newer")];
    const { approve } = await ask(site, twice);
    expect((await approve({ alwaysApprove: true })).interruptions).toHaveLength(1);
    expect(await site.text("a.txt")).toBe("new");
  });

  it("is not shown, and says why, where the server is not trusted", async () => {
    const site = await createSite({ trusted: false });
    const { state } = await ask(site, write(site, "new"));
    expect(lastPreview(state())["failed"]).toMatch(/read_text_file .* is not trusted/);
  });

  it.each(["deny", "ask"] as const)(
    "is not shown, and says why, where rules %s the look",
    async (verdict) => {
      const rules: PolicyRule[] = [{ verdict, tool: "read_text_file", reason: "Not for reading" }];
      const site = await createSite({ rules });
      const { state } = await ask(site, write(site, "new"));
      expect(lastPreview(state())["failed"]).toMatch(/the rules .*: Not for reading/);
    },
  );

  it("is not shown where a rule says so, and is covered by what is said for all of them", async () => {
    const rules: PolicyRule[] = [{ verdict: "ask", tool: "write_file", preview: { off: true } }];
    const site = await createSite({ rules });
    const { state, approve } = await ask(site, [...write(site, "new"), ...write(site, "newer")]);
    expect((await approve({ alwaysApprove: true })).interruptions).toHaveLength(0);
    expect(ofType(state(), "call_previewed")).toEqual([]);
    expect(await site.text("a.txt")).toBe("newer");
  });
});
