import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { useInboxes, type InboxProcess } from "../support/inbox-process.ts";
import { holdpoint } from "../support/command.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startInbox = useInboxes();
const openPage = useBrowser();

let server: McpServerProcess;
let inbox: InboxProcess;
let effects: string;

async function signIn(page: Page): Promise<void> {
  await page.goto(inbox.link());
  await page.getByRole("button", { name: "Sign in with this browser" }).click();
  await page.waitForURL(`${inbox.origin()}/`);
}

function row(page: Page, text: string) {
  return page.getByRole("navigation", { name: "Approvals" }).getByRole("button", { name: text });
}

async function choose(page: Page, text: string): Promise<void> {
  await row(page, text).click();
  await page.getByRole("article").waitFor();
}

/** Sends what was just decided, without the five seconds in which it can be taken back. */
async function sendNow(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send now" }).click();
  await page.locator(".toast", { hasText: ". Sent" }).first().waitFor();
}

async function paid(): Promise<number[]> {
  return (await readEffects(effects)).map(({ amount }) => amount);
}

/** What a run ends with. A decision may be on its way still, so asking once is not enough. */
async function outputOf(runId: string): Promise<string> {
  const ended = await vi.waitFor(
    async () => {
      const run = await server.call("get_run", { run_id: runId, wait_seconds: 20 });
      expect(run).toMatchObject({ status: "completed" });
      return run;
    },
    { timeout: 20_000 },
  );
  return String(ended["output"]);
}

