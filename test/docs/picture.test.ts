import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { browserPath, useBrowser } from "../support/browser.ts";
import { thirty } from "../support/gallery.ts";
import { useInboxes } from "../support/inbox-process.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { inputOf, writeOfficeFile } from "../support/office-agents.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { root } from "./blocks.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startInbox = useInboxes();
const openPage = useBrowser();

const picture = join(root, "docs/inbox.png");
/** What can be read on it, without times and ids. */
const words = join(root, "docs/inbox.txt");

describe.runIf(browserPath !== undefined)("the picture in the README", { timeout: 120_000 }, () => {
  it("shows the inbox as it is now: npm run picture makes it anew", async () => {
    const directory = await tempDirectory();
    const store = ["--store", join(directory, "runs.db")];
    const server = await serve({ args: ["--agents", await writeOfficeFile(directory), ...store] });
    for (const play of thirty.slice(0, 4)) await server.startPaused({ input: inputOf(play) });
    const inbox = await startInbox(store);
    const page = await openPage({ viewport: { width: 1120, height: 700 }, deviceScaleFactor: 2 });
    await page.goto(inbox.link());
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.waitForURL(`${inbox.origin()}/`);
    await page.getByRole("article").waitFor();
    await page.locator(".row").nth(3).waitFor();
    await page.locator(".row", { hasText: "Refund" }).click();
    await page.locator("#detail").getByText("ord_2291").first().waitFor();
    const seen = withoutTimes(await page.locator("#detail").innerText());
    if (process.env["MAKE_PICTURE"] === "1") {
      await page.screenshot({ path: picture });
      writeFileSync(words, seen);
    }
    expect(seen).toBe(readFileSync(words, "utf8"));
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
  });
});

function withoutTimes(text: string): string {
  const lines = text
    .replaceAll(/\b(?:apr|run)_[\w-]+/g, "ID")
    .replaceAll(
      /\d+ ?(?:s|seconds?|minutes?|min) ago|just now|\d{1,2}:\d{2}(?::\d{2})?|\d{4}-\d\d-\d\d\S*/g,
      "TIME",
    )
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return `${lines.join("\n")}\n`;
}
