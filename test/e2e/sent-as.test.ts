import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { browserPath, useBrowser } from "../support/browser.ts";
import { holdpoint } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useInboxes } from "../support/inbox-process.ts";
import { useMcpServers, type McpServerProcess, type PausedRun } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startInbox = useInboxes();
const openPage = useBrowser();

interface Asked {
  server: McpServerProcess;
  paused: PausedRun;
  store: string[];
  /** What whoever decides is to be told. */
  told: string;
}

/** A write that waits, to a path that the agent wrote in another way than it is sent. */
async function ask(): Promise<Asked> {
  const directory = await realpath(await tempDirectory());
  const notes = join(directory, "notes");
  await mkdir(join(notes, "drafts"), { recursive: true });
  await mkdir(join(directory, "conf"));
  const config = join(directory, "conf/holdpoint.json");
  const policy = [{ verdict: "ask", paths: { under: "../notes" } }];
  const mcpServers = { files: foreignServer("filesystem", ["../notes"]) };
  await writeFile(config, JSON.stringify({ mcpServers, policy }));
  const store = ["--store", join(directory, "runs.db")];
  const server = await serve({ args: ["--config", config, ...store] });
  const path = "drafts/../drafts/b.txt";
  const input = `files__write_file ${JSON.stringify({ path, content: "new" })}`;
  const paused = await server.startPaused({ input });
  return { server, paused, store, told: `path: ${path}, that is ${join(notes, "drafts/b.txt")}` };
}

describe("a call that goes out with another path than the agent wrote", () => {
  it("says so to the client and on the terminal", async () => {
    const { server, paused, store, told } = await ask();
    const { approvals } = await server.call("list_pending_approvals", {
      approval_id: paused.approval.approval_id,
    });
    expect(approvals).toMatchObject([{ sent_as: [`Sent as: ${told}`] }]);
    const { stdout } = await holdpoint(["approvals", "--long", ...store]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(`sent as: ${told}`);
  });

  it.runIf(browserPath !== undefined)("says so in the inbox", async () => {
    const { store, told } = await ask();
    const inbox = await startInbox(store);
    const page = await openPage();
    await page.goto(inbox.link());
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.waitForURL(`${inbox.origin()}/`);
    await page.getByRole("navigation").getByRole("button", { name: "write_file" }).click();
    await page.getByText(`Sent as: ${told}`).waitFor();
  });
});
