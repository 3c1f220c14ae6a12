import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it, vi } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { run } from "../../src/agents/face/run.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { useBorrowed, type Borrowed } from "../support/borrowed.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { fold } from "../support/journal.ts";
import { entriesOf } from "../support/journal-text.ts";
import { storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();
const openMemorySite = useSite("memory");
const recordServer = fileURLToPath(new URL("../support/record-server-process.ts", import.meta.url));

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
  /** The same agent once it has made its call. */
  const done = (): ReturnType<Borrowed["agent"]> => borrowed.agent([]);
  return { path, wanted, done, text: () => readFile(path, "utf8") };
}

describe.each(storeKinds)("an approval that is bound to a file, in a %s store", (kind) => {
  const createSite = useSite(kind);

  it("counts in another process for what was read in this one", async () => {
    const { path, wanted, done, text } = await createWriter();
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
    const second = await site.open([done().agent]);
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

it("a journal that ends behind any of its entries has no question without what was read for it", async () => {
  const { wanted } = await createWriter();
  const { agent } = wanted();
  const paused = await run(agent, "go");
  for (const item of paused.interruptions) paused.state.approve(item);
  const entries = entriesOf((await run(agent, paused.state)).state);
  const stood: boolean[] = [];
  for (let length = 1; length <= entries.length; length += 1) {
    const { approvals, frames } = fold(entries.slice(0, length));
    for (const { preview } of approvals.values()) expect(preview?.digest).toBeDefined();
    const [call] = frames.get("")?.calls.values() ?? [];
    // What was read is nothing by itself: whoever goes on from there looks again.
    if (call?.previewed !== undefined) stood.push(call.approval !== undefined);
  }
  expect(stood.slice(0, 4)).toEqual([false, false, true, true]);
});

describe("of calls that a model makes at once", () => {
  /** An agent that changes two records in one turn; the look at one of them is never answered. */
  async function createChanger(silent: number) {
    const file = join(await realpath(await tempDirectory()), "record.json");
    await writeFile(file, JSON.stringify({ email: "old@example.com" }));
    await writeFile(`${file}.silent`, String(silent));
    const preview = { tool: "get_customer", arguments: { id: "$.id" }, bind: "$.content[0].text" };
    const { provider } = borrow({
      servers: {
        records: { command: process.execPath, args: [recordServer, file], trusted: true },
      },
      rules: [{ verdict: "ask", tool: "update_*", preview }],
      firstWaitMs: 60_000,
    });
    const change = (id: number): ReturnType<typeof call> =>
      call("records__update_customer", { id, email: "new@example.com" }, `c${id}`);
    const model = createScriptedModel([[change(1), change(2)], [message("done")]]);
    const agent = new Agent({ name: "A", model, toolProviders: [provider] });
    const calls = async (): Promise<string[]> =>
      (await readFile(`${file}.calls`, "utf8")).trim().split("\n");
    return { agent, calls };
  }

  it.each([1, 2])(
    "each is asked about as soon as its own look is over, while that of call %i hangs, and none is looked at twice",
    async (silent) => {
      const { agent, calls } = await createChanger(silent);
      const service = await (await openMemorySite()).open([agent]);
      const runId = await service.start({ agent: "A", input: "go" });
      const asked = await vi.waitFor(
        async () => {
          const { approvals } = await service.pending({ limit: 10 });
          expect(approvals).toHaveLength(1);
          return approvals[0];
        },
        { timeout: 20_000, interval: 20 },
      );
      expect(asked?.callId).toBe(`c${3 - silent}`);
      // It can be decided at once, and runs: nobody waits for the other look.
      await service.decide(asked?.approvalId ?? ("" as never), yes());
      await vi.waitFor(async () => expect(await calls()).toContain("update_customer"), {
        timeout: 4_000,
        interval: 20,
      });
      expect((await service.pending({ limit: 10 })).approvals).toEqual([]);
      const { approvals } = await waitFor(service, runId, "awaiting_approval");
      expect(approvals).toMatchObject([{ callId: `c${silent}` }]);
      // One look for each, and one more before that one started.
      expect((await calls()).filter((name) => name === "get_customer")).toHaveLength(3);
    },
  );
});
