import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";

import {
  createGatewaySite,
  effectServer,
  textOf,
  ticketOf,
  type GatewaySite,
  type PendingCall,
} from "../support/gateway-site.ts";
import { browserPath, useBrowser } from "../support/browser.ts";
import { useInboxes } from "../support/inbox-process.ts";

const startInbox = useInboxes();
const openPage = useBrowser();

const fields = {
  name: { type: "string", minLength: 2 },
  age: { type: "integer", minimum: 0 },
  colour: { type: "string", enum: ["red", "blue"], default: "red" },
  agreed: { type: "boolean" },
};
const form = {
  message: "Who are you?",
  requestedSchema: { type: "object", properties: fields, required: ["name"] },
};

interface AskingSite extends GatewaySite {
  /** What the server heard, in order. */
  heard(): unknown[];
  /** The call that asked ends, though nobody answered. */
  enough(): void;
}

async function askingSite(): Promise<AskingSite> {
  const site = await createGatewaySite({ mcpServers: {} });
  const file = join(site.directory, "effects.txt");
  const asker = { command: process.execPath, args: [effectServer, file, "asks"], trusted: true };
  const policy = [{ verdict: "allow", tool: "ask" }];
  const approvers = { default: "client" };
  writeFileSync(site.config, JSON.stringify({ mcpServers: { asker }, policy, approvers }));
  return {
    ...site,
    heard() {
      if (!existsSync(`${file}.heard`)) return [];
      const lines = readFileSync(`${file}.heard`, "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as unknown);
    },
    enough: () => writeFileSync(`${file}.enough`, ""),
  };
}

async function question(site: GatewaySite): Promise<PendingCall> {
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), 20_000);
  const [pending] = await site.pending();
  if (pending === undefined) throw new Error("Nothing is pending");
  return pending;
}

/** All that the store has, and what lies beside it. */
function kept({ directory }: GatewaySite): string {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && `${entry.parentPath}/${entry.name}`.includes("runs.db"))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"))
    .join("\n");
}

describe("what a server asks a person whose host shows no forms", () => {
  it("waits in the inbox, and what is filled in goes to the server and is kept nowhere", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("ask", { form });
    const pending = await question(site);
    expect(pending).toMatchObject({ agent: "test-client", tool: "answer asker" });
    const blank = { name: null, age: null, colour: "red", agreed: null };
    expect(JSON.parse(pending.arguments)).toEqual(blank);
    const { stdout: listed } = await site.holdpoint("approvals");
    expect(listed).toContain("asker asks: Who are you?");
    const secret = "Ada-3f9a61c2d7";
    const filled = { name: secret, age: "36", agreed: "true", colour: null };
    const changed = JSON.stringify(filled);
    const approved = await site.decide("approve", pending.approvalId, "--arguments", changed);
    expect(approved.stdout).toContain('Server "asker" asks this, while ask runs');
    expect(textOf(await calling)).toBe("heard");
    const content = { name: secret, age: 36, agreed: true };
    expect(site.heard()).toEqual([{ action: "accept", content }]);
    expect(await site.pending()).toEqual([]);
    const { stdout: shown } = await site.holdpoint("show", pending.runId);
    expect(shown).toMatch(/approved/);
    expect(kept(site)).toContain("The server was given the answer");
    expect(kept(site)).not.toContain(secret);
  });

  it("is refused an answer that does not fit, which names the fields and decides nothing", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("ask", { form });
    const { approvalId } = await question(site);
    const attempts = [
      [[], "name: is missing"],
      [["--arguments", '{"name":"Ada","age":"-3"}'], "age: "],
      [["--arguments", '{"name":"Ada","nick":"A"}'], "nick: there is no such field"],
      [["--arguments", '{"name":"Ada"}', "--always"], "decided by itself"],
    ] as const;
    for (const [args, why] of attempts) {
      const { stderr } = await site.decide("approve", approvalId, ...args);
      expect(stderr).toContain(why);
    }
    expect(site.heard()).toEqual([]);
    await site.decide("approve", approvalId, "--arguments", '{"name":"Ada"}');
    expect(textOf(await calling)).toBe("heard");
    // A field that was left out, and one with a value of its own that was taken back.
    expect(site.heard()).toEqual([{ action: "accept", content: { name: "Ada" } }]);
  });

  it("hears of a rejection that it was declined, and of an ended run that it was cancelled", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 60 });
    const first = call("ask", { form });
    await site.decide("reject", (await question(site)).approvalId);
    expect(textOf(await first)).toBe("heard");
    const second = call("ask", { form, line: "second" });
    await site.holdpoint("cancel", (await question(site)).runId);
    expect(textOf(await second)).toBe("heard");
    expect(site.heard()).toEqual([{ action: "decline" }, { action: "cancel" }]);
  });

  it("is asked no more once the call is over that it was asked in, and that is said", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("ask", { form, giveUp: true });
    const { runId, approvalId } = await question(site);
    site.enough();
    expect(textOf(await calling)).toBe("gave up");
    await vi.waitFor(async () => expect(await site.pending()).toEqual([]), 20_000);
    const { stdout } = await site.holdpoint("show", runId);
    expect(stdout).toContain("it no longer waits for an answer");
    const { stderr } = await site.decide("approve", approvalId, "--arguments", '{"name":"Ada"}');
    expect(stderr).toContain("no longer waits");
  });

  it("ends with words when its gateway was killed, once the next one looks", async () => {
    const site = await askingSite();
    const { call, kill } = await site.open({ hold: 60 });
    const calling = call("ask", { form }).catch(() => undefined);
    const { runId } = await question(site);
    await kill();
    await calling;
    await site.open();
    // What came of the call itself is not known: that is asked.
    await vi.waitFor(async () => {
      const kinds = (await site.pending()).map(({ kind }) => kind);
      expect(kinds).toEqual(["outcome_unknown"]);
    }, 30_000);
    const { stdout } = await site.holdpoint("show", runId);
    expect(stdout).toContain("the gateway that it asked through has ended");
  });

  it("is told of in the ticket of the call, which runs meanwhile", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 3 });
    const result = await call("ask", { form });
    expect(ticketOf(result)).toContain("run_");
    expect(textOf(result)).toContain("Its server asks a person something: they decide in");
  });

  it.runIf(browserPath !== undefined)("is filled in and sent on the page", async () => {
    const site = await askingSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("ask", { form });
    await question(site);
    const inbox = await startInbox(["--store", site.store, "--config", site.config]);
    const page = await openPage();
    await page.goto(inbox.link());
    await page.getByRole("button", { name: "Sign in with this browser" }).click();
    await page.waitForURL(`${inbox.origin()}/`);
    await page.locator(".row", { hasText: "Who are you?" }).click();
    await page.getByRole("button", { name: "Change" }).click();
    await page.getByLabel("name, changed").fill("Ada");
    await page.getByLabel("age, changed").fill("36");
    await page.getByLabel("colour, changed").selectOption("blue");
    await page.getByLabel("agreed, changed").selectOption("true");
    await page.getByRole("button", { name: "Approve with 4 changes" }).click();
    expect(textOf(await calling)).toBe("heard");
    const content = { name: "Ada", age: 36, colour: "blue", agreed: true };
    expect(site.heard()).toEqual([{ action: "accept", content }]);
  });
});
