import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";

import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { startInbox } from "../../src/web/inbox.ts";
import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { bad, before, benchTools, changedTools } from "../support/facts-bench.ts";
import {
  fourthBad,
  fourthBefore,
  fourthGood,
  fourthTools,
  grownTools,
} from "../support/fourth-bad-holds.ts";
import { createHoldAgent } from "../support/holds.ts";
import { signIn } from "../support/office-inbox.ts";
import { otherBad, otherBefore, otherTools } from "../support/other-bad-holds.ts";
import { thirdBad, thirdBefore, thirdTools } from "../support/third-bad-holds.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";

const openPage = useBrowser();
const quiet = { info: () => {}, warn: () => {} };

/** The texts of a card that end within its first 200 pixels, in letters of 14 pixels or more. */
async function firstLookOf(page: Page): Promise<string> {
  const texts = await page.locator("#detail").locator("h2, .sub, .facts li").evaluateAll(readable);
  return texts.join(" ").replaceAll(/\s+/g, " ");
}

function readable(nodes: unknown[]): string[] {
  return (nodes as Shown[])
    .filter(
      (node) =>
        node.getBoundingClientRect().bottom <= 200 &&
        Number.parseFloat(getComputedStyle(node).fontSize) >= 14,
    )
    .map((node) => node.innerText);
}

interface Shown {
  innerText: string;
  getBoundingClientRect(): { bottom: number };
}
declare function getComputedStyle(node: Shown): { fontSize: string };

const past = [...before, ...otherBefore, ...thirdBefore, ...fourthBefore];
/** More of the same kind as a bad one. */
const more = ["E-141", "E-142"].map((employee) => ({
  task: `Raise the pay of ${employee}`,
  tool: "set_salary",
  args: { employee, annual: 700_000, validFrom: "2026-07-01" },
}));
const waiting = [...bad, ...otherBad, ...thirdBad, ...fourthBad];

async function openBench(): Promise<RunService> {
  const store = createMemoryRunStore({});
  const open = (tools: typeof benchTools): RunService => {
    const plays = [...past, ...waiting, ...fourthGood, ...more];
    const agent = createHoldAgent({ plays, tools: [...tools, ...otherTools, ...thirdTools] });
    const registry = createAgentRegistry([{ agent, source: "test#Clerk" }], {});
    return createRunService({ store, registry, log: quiet });
  };
  const earlier = open([...benchTools, ...fourthTools]);
  for (const { task } of past) {
    const { runId, approvalId } = await startPaused(earlier, task);
    await earlier.decide(approvalId, yes());
    await waitFor(earlier, runId, "completed");
  }
  return open([...changedTools(), ...grownTools()]);
}

describe.runIf(browserPath !== undefined)("the card of a bad call", { timeout: 240_000 }, () => {
  it("shows what gives it away in its first 200 pixels on a laptop, without unfolding", async () => {
    const service = await openBench();
    const inbox = await startInbox({ service, log: quiet, by: "ada (OS user)" });
    onTestFinished(() => inbox.close());
    const page = await openPage({ viewport: { width: 1280, height: 800 } });
    await signIn(page, { inbox, service });
    const hidden: string[] = [];
    // Usual calls of one of the tools, which wait longer.
    const usual = fourthGood.find(({ tool }) => tool === "set_salary");
    await startPaused(service, usual?.task ?? "");
    for (const [at, { what, task, telling }] of waiting.entries()) {
      await startPaused(service, task);
      const row = page.locator(".row", { hasText: task }).first();
      await row.click();
      await page.locator("#detail .sub", { hasText: task }).waitFor();
      const seen = await firstLookOf(page);
      if (!telling.test(seen)) hidden.push(`${what}: ${seen}`);
      await keepScreenshot(page, `facts-${at}`);
    }
    expect(hidden).toEqual([]);
    await page.locator("#list").evaluate((list) => list.scrollTo(0, 1e6));
    const rows = await page.locator(".row").allTextContents();
    // Of one tier, what is odd goes before what is not.
    expect(rows.findIndex((text) => text.includes("annual 620,000"))).toBeGreaterThan(-1);
    expect(rows.at(-1)).toContain("annual 72,000");
    // Those that are odd in one way are a group of their own, whose row says so.
    for (const task of ["Raise the pay of E-141", "Raise the pay of E-142"]) {
      await startPaused(service, task);
    }
    const group = page.locator(".row", { hasText: "set_salary: 3 calls" });
    await group.waitFor();
    expect(await group.innerText()).toContain("unusual amount");
  });
});
