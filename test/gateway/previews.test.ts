import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it, onTestFinished, vi } from "vitest";

import type { ShownPreview } from "../../src/runs/hold/preview-lines.ts";
import { foreignServer } from "../support/foreign-server.ts";
import {
  createGatewaySite,
  textOf,
  type GatewaySite,
  type PendingCall,
} from "../support/gateway-site.ts";

/** Commands are started again and again. */
const LIMIT_MS = 120_000;

type Pending = PendingCall & {
  action: string;
  presentation: { preview?: ShownPreview; times?: number; facts: { text: string }[] };
};

/** A folder with one file in it, outside of what the gateway keeps. */
function createFolder(): { path: string; put(text: string): void; text(): string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-previews-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.txt");
  writeFileSync(path, "one\ntwo\n");
  const put = (text: string): void => writeFileSync(path, text);
  return { path, put, text: () => readFileSync(path, "utf8") };
}

/** A gateway site with the published filesystem server on that folder. */
async function createFileSite(config: Record<string, unknown> = {}) {
  const folder = createFolder();
  const files = { ...foreignServer("filesystem", [join(folder.path, "..")]), trusted: true };
  return { ...folder, site: await createGatewaySite({ mcpServers: { files }, ...config }) };
}

const recordServer = fileURLToPath(new URL("../support/record-server-process.ts", import.meta.url));

/** The same with a server of records, and how it shows what would change. */
async function createRecordSite(preview: object = bound) {
  const folder = createFolder();
  folder.put(JSON.stringify({ id: 7, email: "old@example.com", balance: 3 }));
  const calls = `${folder.path}.calls`;
  const args = [recordServer, folder.path];
  const site = await createGatewaySite({
    mcpServers: { records: { command: process.execPath, args, trusted: true } },
    policy: [{ verdict: "ask", tool: "update_*", preview }],
  });
  return {
    ...folder,
    site,
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
    silence: () => writeFileSync(`${folder.path}.silent`, ""),
    speak: () => rmSync(`${folder.path}.silent`),
  };
}

const bound = {
  tool: "get_customer",
  arguments: { id: "$.id" },
  bind: "$.content[0].text",
};

/** The one call that waits, other than those before. */
async function waiting(site: GatewaySite, ...before: (Pending | undefined)[]): Promise<Pending> {
  return vi.waitFor(
    async () => {
      const [pending, ...others] = await site.pending();
      expect(others).toEqual([]);
      expect(pending).toBeDefined();
      for (const each of before) expect(pending?.approvalId).not.toBe(each?.approvalId);
      return pending as Pending;
    },
    { timeout: 30_000, interval: 200 },
  );
}

it(
  "asks anew while the file changes, twice, and then lets it run whatever it reads",
  { timeout: LIMIT_MS },
  async () => {
    const { site, path, put, text } = await createFileSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("write_file", { path, content: "one\n2\n" });
    const first = await waiting(site);
    expect(first.presentation.preview).toMatchObject({
      from: `read_text_file of ${path}`,
      binds: true,
      change: { added: 1, removed: 1, lines: [" one", "-two", "+2", " "] },
    });
    put("one\nthree\n");
    await site.decide("approve", first.approvalId);
    const second = await waiting(site, first);
    expect(second.presentation.preview).toMatchObject({
      since: { lines: [" one", "-two", "+three", " "] },
      change: { lines: [" one", "-three", "+2", " "] },
    });
    expect(second.presentation.facts[0]?.text).toContain(
      "Reads differently than when it was approved",
    );
    expect(text()).toBe("one\nthree\n");
    put("one\nfour\n");
    await site.decide("approve", second.approvalId);
    const third = await waiting(site, first, second);
    expect(third.action).toMatch(/^run whatever it reads: write_file /);
    const { stdout } = await site.holdpoint("approvals", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      presentation: { is_alone: true, preview: { whatever: true, change: { added: 1 } } },
    });
    put("one\nfive\n");
    const decided = await site.decide("approve", third.approvalId);
    expect(decided.stdout).toContain("WHATEVER IT READS");
    expect(textOf(await calling)).toContain("Successfully wrote");
    expect(text()).toBe("one\n2\n");
  },
);

it(
  "shows the difference on a terminal, with hostile texts written out",
  { timeout: LIMIT_MS },
  async () => {
    const { site, path, put } = await createFileSite();
    put("pay 1\n\u001b[2Kapproved\u202e\n");
    const { call } = await site.open({ hold: 60 });
    const calling = call("write_file", { path, content: "pay 2\n" });
    const { approvalId, runId } = await waiting(site);
    const { stdout } = await site.decide("approve", approvalId);
    expect(stdout).toContain("     - pay 1\n");
    expect(stdout).toContain(String.raw`     - \u{1b}[2Kapproved\u{202e}`);
    expect(stdout).toContain("     + pay 2\n");
    await calling;
    const shown = await site.holdpoint("show", runId);
    expect(shown.stdout).toContain("looked with read_text_file at what it would change");
  },
);

