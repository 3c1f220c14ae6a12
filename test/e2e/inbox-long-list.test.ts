import { describe, expect, it } from "vitest";

import { browserPath, useBrowser } from "../support/browser.ts";
import type { HoldPlay } from "../support/holds.ts";
import { signIn, useOffices } from "../support/office-inbox.ts";
import { no } from "../support/run-services.ts";

const openPage = useBrowser();
const openOffice = useOffices();

const laptop = { viewport: { width: 1280, height: 800 } };

/** Each a row of its own: what is dangerous is in no group. */
const many = Array.from({ length: 120 }, (_, at): HoldPlay => ({
  task: `Clear part ${at}`,
  tool: "delete_files",
  args: { folder: `/srv/part-${at}`, pattern: "*", recursive: true },
}));

describe.runIf(browserPath !== undefined)("a long list", { timeout: 120_000 }, () => {
  it("comes with the page in two requests, makes its rows as they are scrolled to, and one request follows a change", async () => {
    const office = await openOffice(many);
    const page = await openPage(laptop);
    await signIn(page, office);
    await page.getByRole("article").waitFor();
    let asked: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      // Nobody waits for these before they see what waits.
      if (!["/api/events", "/api/trust"].includes(pathname)) asked.push(pathname);
    });
    const listed = page.waitForResponse(/\/api\/pending/);
    await page.reload();
    await page.getByRole("article").waitFor();
    await listed;
    expect(asked.slice(0, 2)).toEqual(["/", "/web/page/main.js"]);
    expect(asked.slice(2).toSorted()).toEqual([
      expect.stringMatching(/^\/api\/approvals\/[\w-]+$/),
      "/api/pending",
    ]);

    const rows = page.locator("#list .row");
    const last = page.locator(".row", { hasText: "/srv/part-119" });
    expect(await rows.count()).toBeLessThan(120);
    expect(await last.count()).toBe(0);
    // The keys go beyond what is made.
    const made = await rows.count();
    await rows.last().click();
    await page.getByRole("heading", { name: `/srv/part-${made - 1}` }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: `/srv/part-${made}` }).waitFor();
    await page.locator("#list").evaluate((list) => {
      const scrolled = list as unknown as { scrollTop: number; scrollHeight: number };
      scrolled.scrollTop = scrolled.scrollHeight;
    });
    await last.click();
    await page.getByRole("heading", { name: "delete_files folder /srv/part-119" }).waitFor();
    expect(await last.locator("xpath=..").getAttribute("aria-posinset")).toBe("120");
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: "delete_files folder /srv/part-118" }).waitFor();

    asked = [];
    const { approvals } = await office.service.pending({ limit: 2 });
    await office.service.decide(approvals[1]!.approvalId, no());
    await page.locator("#count", { hasText: "119" }).waitFor();
    expect(asked).toEqual(["/api/pending"]);
    // What is open, and where the list stands, is as it was.
    expect(await page.getByRole("heading", { name: /part-118/ }).count()).toBe(1);
    expect(await last.isVisible()).toBe(true);
  });

  it("opens the riskiest of all at once, however late it came", async () => {
    const calm = Array.from({ length: 60 }, (_, at): HoldPlay => ({
      task: `Label part ${at}`,
      tool: ["create_issue", "push_branch", "update_contact"][at % 3] ?? "",
      args: { title: `Part ${at}`, branch: `part/${at}`, id: at },
    }));
    const office = await openOffice([...calm, ...many.slice(0, 1)]);
    const page = await openPage(laptop);
    const opened: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/approvals/")) opened.push(pathname);
    });
    const listed = page.waitForResponse(/\/api\/pending/);
    await signIn(page, office);
    await listed;
    await page.getByRole("heading", { name: "delete_files folder /srv/part-0" }).waitFor();
    expect(await page.locator("#list .row").first().innerText()).toContain("/srv/part-0");
    expect(opened).toHaveLength(1);
  });
});
