import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { RunState } from "../../src/agents/face/run-state.ts";
import { run } from "../../src/agents/face/run.ts";
import { useBorrowed, type Borrowed } from "../support/borrowed.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { cutAfter, entriesOf } from "../support/journal-text.ts";
import { storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();

/** An agent that writes into a file of the published filesystem server. */
async function createWriter() {
  const root = join(await realpath(await tempDirectory()), "root");
  await mkdir(root);
  const path = join(root, "a.txt");
  await writeFile(path, "one\n");
  const servers = { files: { ...foreignServer("filesystem", [root]), trusted: true } };
  const borrowed: Borrowed = borrow({ servers, folder: root, firstWaitMs: 60_000 });
  const wanted = (): ReturnType<Borrowed["agent"]> =>
    borrowed.agent([["files__write_file", { path, content: "new\n" }]]);
  return { path, wanted, text: () => readFile(path, "utf8") };
}

describe.each(storeKinds)("an approval that is bound to a file, in a %s store", (kind) => {
  const createSite = useSite(kind);

  it("counts in another process for what was read in this one", async () => {
    const { path, wanted, text } = await createWriter();
    const site = await createSite();
    const first = await site.open([wanted().agent]);
    const runId = await first.start({ agent: "A", input: "go" });
    const [asked] = (await waitFor(first, runId, "awaiting_approval")).approvals;
    expect(asked?.presentation).toMatchObject({
      isAlone: true,
      preview: { binds: true, change: { lines: ["-one", "+new", " "] } },
    });
    // What lists show without a look at the journal says the same.
    const [listed] = (await first.pending({ limit: 10 })).approvals;
    expect(listed?.presentation.preview).toEqual(asked?.presentation.preview);
    await first.close();

    await writeFile(path, "two\n");
    const second = await site.open([wanted().agent]);
    await second.decide(asked?.approvalId ?? ("" as never), yes());
    const again = await waitFor(second, runId, "awaiting_approval");
    expect(again.approvals[0]?.approvalId).not.toBe(asked?.approvalId);
    expect(again.approvals[0]?.presentation.preview?.since?.lines).toEqual(["-one", "+two", " "]);
    expect(await text()).toBe("two\n");
    await second.decide(again.approvals[0]?.approvalId ?? ("" as never), yes());
    await waitFor(second, runId, "completed");
    expect(await text()).toBe("new\n");
  });
});

it("a run that was stopped behind any of its entries starts nothing that was not read for", async () => {
  const { path, wanted, text } = await createWriter();
  const { agent } = wanted();
  const paused = await run(agent, "go");
  for (const item of paused.interruptions) paused.state.approve(item);
  const whole = (await run(agent, paused.state)).state;
  const { length } = entriesOf(whole);
  const types = entriesOf(whole).map(({ type }) => type);
  expect(types.indexOf("call_previewed")).toBeLessThan(types.indexOf("approval_requested"));
  for (let entries = 2; entries < length; entries += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(path, "changed\n");
    const { agent: fresh } = wanted();
    // oxlint-disable-next-line no-await-in-loop
    let state = await RunState.fromString(fresh, cutAfter(whole, entries));
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const result = await run(fresh, state);
      ({ state } = result);
      if (result.interruptions.length === 0) break;
      for (const item of result.interruptions) state.approve(item);
    }
    const journal = entriesOf(state);
    const starts = journal.filter(({ type, seq }) => type === "tool_started" && seq >= entries);
    for (const start of starts) {
      const read = journal.findLast(
        (entry) => entry.type === "call_previewed" && entry.seq < start.seq,
      );
      expect(read).toMatchObject({ head: "changed\n" });
    }
    // oxlint-disable-next-line no-await-in-loop
    if (starts.length > 0) expect(await text()).toBe("new\n");
  }
});