it(
  "shows in a form what would change, and asks again by one where that changed",
  { timeout: LIMIT_MS },
  async () => {
    const { site, path, put, text } = await createFileSite({ approvers: { default: "confirm" } });
    const asked: string[] = [];
    const { ElicitRequestSchema } = await import("@modelcontextprotocol/sdk/types.js");
    const { call } = await site.open({
      hold: 60,
      capabilities: { elicitation: { form: {} } },
      prepare(client) {
        client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
          asked.push(params.message);
          if (asked.length === 1) put("one\nthree\n");
          return { action: "accept", content: { decision: "approve" } };
        });
      },
    });
    expect(textOf(await call("write_file", { path, content: "new" }))).toContain("Successfully");
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain("     - two\n");
    expect(asked[1]).toContain("Since it was approved:");
    expect(text()).toBe("new");
  },
);

it(
  "lets no yes for later calls cover a call that is bound to what it would change",
  { timeout: LIMIT_MS },
  async () => {
    const { site, path } = await createFileSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("write_file", { path, content: "new" });
    const { approvalId, presentation } = await waiting(site);
    expect(presentation).not.toHaveProperty("group");
    for (const wish of [["--for", "1d"], ["--always"]]) {
      expect(await site.decide("approve", approvalId, ...wish)).toMatchObject({ exitCode: 1 });
    }
    await site.decide("approve", approvalId);
    await calling;
  },
);

it("is bound to what an approver put in its place", { timeout: LIMIT_MS }, async () => {
  const { site, path, put, text } = await createFileSite();
  const { call } = await site.open({ hold: 60 });
  const calling = call("write_file", { path: `${path}.b`, content: "new" });
  const first = await waiting(site);
  put("one\n");
  const instead = JSON.stringify({ path, content: "newer" });
  await site.decide("approve", first.approvalId, "--arguments", instead);
  // Nothing had been read of the first, so that nothing was bound.
  expect(textOf(await calling)).toContain("newer");
  expect(text()).toBe("newer");
});

it(
  "asks anew where an approver's arguments lead to another file",
  { timeout: LIMIT_MS },
  async () => {
    const { site, path, text } = await createFileSite();
    writeFileSync(`${path}.b`, "one\ntwo\n");
    const { call } = await site.open({ hold: 60 });
    const calling = call("write_file", { path, content: "new" });
    const first = await waiting(site);
    const instead = JSON.stringify({ path: `${path}.b`, content: "newer" });
    await site.decide("approve", first.approvalId, "--arguments", instead);
    const second = await waiting(site, first);
    expect(second.arguments).toBe(instead);
    expect(second.presentation.preview?.from).toContain("a.txt.b");
    await site.decide("approve", second.approvalId);
    await calling;
    expect([text(), readFileSync(`${path}.b`, "utf8")]).toEqual(["one\ntwo\n", "newer"]);
  },
);

it(
  "shows records of a server by configuration, and holds approvals to them",
  { timeout: LIMIT_MS },
  async () => {
    const { site, put, text, calls } = await createRecordSite();
    const { call } = await site.open({ hold: 60 });
    const calling = call("update_customer", { id: 7, email: "new@example.com" });
    const first = await waiting(site);
    expect(first.presentation.preview?.change?.lines).toEqual([
      " {",
      '   "id": 7,',
      '-  "email": "old@example.com",',
      '+  "email": "new@example.com",',
      '   "balance": 3',
      " }",
    ]);
    put(JSON.stringify({ id: 7, email: "old@example.com", balance: 9_000 }));
    await site.decide("approve", first.approvalId);
    const second = await waiting(site, first);
    expect(second.presentation.preview?.since?.lines).toContain('+  "balance": 9000');
    expect(calls()).not.toContain("update_customer");
    await site.decide("approve", second.approvalId);
    expect(textOf(await calling)).toBe("changed");
    expect(JSON.parse(text())).toMatchObject({ email: "new@example.com", balance: 9_000 });
    expect(calls().filter((name) => name === "update_customer")).toHaveLength(1);
  },
);

