import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect, it } from "vitest";

import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { holdpoint } from "../support/command.ts";
import { thirty } from "../support/gallery.ts";
import { useInboxes, type InboxProcess } from "../support/inbox-process.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { inputOf, writeOfficeFile } from "../support/office-agents.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startInbox = useInboxes();
const openPage = useBrowser();
const timeout = 120_000;

async function signIn(inbox: InboxProcess, page: Page): Promise<void> {
  await page.goto(inbox.link());
  await page.getByRole("button", { name: "Sign in with this browser" }).click();
  await page.waitForURL(`${inbox.origin()}/`);
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(peerFile("axe-core/axe.min.js"), "utf8"));
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + " " + target)))`,
  );
}

const isHere = browserPath !== undefined;

it.runIf(isHere)(
  "a yes for calls like one says what it lets run, is counted, and is ended",
  { timeout },
  async () => {
    const directory = await tempDirectory();
    const store = ["--store", join(directory, "runs.db")];
    const server = await serve({ args: ["--agents", await writeOfficeFile(directory), ...store] });
    const [, , , ...mine] = thirty;
    const [issue] = mine;
    const alike = thirty.filter(({ tool }) => tool === "create_issue");
    for (const play of alike.slice(0, 1)) await server.startPaused({ input: inputOf(play) });
    await server.startPaused({ input: inputOf(thirty[2] ?? alike[0]!) });
    await server.startPaused({ input: inputOf(thirty[9] ?? alike[0]!) });
    expect(issue?.tool).toBe("create_issue");
    const inbox = await startInbox(store);
    const page = await openPage({ viewport: { width: 1280, height: 800 } });
    await signIn(inbox, page);
    await page.locator(".row", { hasText: "create_issue" }).click();
    await page.getByLabel("What a yes is about").selectOption({ label: "Calls like it, today" });
    await page.getByText("lets run, unasked").waitFor();
    await page.getByText("title is any text").waitFor();
    await page.getByText("No call waits now that it lets run as well.").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-grant");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator(".toast", { hasText: "Sent" }).waitFor();
    await page.getByRole("link", { name: "Counts" }).click();
    await page.getByText("title is any text").waitFor();
    await page.getByRole("heading", { name: "By risk" }).waitFor();
    await page.getByRole("img", { name: /^Time to decision: 1 < \d+ (?:s|min)$/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-counts");
    const listed = await holdpoint(["grants", ...store, "--json"]);
    const grant: { grant_id: string } = JSON.parse(listed.stdout);
    expect(grant).toMatchObject({ tool: "create_issue", uses: 0, is_standing: true });
    await page.getByRole("button", { name: "End the yes for create_issue" }).click();
    await page.getByText("ended by").waitFor();
    const again = await holdpoint(["grants", "end", grant.grant_id, ...store]);
    expect(again.stdout).toContain("over already");
    const stats = JSON.parse((await holdpoint(["stats", ...store, "--json"])).stdout);
    expect(stats).toMatchObject({
      questions_per_hundred_calls: expect.any(Number),
      all: { questions: 3, approved: 1, open: 2, looked: 1 },
      by_channel: [{ channel: "inbox", questions: 1 }],
    });
    const told = (await holdpoint(["stats", ...store])).stdout;
    expect(told).toContain("3 questions");
    expect(told).toContain("Of 1 approval whose look is recorded");
    expect(told).toMatch(/^RISK .* OPEN {2}HALF IN$/m);
    expect(told.split("\n").filter((line) => line.length > 80)).toEqual([]);
  },
);
