import { expect, it, vi } from "vitest";

import { browserPath, useBrowser } from "../support/browser.ts";
import { createGatewaySite, textOf } from "../support/gateway-site.ts";
import { useInboxes } from "../support/inbox-process.ts";

const startInbox = useInboxes();
const openPage = useBrowser();

it.runIf(browserPath !== undefined)(
  "a rejection that is remembered is ended on the page, and the same call is asked about again",
  { timeout: 120_000 },
  async () => {
    const site = await createGatewaySite();
    const { call } = await site.open({ hold: 0.2 });
    await call("add", { line: "one" });
    const [{ approvalId } = { approvalId: "" }] = await site.pending();
    const inbox = await startInbox(["--store", site.store, "--config", site.config]);
    const page = await openPage();
    await page.goto(inbox.link());
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.getByRole("article").getByRole("heading", { name: /one/ }).first().waitFor();
    expect(await page.getByRole("button", { name: "Ask me again" }).count()).toBe(0);

    await site.decide("reject", approvalId, "--message", "Not on Fridays");
    const again = page.getByRole("button", { name: "Ask me again" });
    await again.waitFor();
    expect(textOf(await call("add", { line: "one" }))).toContain("Not on Fridays");
    await again.click();
    await again.waitFor({ state: "detached" });
    await vi.waitFor(
      async () => expect(textOf(await call("add", { line: "one" }))).toContain("HELD"),
      { timeout: 20_000, interval: 300 },
    );
    expect(site.effects()).toEqual([]);
  },
);
