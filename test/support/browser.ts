import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll } from "vitest";

const places = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const artefacts = fileURLToPath(new URL("../../artefacts", import.meta.url));

/** A browser of this machine; `undefined` where there is none, which the gate does not accept. */
export const browserPath = places.find((place) => place !== "" && existsSync(place));

if (browserPath === undefined) {
  const message = "No Chromium here: the tests of the inbox in a browser are skipped";
  if (process.env["CI"] === "true") throw new Error(`${message}. Install it, or set CHROMIUM_PATH`);
  console.log(message);
}

/** Opens pages of one browser, each as a person of their own; it ends with the file's tests. */
export function useBrowser(): (options?: BrowserContextOptions) => Promise<Page> {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => {
    await (await browser)?.close();
  });
  return async (options = {}) => {
    browser ??= chromium.launch({
      executablePath: browserPath ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    const context = await (await browser).newContext({ locale: "en-GB", ...options });
    context.setDefaultTimeout(15_000);
    return context.newPage();
  };
}

/** Keeps what a page shows, for people who look at it after the tests. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
}
