import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { sha256Hex } from "../../src/lib/digest.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { startInbox } from "../../src/web/inbox.ts";
import { browserPath, keepScreenshot, useBrowser } from "../support/browser.ts";
import { createHoldAgent, type HoldPlay } from "../support/holds.ts";
import { useInboxes } from "../support/inbox-process.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { signIn } from "../support/office-inbox.ts";
import { startPaused } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const startProcess = useInboxes();
const openPage = useBrowser();

/** What a model could write to mislead whoever decides. */
const hostile = {
  markup: `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
  link: "[click me](javascript:alert(1)) https://evil.example",
  ansi: "\u001b[2K\u001b[1Gapproved by the owner",
  override: "invoice\u202egpj.exe",
  hidden: "pay\u200b nobody\u2066",
  padding: `${"x".repeat(50_000)}rm -rf /`,
};

const agents = `import { Agent, tool } from "holdpoint";
import { z } from "zod";
const text = z.string();
const mail = tool({
  name: "mail",
  description: "Sends <b>mail</b>. \\u202eevil",
  parameters: z.object({ markup: text, link: text, ansi: text, override: text, hidden: text, padding: text }),
  needsApproval: true,
  execute: () => "Sent",
});
export default new Agent({ name: "Clerk <i>\\u202e", model: "offline", tools: [mail] });
`;

describe.runIf(browserPath !== undefined)("hostile texts in the inbox", () => {
  it("are on screen as what they are, whole, and do nothing", async () => {
    const directory = await tempDirectory();
    const store = ["--store", join(directory, "runs.db")];
    const file = join(directory, "agents.ts");
    await writeFile(file, agents);
    const server = await serve({ args: ["--agents", file, ...store] });
    await server.startPaused({ input: `mail ${JSON.stringify(hostile)}` });
    const inbox = await startProcess(store);
    const page = await openPage();
    const complaints: string[] = [];
    page.on("dialog", (dialog) => void complaints.push(dialog.message()));
    page.on("pageerror", (error) => void complaints.push(error.message));
    await page.goto(inbox.link());
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.locator(".row").click();
    await page.getByRole("article").waitFor();
    await page.locator(".arguments summary", { hasText: sha256Hex(hostile.padding) }).waitFor();
    await keepScreenshot(page, "hostile");

    const shown = (await page.locator(".arguments").first().textContent()) ?? "";
    expect(shown).toContain(hostile.markup);
    expect(shown).toContain(hostile.link);
    expect(shown).toContain(String.raw`\u{1b}[2K\u{1b}[1Gapproved by the owner`);
    expect(shown).toContain(String.raw`invoice\u{202e}gpj.exe`);
    expect(shown).toContain(String.raw`pay\u{200b} nobody\u{2066}`);
    // What is folded is said to be, and is there.
    expect(shown).toContain(`of ${hostile.padding.length} characters`);
    expect(shown).toContain("rm -rf /");
    const everything = await page.content();
    expect(everything).not.toMatch(/[\u001b\u200b\u202e\u2066]/u);
    expect(await page.locator("article a, article img, article script, article i").count()).toBe(0);
    expect(await page.title()).toBe("(1) Holdpoint inbox");
    expect(complaints).toEqual([]);

    await page.getByRole("button", { name: "Change" }).click();
    const editable = await page.getByLabel("override, changed").inputValue();
    expect(editable).toBe(String.raw`invoice\u202egpj.exe`);
    // Fields that nobody touched change nothing.
    expect(await page.getByRole("button", { name: /changes?$/ }).count()).toBe(1);
  });

  it("push neither the facts nor the arguments out of sight, however tall they are", async () => {
    const play: HoldPlay = {
      task: "Tell Ada that the parcel comes",
      says: `As agreed:${"\n".repeat(300)}that is all.`,
      tool: "send_email",
      args: {
        subject: `Parcel\n${"\n.".repeat(400)}`,
        body: "y".repeat(1_900),
        bcc: "eve@rival.example",
      },
    };
    const agent = createHoldAgent({
      plays: [play],
      tools: [{ name: "send_email", properties: {} }],
    });
    const registry = createAgentRegistry([{ agent, source: "test#Clerk" }], {});
    const log = { info: () => {}, warn: () => {} };
    const service = createRunService({ store: createMemoryRunStore({}), registry, log });
    onTestFinished(() => service.close());
    await startPaused(service, play.task);
    const inbox = await startInbox({ service, log, by: "ada (OS user)" });
    onTestFinished(() => inbox.close());
    const page = await openPage({ viewport: { width: 1280, height: 800 } });
    await signIn(page, { inbox, service });
    await page.getByRole("article").waitFor();
    await keepScreenshot(page, "hostile-tall");
    const bottomOf = async (text: string): Promise<number> => {
      const box = await page.getByText(text, { exact: true }).first().boundingBox();
      return (box?.y ?? 9_999) + (box?.height ?? 0);
    };
    expect(await bottomOf("Also goes to eve@rival.example (bcc)")).toBeLessThan(200);
    expect(await bottomOf("Arguments")).toBeLessThan(500);
    const says = page.locator(".says");
    expect((await says.boundingBox())?.height).toBeLessThan(150);
    await says.locator("summary").click();
    expect(await says.innerText()).toContain("that is all.");
    // What is tall is folded, with its length, so that the next argument is near.
    expect((await page.locator(".leaf").first().boundingBox())?.height).toBeLessThan(400);
  });
});