it(
  "shows what is read where nothing says what it becomes, and binds nothing without bind",
  { timeout: LIMIT_MS },
  async () => {
    const { site, put, calls } = await createRecordSite({ tool: "get_customer" });
    put("a customer since 2019");
    const { call } = await site.open({ hold: 60 });
    const calling = call("update_customer", { id: 7, note: "vip" });
    const { approvalId, presentation } = await waiting(site);
    expect(presentation.preview).toMatchObject({ text: "a customer since 2019", binds: false });
    put(JSON.stringify({ id: 7 }));
    await site.decide("approve", approvalId);
    expect(textOf(await calling)).toBe("changed");
    expect(calls()).toEqual(["get_customer", "update_customer"]);
  },
);

it(
  "gives a look that is not answered up after five seconds, and asks without",
  { timeout: LIMIT_MS },
  async () => {
    const { site, silence } = await createRecordSite();
    silence();
    const { call } = await site.open({ hold: 60 });
    const calling = call("update_customer", { id: 7, email: "new@example.com" });
    const { approvalId, presentation } = await waiting(site);
    expect(presentation.preview?.failed).toBe("get_customer did not answer within 5 seconds");
    expect(presentation.facts.map(({ text }) => text)).toContainEqual(
      expect.stringContaining(
        "No preview, and a yes is bound to none: get_customer did not answer",
      ),
    );
    await site.decide("approve", approvalId);
    expect(textOf(await calling)).toBe("changed");
  },
);

it(
  "leaves nothing wrong behind where it is killed while it looks",
  { timeout: LIMIT_MS },
  async () => {
    const { site, silence, speak, calls } = await createRecordSite();
    silence();
    const wish = { id: 7, email: "new@example.com" };
    const first = await site.open({ hold: 60 });
    first.call("update_customer", wish).catch(() => undefined);
    await vi.waitFor(() => expect(calls()).toEqual(["get_customer"]), { timeout: 20_000 });
    await first.kill();
    expect(await site.pending()).toEqual([]);
    speak();
    const second = await site.open({ hold: 60 });
    const calling = second.call("update_customer", wish);
    const { approvalId, presentation } = await waiting(site);
    expect(presentation.preview?.binds).toBe(true);
    await site.decide("approve", approvalId);
    expect(textOf(await calling)).toContain("changed");
    expect(calls().filter((name) => name === "update_customer")).toHaveLength(1);
  },
);

it("looks again after it was killed while the call waited", { timeout: LIMIT_MS }, async () => {
  const { site, put, calls } = await createRecordSite();
  const wish = { id: 7, email: "new@example.com" };
  const first = await site.open({ hold: 60 });
  first.call("update_customer", wish).catch(() => undefined);
  const asked = await waiting(site);
  await first.kill();
  put(JSON.stringify({ id: 7, email: "other@example.com" }));
  await site.decide("approve", asked.approvalId);
  expect(calls()).toEqual(["get_customer"]);
  const second = await site.open({ hold: 60 });
  const calling = second.call("update_customer", wish);
  const anew = await waiting(site, asked);
  expect(anew.presentation.preview?.since?.lines).toContain('-  "email": "old@example.com",');
  await site.decide("approve", anew.approvalId);
  expect(textOf(await calling)).toContain("changed");
  expect(calls().filter((name) => name === "update_customer")).toHaveLength(1);
});

/** Asks for the same change twice at once, and waits until both are on one card. */
async function askTwice(
  site: GatewaySite,
): Promise<{ results: Promise<string[]>; first: Pending }> {
  const { call } = await site.open({ hold: 60 });
  const wish = { id: 7, email: "new@example.com" };
  const calling = call("update_customer", wish);
  await waiting(site);
  const second = call("update_customer", wish);
  await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), { timeout: 20_000 });
  const results = Promise.all([calling, second]).then((both) => both.map((each) => textOf(each)));
  return { results, first: await waiting(site) };
}

it(
  "is decided as one where it was asked for twice at once, and runs once, on what was read last",
  { timeout: LIMIT_MS },
  async () => {
    const { site, put, calls, text } = await createRecordSite();
    const { results, first } = await askTwice(site);
    // Nobody looks again for a wish that shares the question.
    expect(calls()).toEqual(["get_customer"]);
    expect(first.presentation.facts.map((each) => each.text)).toContainEqual(
      expect.stringMatching(/^Asked for 2 times at once: one decision counts for all/),
    );
    put(JSON.stringify({ id: 7, email: "other@example.com" }));
    await site.decide("approve", first.approvalId);
    const anew = await waiting(site, first);
    expect(anew.presentation.preview?.since?.lines).toContain('-  "email": "old@example.com",');
    await site.decide("approve", anew.approvalId);
    expect(await results).toEqual([
      "changed",
      expect.stringMatching(/^changed\n.*asked for more than once at one time/s),
    ]);
    expect(calls().filter((name) => name === "update_customer")).toHaveLength(1);
    expect(JSON.parse(text())).toMatchObject({ email: "new@example.com" });
  },
);

