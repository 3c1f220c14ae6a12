import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Agent, tool } from "../build/index.js";
import type { RunId } from "../build/lib/ids.js";
import { call, createScriptedModel, message } from "../build/models/scripted.js";
import { createAgentRegistry } from "../build/runs/agent-registry.js";
import { createRunService, type RunService } from "../build/runs/run-service.js";
import { openSqliteRunStore } from "../build/stores/sqlite.js";
import { quantile, type Figures } from "../harness.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const CLICKS = 15;
const LOOKS = 9;

/** What this uses of a browser; `playwright-core` is installed with the tests. */
interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(code: string): Promise<T>;
  addInitScript(code: string): Promise<void>;
  on(event: "request", listener: (request: { url(): string }) => void): void;
}
interface Playwright {
  chromium: {
    launch(options: object): Promise<{
      newPage(options: object): Promise<Page>;
      close(): Promise<void>;
    }>;
  };
}

/** The page of the inbox in a real browser, with so many calls that wait, each a row of its own. */
export async function page({
  waiting,
  directory,
}: {
  waiting: number;
  directory: string;
}): Promise<Figures> {
  if (!existsSync(CHROMIUM)) throw new Error("No Chromium here: set CHROMIUM_PATH");
  const path = join(directory, "runs.db");
  const service = await openDesk(path, waiting);
  const inbox = await startInbox(path);
  const loaded = (await import(
    fileOf("../../test/peers/node_modules/playwright-core/index.mjs")
  )) as Playwright;
  const browser = await loaded.chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const shown = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await shown.addInitScript(FIRST_ROW);
    await shown.goto(inbox.link);
    await shown.evaluate(`document.querySelector("#sign-in").click()`);
    await until(shown, `location.pathname === "/" && globalThis.firstRowMs !== undefined`);
    const looks: Look[] = [];
    while (looks.length < LOOKS) looks.push(await lookAgain(shown, inbox.link));
    const clicks = await shown.evaluate<number[]>(clicking(CLICKS));
    const requests = await countRequests(shown, service);
    const median = (figure: keyof Look) =>
      quantile(
        looks.map((each) => each[figure]),
        0.5,
      );
    const [firstPaintMs, firstRowMs] = [median("firstPaintMs"), median("firstRowMs")];
    return { firstPaintMs, firstRowMs, clickMs: quantile(clicks, 0.5), requests };
  } finally {
    await browser.close();
    inbox.end();
    await service.close();
  }
}

interface Look {
  firstPaintMs: number;
  firstRowMs: number;
}

/** As somebody does who comes back: nothing of the page is new to the browser. */
async function lookAgain(shown: Page, link: string): Promise<Look> {
  await shown.goto(new URL("/", link).href);
  await until(shown, `globalThis.firstRowMs !== undefined && ${FIRST_PAINT} !== undefined`);
  const look = await shown.evaluate<Look>(`({
    firstRowMs: globalThis.firstRowMs,
    firstPaintMs: ${FIRST_PAINT}.startTime,
  })`);
  // The next look is at a server that is done with this one.
  await until(shown, `${LISTED} === Number(document.querySelector("#count").textContent)`);
  return look;
}

const FIRST_PAINT = `performance.getEntriesByName("first-contentful-paint")[0]`;

/** How many are listed; rows are made as they are scrolled to. */
const LISTED = `Number(document.querySelector("#list [aria-setsize]")?.ariaSetSize)`;

const FIRST_ROW = `new MutationObserver((_, observer) => {
  if (document.querySelector(".row") === null) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { globalThis.firstRowMs = performance.now(); }));
}).observe(document, { childList: true, subtree: true });`;

/** Asks from outside: the page lets nothing be evaluated by itself. */
async function until(shown: Page, code: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await shown.evaluate<boolean>(code).catch(() => false))) {
    if (performance.now() > end) throw new Error(`It never came to be: ${code}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** From the click to the paint of what was clicked. */
function clicking(times: number): string {
  return `(async () => {
    const keys = [...document.querySelectorAll(".row")].map((row) => row.dataset.approval);
    const found = [];
    for (let at = 0; at < ${times}; at += 1) {
      const key = keys[(at + 1) * Math.floor(keys.length / ${times + 1})];
      // Rows are made anew when the list changes.
      const row = () => document.querySelector('[data-approval="' + key + '"]');
      const begin = performance.now();
      row().click();
      while (row().getAttribute("aria-current") !== "true") await new Promise((done) => setTimeout(done));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      found.push(performance.now() - begin);
    }
    return found;
  })()`;
}

/** What the page asks for when somebody else decides one. */
async function countRequests(shown: Page, service: RunService): Promise<number> {
  const asked: string[] = [];
  shown.on("request", (request) => void asked.push(new URL(request.url()).pathname));
  const { approvals } = await service.pending({ limit: 2 });
  const rest = await shown.evaluate<number>(LISTED);
  const by = { by: "bench", channel: "terminal", level: "person" } as const;
  // The one that is open is not this: what is asked for of it is more.
  await service.decide(approvals[1]!.approvalId, { decision: "rejected", ...by });
  await until(shown, `${LISTED} < ${rest}`);
  return asked.length;
}

async function openDesk(path: string, waiting: number): Promise<RunService> {
  // Two of each tool: no three are one row.
  const tools = Array.from({ length: Math.ceil(waiting / 2) }, (_, number) =>
    tool({
      name: `write_${number}`,
      description: "Writes a note.",
      parameters: {
        type: "object",
        properties: { path: { type: "string" } },
        required: [],
      } as never,
      strict: false,
      needsApproval: true,
      execute: () => "Done",
    }),
  );
  const model = createScriptedModel(({ input }) => {
    const number = Number(/number (\d+)/.exec(JSON.stringify(input))?.[1]);
    if (JSON.stringify(input).includes("function_call_result")) return [message("Done.")];
    const args = { path: `/home/ada/notes/2026/day-${number}.md`, content: "Notes of the day\n" };
    return [call(`write_${number % tools.length}`, args)];
  });
  const agent = new Agent({ name: "Bench", model, tools });
  const registry = createAgentRegistry([{ agent, source: "bench#Bench" }], {});
  const store = await openSqliteRunStore({ path });
  const service = createRunService({ store, registry, log: { info() {}, warn() {} } });
  const ids: RunId[] = [];
  for (let number = 0; number < waiting; number += 1) {
    ids.push(await service.start({ input: `Write note number ${number}` }));
  }
  for (const id of ids) await service.wait(id, { timeoutMs: 120_000 });
  return service;
}

async function startInbox(path: string): Promise<{ link: string; end(): void }> {
  const command = fileOf("../../dist/cli/holdpoint.js");
  const child = spawn(process.execPath, [command, "inbox", "--store", path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    const link = /http:\S+/.exec(printed)?.[0];
    if (link !== undefined && printed.includes("Ctrl+C")) resolve(link);
  });
  child.on("exit", () => reject(new Error(`The inbox ended: ${printed}`)));
  return { link: await promise, end: () => void child.kill() };
}
