import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { createGatewaySite, textOf } from "../support/gateway-site.ts";
import { useInboxes } from "../support/inbox-process.ts";

const startInbox = useInboxes();
const openPage = useBrowser();

const lines = Array.from({ length: 200 }, (_, at) => `host-${at} = 10.0.0.${at}`);
const hostile = `<img src=x onerror="document.title='owned'"> \u202egpj.exe`;

describe.runIf(browserPath !== undefined)("a card with what would change", () => {
  it(
    "shows lines that come and go as they are, folds the rest, and names a yes to whatever it reads",
    { timeout: 120_000 },
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-previews-")));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, "hosts.conf");
      const put = (...changed: string[]): void =>
        writeFileSync(path, [...lines.slice(0, 20), ...changed, ...lines.slice(20)].join("\n"));
      put("# by hand", hostile);
      const files = { ...foreignServer("filesystem", [folder]), trusted: true };
      const site = await createGatewaySite({ mcpServers: { files } });
      const { call } = await site.open({ hold: 90 });
      const content = [...lines.slice(0, 20), "gateway = 10.0.0.1", ...lines.slice(20, 100)].join(
        "\n",
      );
      const calling = call("write_file", { path, content });
      await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), {
        timeout: 30_000,
      });

      const inbox = await startInbox(["--store", site.store, "--config", site.config]);
      const page = await openPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => void complaints.push(error.message));
      await page.goto(inbox.link());
      await page.getByRole("button", { name: "Sign in with this browser" }).click();
      const card = page.getByRole("article");
      await card
        .getByRole("heading", { name: "What would change: 1 line comes, 102 go" })
        .waitFor();
      // A call without a task: its client is named once.
      const sub = await card.locator(".sub").innerText();
      expect(sub).toMatch(/^\w+ risk · ([\w-]+) [\w.-]+ asked · (?:now|\d+ min ago)/);
      expect(sub).not.toContain("“");
      expect(await page.locator(".row .for").innerText()).toMatch(/^[\w-]+ [\w.-]+ asked$/);
      expect(await card.locator(".goes").nth(1).textContent()).toBe(
        String.raw`-<img src=x onerror="document.title='owned'"> \u{202e}gpj.exe`,
      );
      expect(await card.locator(".comes").allTextContents()).toEqual(["+gateway = 10.0.0.1"]);
      const rest = card.locator(".difference summary");
      expect(await rest.textContent()).toMatch(/^\d+ more lines of \d+$/);
      await keepScreenshot(page, "preview");
      await rest.click();
      expect(await card.getByText("host-199 = 10.0.0.199").isVisible()).toBe(true);

      for (const change of ["first", "second"]) {
        put(change);
        const known = (await site.pending())[0]?.approvalId;
        await site.decide("approve", known ?? "");
        await vi.waitFor(
          async () => expect((await site.pending())[0]?.approvalId).not.toBe(known),
          {
            timeout: 30_000,
            interval: 300,
          },
        );
      }
      await page.reload();
      await card.getByRole("heading", { name: /^Since it was approved: / }).waitFor();
      await keepScreenshot(page, "preview-whatever");
      await page.getByRole("button", { name: "Run whatever it reads" }).click();
      expect(textOf(await calling)).toContain("Successfully wrote");
      expect(readFileSync(path, "utf8")).toBe(content);
      expect(complaints).toEqual([]);
      expect(await page.title()).not.toBe("owned");
    },
  );

  it(
    "of a call that was asked for twice at once lets it run twice, and asks anew where the first run changed it",
    { timeout: 120_000 },
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-previews-")));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, "log.txt");
      writeFileSync(path, "one\n");
      const files = { ...foreignServer("filesystem", [folder]), trusted: true };
      const site = await createGatewaySite({ mcpServers: { files } });
      const { call } = await site.open({ hold: 90 });
      const wish = { path, edits: [{ oldText: "one", newText: "one\none" }] };
      const calling = [call("edit_file", wish), call("edit_file", wish)];
      await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), { timeout: 30_000 });

      const inbox = await startInbox(["--store", site.store, "--config", site.config]);
      const page = await openPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(inbox.link());
      await page.getByRole("button", { name: "Sign in with this browser" }).click();
      const card = page.getByRole("article");
      await card.getByText("Asked for 2 times at once").waitFor();
      const scope = page.getByLabel("What a yes is about");
      expect(await scope.locator("option").allTextContents()).toEqual([
        "This call only",
        "Run it 2 times",
      ]);
      await scope.selectOption("each");
      await card.getByText("It runs 2 times, one after the other").waitFor();
      await keepScreenshot(page, "preview-twice");
      await page.getByRole("button", { name: "Approve, 2 times" }).click();
      await card.getByText("this is number 2").waitFor();
      await card.getByRole("heading", { name: "Since it was approved: 1 line comes" }).waitFor();
      expect(await scope.count()).toBe(0);
      await keepScreenshot(page, "preview-second");
      expect(readFileSync(path, "utf8")).toBe("one\none\n");
      await page.getByRole("button", { name: "Approve", exact: false }).click();
      const texts = (await Promise.all(calling)).map((result) => textOf(result));
      expect(texts.join("\n")).not.toContain("decided as one");
      expect(readFileSync(path, "utf8")).toBe("one\none\none\n");
    },
  );
});
