import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";

import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { thirty } from "../support/gallery.ts";
import type { HoldPlay } from "../support/holds.ts";
import { useInboxes, type InboxProcess } from "../support/inbox-process.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { inputOf, writeOfficeFile } from "../support/office-agents.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startInbox = useInboxes();
const openPage = useBrowser();

const laptop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };

/** Twelve of different kinds: none is in a group. */
const twelve: HoldPlay[] = [...thirty.slice(0, 10), ...thirty.slice(10, 12)];

let axe: string;

beforeAll(async () => {
  axe = await readFile(peerFile("axe-core/axe.min.js"), "utf8");
});

async function open(
  plays: readonly HoldPlay[],
): Promise<{ inbox: InboxProcess; server: McpServerProcess }> {
  const directory = await tempDirectory();
  const store = ["--store", join(directory, "runs.db")];
  const server = await serve({ args: ["--agents", await writeOfficeFile(directory), ...store] });
  for (const play of plays) await server.startPaused({ input: inputOf(play) });
  return { server, inbox: await startInbox(store) };
}

async function signIn(inbox: InboxProcess, page: Page): Promise<void> {
  await page.goto(inbox.link());
  await page.getByRole("button", { name: "Sign in with this browser" }).click();
  await page.waitForURL(`${inbox.origin()}/`);
}

/** What axe-core finds, as rule and place. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target + " " + failureSummary)))`,
  );
}

/** Where a text is on the page, and how large its letters are. */
async function placeOf(page: Page, text: string): Promise<{ bottom: number; fontSize: number }> {
  const found = page.locator("#detail").getByText(text, { exact: false }).first();
  const box = await found.boundingBox();
  const fontSize = await found.evaluate((node) =>
    Number.parseFloat(getComputedStyle(node as never).fontSize),
  );
  return { bottom: (box?.y ?? 9_999) + (box?.height ?? 0), fontSize };
}

declare function getComputedStyle(node: never): { fontSize: string };

describe.runIf(browserPath !== undefined)("what the inbox looks like", { timeout: 120_000 }, () => {
  it("with nothing that waits", async () => {
    const { inbox } = await open([]);
    const page = await openPage(laptop);
    await signIn(inbox, page);
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-empty");
  });

  it("with twelve on a laptop, the riskiest open: what happens, its risk and the task on top", async () => {
    const { inbox } = await open(twelve);
    const page = await openPage(laptop);
    await signIn(inbox, page);
    await page.getByRole("article").waitFor();
    await page.locator(".row").nth(11).waitFor();
    const rows = await page
      .locator(".row")
      .evaluateAll(
        (all) =>
          all.filter(
            (row) =>
              (
                row as unknown as { getBoundingClientRect(): { bottom: number } }
              ).getBoundingClientRect().bottom <= 800,
          ).length,
      );
    expect(rows).toBeGreaterThanOrEqual(12);
    for (const text of [
      "delete_files folder /srv/app/releases",
      "High risk",
      "“Free disk space on the build machine”",
    ]) {
      const { bottom } = await placeOf(page, text);
      expect({ text, isOnTop: bottom <= 200 }).toEqual({ text, isOnTop: true });
    }
    const fact = await placeOf(page, "Deletes, by its name");
    expect(fact.bottom).toBeLessThanOrEqual(200);
    expect(fact.fontSize).toBeGreaterThanOrEqual(14);
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-twelve");
  });

  it("of a high risk: nothing approves it before its amount was typed", async () => {
    const { inbox } = await open(thirty.slice(1, 3));
    const page = await openPage({ ...laptop, colorScheme: "dark" });
    await signIn(inbox, page);
    await page.getByRole("article").waitFor();
    const approve = page.getByRole("button", { name: "Approve" });
    expect(await approve.isDisabled()).toBe(true);
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await page.keyboard.type("release");
    expect(await approve.isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-high-dark");
    await page.keyboard.type("s");
    await approve.click();
    // Somebody typed what it is about: it is sent at once.
    await page.locator(".toast", { hasText: "Sent" }).waitFor();
    expect(await page.getByRole("button", { name: "Undo" }).count()).toBe(0);
    // What was decided is not looked at again: the next one is.
    await page.getByRole("heading", { name: "notes/plan.md" }).waitFor();
  });

  it("of like calls: one table, each with a tick, decided one by one", async () => {
    const mails = thirty.slice(10, 14);
    const { inbox, server } = await open(mails);
    const page = await openPage(laptop);
    await signIn(inbox, page);
    await page.getByRole("heading", { name: "send_email: 4 calls that are alike" }).waitFor();
    for (const { args } of mails)
      await page.getByRole("cell", { name: String(args["to"]), exact: true }).waitFor();
    // An address stands on one line.
    const lines = await page.evaluate<number[]>(`[...document.querySelectorAll("td[data-at=to]")]
      .map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
      })`);
    expect(lines).toEqual([1, 1, 1, 1]);
    await page.getByRole("button", { name: "Choose all 4" }).click();
    await page.getByRole("checkbox").nth(3).uncheck();
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-group");
    await page.getByRole("button", { name: "Approve these 3" }).click();
    await page.getByRole("button", { name: "Send now" }).click();
    await page.locator(".toast", { hasText: "Approved: 3 calls of send_email. Sent" }).waitFor();
    expect(await server.call("list_pending_approvals", {})).toMatchObject({ count: 1 });
    await page.locator(".row", { hasText: "customer4@example.com" }).waitFor();
  });

  it("on a phone: Approve is in sight, at the thumb, without scrolling", async () => {
    const { inbox } = await open(thirty.slice(2, 3));
    const page = await openPage(phone);
    await signIn(inbox, page);
    await page.locator(".row").tap();
    const approve = page.getByRole("button", { name: "Approve" });
    const box = await approve.boundingBox();
    expect(box?.y).toBeGreaterThan(500);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(await violations(page)).toEqual([]);
    await keepScreenshot(page, "gallery-phone");
  });
});