describe.runIf(browserPath !== undefined)("the inbox in a browser", () => {
  beforeEach(async () => {
    const directory = await tempDirectory();
    const payments = await writePaymentsFile(directory);
    effects = payments.effects;
    const store = ["--store", join(directory, "runs.db")];
    server = await serve({ args: ["--agents", payments.file, ...store] });
    inbox = await startInbox(store);
  });

  it("signs in, shows a call as soon as it waits, and approves it", async () => {
    const page = await openPage();
    await signIn(page);
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await keepScreenshot(page, "empty");
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    await choose(page, "pay");
    await page.getByText("The conversation so far").click();
    await page.getByText("User", { exact: true }).waitFor();
    await keepScreenshot(page, "approval");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("status").filter({ hasText: "Approved: pay amount 5" }).waitFor();
    expect(await paid()).toEqual([]);
    await sendNow(page);
    expect(await outputOf(run_id)).toContain("Paid 5");
    expect(await paid()).toEqual([5]);
    await page.getByRole("button", { name: "Decided" }).click();
    await row(page, "Approved by").waitFor();
    await keepScreenshot(page, "decided");
  });

  it("runs a call with the arguments that a person put in place, and shows the difference", async () => {
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 500}' });
    const page = await openPage();
    await signIn(page);
    await choose(page, "pay");
    await page.getByRole("button", { name: "Change" }).click();
    const field = page.getByLabel("amount, changed");
    await field.fill("7x");
    await page.getByRole("alert").filter({ hasText: "amount must be a number" }).waitFor();
    expect(await page.getByRole("button", { name: /^Approve/ }).isDisabled()).toBe(true);
    await field.fill("7");
    // What was begun stays when the row of the open one is chosen once more.
    await choose(page, "pay");
    await expect(page.locator(".leaf del").textContent()).resolves.toBe("was 500");
    await keepScreenshot(page, "edit");
    await page.getByRole("button", { name: "Approve with 1 change" }).click();
    await sendNow(page);
    expect(await outputOf(run_id)).toContain("The approver changed the arguments");
    expect(await paid()).toEqual([7]);
    await page.getByRole("button", { name: "Decided" }).click();
    await row(page, "Approved with changes by").waitFor();
  });

  it("rejects, the agent is told why, and the reason is seen again", async () => {
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    const page = await openPage();
    await signIn(page);
    await choose(page, "pay");
    await page.getByRole("button", { name: "Reject…" }).click();
    await page.getByLabel("What the agent is told when you reject").fill("Not this month.");
    await page.getByRole("button", { name: "Reject now" }).click();
    await sendNow(page);
    expect(await outputOf(run_id)).toContain("Not this month.");
    expect(await paid()).toEqual([]);
    await page.getByRole("button", { name: "Decided" }).click();
    await row(page, "Not this month.").waitFor();
  });

  it("takes a decision back within five seconds, and says of one that was closed too early", async () => {
    await server.startPaused({ input: 'pay {"amount": 5}' });
    const page = await openPage();
    await signIn(page);
    await choose(page, "pay");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "pay").waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.reload();
    await page
      .getByText("Not sent, the page was closed too early: Approved: pay amount 5")
      .waitFor();
    await row(page, "pay").waitFor();
    expect(await paid()).toEqual([]);
  });

  it("in two tabs: the second learns what the first decided, and nothing happens twice", async () => {
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    const [first, second] = [await openPage(), await openPage()];
    for (const page of [first, second]) {
      await signIn(page);
      await choose(page, "pay");
    }
    const press = (page: Page, name: string) =>
      page.getByRole("button", { name }).evaluate((button: { click(): void }) => button.click());
    await press(first, "Approve");
    await press(second, "Reject…");
    await press(second, "Reject now");
    await Promise.all([first, second].map((page) => press(page, "Send now")));
    const output = await outputOf(run_id);
    const isPaid = output.includes("Paid 5");
    const loser = isPaid ? second : first;
    await loser.locator(".toast.problem", { hasText: "Decisions are final" }).waitFor();
    await loser.getByText(isPaid ? "This call: approved" : "This call: rejected").waitFor();
    expect(await paid()).toEqual(isPaid ? [5] : []);
  });

  it("works with the keyboard alone", async () => {
    await server.startPaused({ input: 'pay {"amount": 1}' });
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 2}' });
    const page = await openPage();
    await signIn(page);
    await row(page, "amount 2").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    // The first is open already.
    await page.locator('[aria-current="true"]', { hasText: "amount 1" }).waitFor();
    await page.keyboard.press("j");
    await page.locator('[aria-current="true"]', { hasText: "amount 2" }).waitFor();
    await page.locator("#title:focus").waitFor();
    // An "a" alone must not approve.
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "Approved: pay amount 2" }).waitFor();
    // It goes on to the next, which is not decided by one more press.
    await page.locator('[aria-current="true"]', { hasText: "amount 1" }).waitFor();
    await page.locator("#title:focus").waitFor();
    await page.keyboard.press("Enter");
    await sendNow(page);
    await outputOf(run_id);
    expect(await paid()).toEqual([2]);
    await page.keyboard.press("r");
    await page.keyboard.type("no");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("status").filter({ hasText: "Rejected" }).waitFor();
    await page.keyboard.press("z");
    await page.locator('[aria-current="true"]', { hasText: "amount 1" }).waitFor();
    expect(await paid()).toEqual([2]);
  });

  it("fits a phone: the list, then the call, and back", async () => {
    await server.startPaused({ input: 'pay {"amount": 5}' });
    const page = await openPage({
      viewport: { width: 360, height: 640 },
      colorScheme: "dark",
      hasTouch: true,
    });
    await signIn(page);
    await row(page, "pay").tap();
    await page.getByRole("article").waitFor();
    expect(await page.getByRole("navigation", { name: "Approvals" }).isVisible()).toBe(false);
    const overflows = (): Promise<boolean> =>
      page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
    expect(await overflows()).toBe(false);
    await keepScreenshot(page, "phone");
    await page.getByRole("button", { name: "Back to the list" }).tap();
    await row(page, "pay").waitFor();
    expect(await overflows()).toBe(false);
  });

  it("is served by the server too, which keeps its links out of the log file", async () => {
    const state = await tempDirectory();
    const log = join(state, "log.txt");
    const env = { HOLDPOINT_LOG: log, XDG_STATE_HOME: state };
    const own = await serve({ args: ["--store", "memory", "--inbox"], env });
    const { run_id } = await own.startPaused({ input: "What is the temperature in Oakland?" });
    const given = await holdpoint(["inbox", "--store", "memory"], { env });
    const [link = ""] = /http:\S+/.exec(given.stdout) ?? [];
    const page = await openPage();
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await choose(page, "get_temperature");
    await page.getByRole("button", { name: "Approve" }).click();
    await sendNow(page);
    expect(await own.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(`${await readFile(log, "utf8")}${own.stderr()}`).not.toContain("sign-in");
    const { mode } = statSync(join(state, `holdpoint/servers/${own.pid}.sock`));
    expect(mode & 0o777).toBe(0o600);
  });

  it("sends a browser that is not signed in to the terminal, and a used link gets nobody in", async () => {
    const used = inbox.link();
    await signIn(await openPage());
    const page = await openPage();
    await page.goto(inbox.origin());
    await page.getByText("Open the link that the terminal shows.").waitFor();
    await page.goto(used);
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.getByText("This link was used already").waitFor();
  });
});