it(
  "runs twice where a person says so, after a look of its own before each",
  { timeout: LIMIT_MS },
  async () => {
    // What it is bound to is not what it changes.
    const { site, calls } = await createRecordSite({ ...bound, bind: "$.content[1].text" });
    const { results, first } = await askTwice(site);
    const { stdout } = await site.decide("approve", first.approvalId, "--times", "2");
    expect(stdout).toMatch(/It runs 2 times[^]*read again before each/);
    expect(await results).toEqual(["changed", "changed"]);
    expect(await site.pending()).toEqual([]);
    expect(calls()).toEqual([
      "get_customer",
      ...["get_customer", "update_customer"],
      ...["get_customer", "update_customer"],
    ]);
  },
);

it.each([
  ["approve", "changed"],
  ["reject", expect.stringMatching(/^The user rejected this call/)],
] as const)(
  "asks anew about the second run where the first one changed what it is bound to: %s",
  { timeout: LIMIT_MS },
  async (verdict, came) => {
    const { site, calls } = await createRecordSite();
    const { results, first } = await askTwice(site);
    expect(first.presentation.times).toBe(2);
    const five = await site.decide("approve", first.approvalId, "--times", "5");
    expect(five).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("2 times at once") });
    await site.decide("approve", first.approvalId, "--times", "2");
    const second = await waiting(site, first);
    const { facts, preview, times } = second.presentation;
    expect(preview?.since?.lines).toContain('+  "email": "new@example.com",');
    expect(facts.map((each) => each.text)).toContain(
      "Asked for 2 times at once, and to run more than once: this is number 2",
    );
    // It is one call by now, and no yes to it is one to another.
    expect(times).toBe(1);
    const more = await site.decide("approve", second.approvalId, "--times", "2");
    expect(more).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("runs once"),
    });
    await site.decide(verdict, second.approvalId);
    expect(await results).toEqual(["changed", came]);
    expect(calls().filter((name) => name === "update_customer")).toHaveLength(
      verdict === "approve" ? 2 : 1,
    );
  },
);

it(
  "is asked about with what is there by then where it is made again after its answer",
  { timeout: LIMIT_MS },
  async () => {
    const { site, put, calls } = await createRecordSite();
    const wish = { id: 7, email: "new@example.com" };
    const { call } = await site.open({ hold: 60 });
    const calling = call("update_customer", wish);
    const first = await waiting(site);
    await site.decide("approve", first.approvalId);
    expect(textOf(await calling)).toBe("changed");
    put(JSON.stringify({ id: 7, email: "later@example.com" }));
    const again = call("update_customer", wish);
    const second = await waiting(site, first);
    expect(second.presentation.preview?.change?.lines).toContainEqual(
      expect.stringMatching(/^-.*later@example\.com/),
    );
    expect(second.presentation.facts.map((each) => each.text)).toContainEqual(
      expect.stringContaining("The same call ran at"),
    );
    await site.decide("approve", second.approvalId);
    expect(textOf(await again)).toBe("changed");
    // For each of them a look before it is asked, and one before it runs.
    expect(calls()).toEqual(
      Array.from({ length: 2 }, () => ["get_customer", "get_customer", "update_customer"]).flat(),
    );
  },
);

it(
  "answers a repetition of a call that was held and asked about anew, with what came of it",
  { timeout: LIMIT_MS },
  async () => {
    const { site, put, calls } = await createRecordSite();
    const wish = { id: 7, email: "new@example.com" };
    const { call } = await site.open({ hold: 1 });
    expect(textOf(await call("update_customer", wish))).toContain("HELD");
    const first = await waiting(site);
    put(JSON.stringify({ id: 7, email: "other@example.com" }));
    await site.decide("approve", first.approvalId);
    const anew = await waiting(site, first);
    // The repetition waits for the same question, and nobody looks for it by itself.
    const looks = calls().length;
    expect(textOf(await call("update_customer", wish))).toContain("HELD");
    expect(calls()).toHaveLength(looks);
    await site.decide("approve", anew.approvalId);
    await vi.waitFor(() => expect(calls()).toContain("update_customer"), { timeout: 20_000 });
    expect(textOf(await call("update_customer", wish))).toMatch(/^changed/);
    expect(calls().filter((name) => name === "update_customer")).toHaveLength(1);
  },
);
