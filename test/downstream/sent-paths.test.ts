import { mkdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { PolicyRule } from "../../src/policy/policy.ts";
import { run } from "../../src/agents/face/run.ts";
import { entriesOf } from "../support/journal-text.ts";
import { useBorrowed } from "../support/borrowed.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();

/** A folder with notes, and the filesystem server over them under rules. */
async function createNotes(rulesFor: (notes: string) => PolicyRule[]) {
  const folder = await realpath(await tempDirectory());
  const notes = join(folder, "notes");
  await mkdir(join(notes, "drafts"), { recursive: true });
  await mkdir(join(notes, "private"));
  await writeFile(join(notes, "a.txt"), "hello");
  const servers = { files: { ...foreignServer("filesystem", ["notes"]), cwd: folder } };
  const { agent } = borrow({ servers, rules: rulesFor(notes), folder, firstWaitMs: 60_000 });
  return { folder, notes, agent };
}

const write = { path: "drafts/b.txt", content: "new" };

describe("a call that is asked about", () => {
  it("is shown and run with the real path, and keeps what the model wrote", async () => {
    const { notes, agent } = await createNotes((root) => [
      { verdict: "ask", paths: { under: root } },
    ]);
    const sent = { ...write, path: join(notes, "drafts/b.txt") };
    const { agent: writer } = agent([["files__write_file", write]]);
    const paused = await run(writer, "write");
    const [item] = paused.interruptions;
    expect(JSON.parse(item?.arguments ?? "")).toEqual(sent);
    if (item === undefined) return;
    expect(item.rawItem).toMatchObject({ arguments: JSON.stringify(write) });
    paused.state.approve(item);
    const done = await run(writer, paused.state);
    expect(await readFile(sent.path, "utf8")).toBe("new");
    // Nobody edited anything: the model hears of no change.
    expect(JSON.stringify(done.history)).not.toContain("approver changed");
    const requested = entriesOf(done.state).find(({ type }) => type === "approval_requested");
    expect(requested).toMatchObject({ arguments: sent, by: "rules" });
    const started = entriesOf(done.state).find(({ type }) => type === "tool_started");
    expect(started).not.toHaveProperty("arguments");
  });

  it("is not run once a link stands where its path led", async () => {
    const { notes, agent } = await createNotes((root) => [
      { verdict: "ask", paths: { under: root } },
    ]);
    const { agent: writer } = agent([["files__write_file", write]]);
    const paused = await run(writer, "write");
    const [item] = paused.interruptions;
    if (item === undefined) throw new Error("nothing waits");
    paused.state.approve(item);
    await rm(join(notes, "drafts"), { recursive: true });
    await symlink("private", join(notes, "drafts"));
    const done = await run(writer, paused.state);
    expect(JSON.stringify(done.history)).toContain("leads elsewhere");
    await expect(readFile(join(notes, "private/b.txt"))).rejects.toThrow("ENOENT");
  });
});

describe("a call that a rule allows", () => {
  it("has in the journal by which rule it ran, and with which path", async () => {
    const { notes, agent } = await createNotes((root) => [
      { verdict: "allow", paths: { under: root }, reason: "Notes are free." },
    ]);
    const { agent: writer } = agent([
      ["files__write_file", write],
      ["files__write_file", { ...write, path: join(notes, "drafts/c.txt") }],
    ]);
    const done = await run(writer, "write");
    const started = entriesOf(done.state).filter(({ type }) => type === "tool_started");
    expect(started).toMatchObject([
      {
        rule: "policy[0]: Notes are free.",
        arguments: { ...write, path: join(notes, "drafts/b.txt") },
        by: "rules",
      },
      { rule: "policy[0]: Notes are free." },
    ]);
    // Of a path that goes out as it was proposed there is nothing to say.
    expect(started[1]).not.toHaveProperty("arguments");
    expect(await readFile(join(notes, "drafts/b.txt"), "utf8")).toBe("new");
  });
});

describe("a call of a server that no path rule speaks of", () => {
  it("is sent as the model wrote it", async () => {
    const { notes, agent } = await createNotes((root) => [
      { verdict: "allow" },
      { verdict: "deny", server: "others", paths: { under: root } },
    ]);
    const { agent: writer } = agent([["files__write_file", write]]);
    const done = await run(writer, "write");
    expect(JSON.stringify(done.history)).toContain("Successfully wrote to drafts/b.txt");
    expect(await readFile(join(notes, "drafts/b.txt"), "utf8")).toBe("new");
  });
});
