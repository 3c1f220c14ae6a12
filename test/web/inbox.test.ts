import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { startInbox, type Inbox } from "../../src/web/inbox.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { ask, askRaw, signInWith, type SignedIn } from "../support/inbox-client.ts";
import { createPayments } from "../support/payments.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { startPaused, useSite, waitFor } from "../support/run-services.ts";

const openSite = useSite("memory");
const tempDirectory = useTempDirectory();
const quiet = { info: () => {}, warn: () => {} };
const HOUR_MS = 60 * 60 * 1_000;

let service: RunService;
let paid: number[];
let links: string[];
let inbox: Inbox;
let origin: string;
let now: number;
let browser: SignedIn;

beforeEach(async () => {
  const payments = createPayments();
  paid = payments.paid;
  service = await (await openSite()).open([payments.agent]);
  links = [];
  now = Date.parse("2026-01-01T00:00:00.000Z");
  inbox = await open();
  origin = new URL(inbox.url).origin;
  links = [inbox.link("person"), inbox.link("person")];
  browser = await signInWith(links[0] ?? "");
});

afterEach(() => inbox.close());

function open(sessionsFile?: string): Promise<Inbox> {
  return startInbox({
    service,
    log: quiet,
    by: "ada (OS user)",
    sessionsFile,
    clock: { now: () => now },
  });
}

describe("signing in", () => {
  it("takes a link once", async () => {
    const [first = "", second = ""] = links;
    const again = await ask(origin, "/api/sign-in", {
      method: "POST",
      body: new URL(first).hash.slice(1),
    });
    expect(again).toMatchObject({ status: 401, body: expect.stringContaining("used already") });
    expect(again.headers["set-cookie"]).toBeUndefined();
    const other = await signInWith(second);
    expect(await other.get("/api/pending")).toMatchObject({ status: 200 });
    expect(await browser.get("/api/pending")).toMatchObject({ status: 200 });
  });

  it("gives a cookie that scripts and other sites cannot use", async () => {
    const answer = await ask(origin, "/api/sign-in", {
      method: "POST",
      body: new URL(links[1] ?? "").hash.slice(1),
    });
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(
        /^holdpoint_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/,
      ),
    ]);
  });

  it.each(["/api/session", "/api/pending", "/api/decided", "/api/events", "/api/approvals/apr_1"])(
    "is needed for %s",
    async (path) => {
      const answer = await ask(origin, path);
      expect(answer).toMatchObject({ status: 401, body: expect.stringContaining("signed_out") });
    },
  );

  it("takes a link for ten minutes", async () => {
    const body = new URL(inbox.link("person")).hash.slice(1);
    now += 10 * 60 * 1_000;
    expect(await ask(origin, "/api/sign-in", { method: "POST", body })).toMatchObject({
      status: 401,
      body: expect.stringContaining("older than ten minutes"),
    });
  });

  it("lasts over starts of an inbox of the same store, and no secret of it is kept", async () => {
    const file = join(await tempDirectory(), "sessions.json");
    const first = await open(file);
    const signedIn = await signInWith(first.link("person"));
    await first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).not.toContain(signedIn.cookie.split("=")[1]);
    const second = await open(file);
    const { cookie } = signedIn;
    const { origin: elsewhere } = new URL(second.url);
    const answer = await ask(elsewhere, "/api/session", { headers: { cookie } });
    expect(answer).toMatchObject({ status: 200 });
    await second.close();
  });

  it("is worth what the link was asked for", async () => {
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const client = await signInWith(inbox.link("client"));
    const verdict = { decision: "approved", action };
    await client.post(`/api/approvals/${approvalId}/decision`, verdict);
    const [first] = await service.decided((await service.approval(approvalId)).runId);
    expect(first?.decision?.text).toContain("through inbox");
    const entries = await service.journal((await service.approval(approvalId)).runId);
    expect(entries.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({ type: "approval_decided", channel: "inbox", level: "client" }),
    );
  });

  it("is posted by a file of the user's, which no page of another site can", async () => {
    const body = `token=${inbox.secret("person")}`;
    const post = (headers: Record<string, string | undefined>) =>
      ask(origin, "/sign-in-by-file", { method: "POST", body, headers });
    expect(await post({ origin: "http://evil.example" })).toMatchObject({ status: 403 });
    const opened = await post({ origin: "null", "sec-fetch-site": "cross-site" });
    expect(opened).toMatchObject({ status: 200, body: expect.stringContaining("url=/") });
    expect(opened.headers["set-cookie"]).toHaveLength(1);
    expect(await post({ origin: "null" })).toMatchObject({ status: 401 });
  });

  it("ends after thirty days", async () => {
    now += (30 * 24 - 1) * HOUR_MS;
    expect(await browser.get("/api/session")).toMatchObject({ status: 200 });
    now += HOUR_MS;
    expect(await browser.get("/api/session")).toMatchObject({ status: 401 });
  });

  it("is of one run of the inbox: a cookie of another one opens nothing", async () => {
    const other = await open();
    const elsewhere = new URL(other.url).origin;
    const port = new URL(other.url).port;
    const secret = browser.cookie.split("=")[1] ?? "";
    const cookie = `holdpoint_${port}=${secret}; ${browser.cookie}`;
    expect(await ask(elsewhere, "/api/pending", { headers: { cookie } })).toMatchObject({
      status: 401,
    });
    await other.close();
  });
});

describe("a browser in which another service of this host set cookies", () => {
  it("stays signed in, whatever stands before its own", async () => {
    const [name] = browser.cookie.split("=");
    const cookie = `${name}=theirs; ${name}=; x=${"y".repeat(100_000)}; ${browser.cookie}`;
    expect(await browser.get("/api/session", { cookie })).toMatchObject({ status: 200 });
    const theirs = `${name}=theirs`;
    expect(await browser.get("/api/session", { cookie: theirs })).toMatchObject({ status: 401 });
  });
});

describe("an address that is none", () => {
  it.each(["//[", "//evil.example/api/pending", "/%", "//", "http://[/"])(
    "is nothing here: %s",
    async (path) => {
      // As text: a client would mend it.
      const { port } = new URL(origin);
      const { status } = await askRaw(Number(port), path, browser.cookie);
      expect([400, 404]).toContain(status);
    },
  );
});

describe("a request", () => {
  it.each([
    ["of a name that was made to point here", "GET", { host: "evil.example" }],
    ["of localhost, which another program may serve", "GET", { host: "localhost" }],
    ["of another site's page", "GET", { origin: "https://evil.example" }],
    ["of another site's page, by fetch metadata", "GET", { "sec-fetch-site": "cross-site" }],
    ["of another port's page", "POST", { origin: "http://127.0.0.1:1" }],
    ["of a sandboxed page", "POST", { origin: "null" }],
    ["that changes something and names no page", "POST", { origin: undefined }],
    ["without the page's token", "POST", { "x-csrf-token": undefined }],
    ["with a token that is made up", "POST", { "x-csrf-token": "x" }],
  ])("%s is refused, and nothing happens", async (_, method, headers) => {
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const path = `/api/approvals/${approvalId}`;
    const answer = await (method === "GET"
      ? browser.get(path, headers)
      : browser.post(`${path}/decision`, { decision: "approved", action }, headers));
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining("forbidden") });
    expect((await service.approval(approvalId)).isOpen).toBe(true);
  });

  it("by the machine's address is sent on to its name, which alone may keep passkeys", async () => {
    const { port } = new URL(origin);
    expect(origin).toBe(`http://localhost:${port}`);
    const answer = await ask(`http://127.0.0.1:${port}`, "/sign-in?x=1");
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe(`http://localhost:${port}/sign-in?x=1`);
    const posted = { method: "POST", body: new URL(links[1] ?? "").hash.slice(1) };
    expect(await ask(`http://127.0.0.1:${port}`, "/api/sign-in", posted)).toMatchObject({
      status: 403,
    });
  });

  it("meets no other program at the other address of localhost", async () => {
    const { port } = new URL(origin);
    const other = await ask(`http://[::1]:${port}`, "/").catch(() => undefined);
    // Machines without IPv6 have none.
    expect([undefined, 308]).toContain(other?.status);
  });

  it("by GET, or as a form, decides nothing", async () => {
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const path = `/api/approvals/${approvalId}/decision`;
    expect(await browser.get(`${path}?decision=approved`)).toMatchObject({ status: 404 });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await browser.post(path, { decision: "approved", action }, form)).toMatchObject({
      status: 415,
    });
    expect((await service.approval(approvalId)).isOpen).toBe(true);
  });

  it("outside the page's own files finds nothing", async () => {
    for (const path of ["/../package.json", "/web/page/../../package.json", "/%2e%2e/x", "/x"]) {
      expect((await browser.get(path)).status).toBe(404);
    }
  });

  it("comes with what waits for who is signed in, as data that nothing in it can end", async () => {
    const hostile = "</script><script>alert(1)</script><!--";
    const { approvalId } = await startPaused(service, `pay {"amount": 5, "note": "${hostile}"}`);
    const { body } = await browser.get("/");
    expect(body).not.toContain("<script>alert");
    expect(body.match(/<\/script>/g)).toHaveLength(2);
    const [, data = ""] =
      /<script id="first" type="application\/json">(.*)<\/script>/.exec(body) ?? [];
    expect(JSON.parse(data)).toMatchObject({
      session: { by: "ada (OS user)" },
      pending: { count: 1, approvals: [{ approvalId }] },
    });
    const { body: stranger } = await ask(origin, "/");
    expect(stranger).not.toContain(approvalId);
    expect(stranger).not.toContain("csrfToken");
  });

  it("has its style in it, and the policy lets in that one alone", async () => {
    const { body, headers } = await browser.get("/");
    const [, style = ""] = /<style>([^]*)<\/style>/.exec(body) ?? [];
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers["content-security-policy"]).toContain(`style-src 'self' 'sha256-${hash}';`);
  });

  it("is answered under a policy that lets only the inbox's own files run", async () => {
    for (const path of ["/", "/sign-in", "/api/pending"]) {
      const { headers } = await browser.get(path);
      const policy = headers["content-security-policy"];
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
    }
  });
});

describe("who enrolled a PIN, and was signed in without it", () => {
  const right = "2468";
  let asked: string[];

  async function signedIn(level: "client" | "confirm"): Promise<SignedIn> {
    await inbox.close();
    asked = [];
    inbox = await startInbox({
      service,
      log: quiet,
      by: "ada (OS user)",
      pin: {
        enrolment: () => "first",
        isRight: (given) => {
          asked.push(given);
          return given === right;
        },
      },
      trust: {
        question: () => ({ file: "/here/holdpoint.json", digest: "d1", lines: ["a server"] }),
        accept: (digest) => void accepted.push(digest),
      },
    });
    return signInWith(inbox.link(level));
  }

  const accepted: string[] = [];

  it("decides as a person with it, and not with another one", async () => {
    service = await (
      await openSite()
    ).open([createPayments().agent], {
      config: { approver: "person" },
    });
    const page = await signedIn("confirm");
    expect((await page.get("/api/session")).json()).toMatchObject({ asksPin: true });
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const decide = (more: object) =>
      page.post(`/api/approvals/${approvalId}/decision`, { decision: "approved", action, ...more });
    expect((await decide({})).json()).toMatchObject({ type: "needs_stronger_approval" });
    const wrong = await decide({ pin: "1111" });
    expect(wrong.body).toContain("not the PIN");
    expect((await decide({ pin: right })).json()).toMatchObject({ type: "decided" });
    expect(asked).toEqual(["1111", right]);
  });

  it("is no person any more in a browser that was signed in before, until it is typed", async () => {
    service = await (
      await openSite()
    ).open([createPayments().agent], {
      config: { approver: "person" },
    });
    await inbox.close();
    let enrolment: string | undefined;
    const pin = { enrolment: () => enrolment, isRight: (given: string) => given === right };
    inbox = await startInbox({ service, log: quiet, by: "ada (OS user)", pin });
    const page = await signInWith(inbox.link("person"));
    const later = inbox.link("person");
    expect((await page.get("/api/session")).json()).toMatchObject({ asksPin: false });
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const decide = (by: SignedIn, more: object = {}) =>
      by.post(`/api/approvals/${approvalId}/decision`, { decision: "approved", action, ...more });
    enrolment = "first";
    expect((await page.get("/api/session")).json()).toMatchObject({ asksPin: true });
    expect((await decide(page)).json()).toMatchObject({ type: "needs_stronger_approval" });
    // Nor does a link help that was given before.
    expect((await decide(await signInWith(later))).json()).toMatchObject({ needed: "person" });
    const proved = await signInWith(inbox.link("person"));
    expect((await proved.get("/api/session")).json()).toMatchObject({ asksPin: false });
    enrolment = "another";
    expect((await decide(proved)).json()).toMatchObject({ type: "needs_stronger_approval" });
    expect((await decide(page, { pin: right })).json()).toMatchObject({ type: "decided" });
  });

  it("is not asked where an agent could read along", async () => {
    service = await (
      await openSite()
    ).open([createPayments().agent], {
      config: { approver: "person" },
    });
    const page = await signedIn("client");
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const decided = await page.post(`/api/approvals/${approvalId}/decision`, {
      decision: "approved",
      action,
      pin: right,
    });
    expect([decided.json(), asked]).toMatchObject([{ type: "needs_stronger_approval" }, []]);
  });

  it("trusts the configuration of the server's directory, in the words that were shown", async () => {
    const page = await signedIn("confirm");
    expect((await page.get("/api/trust")).json()).toMatchObject({
      question: { file: "/here/holdpoint.json", lines: ["a server"] },
    });
    const without = await page.post("/api/trust", { digest: "d1" });
    expect(without.body).toContain("a person does that");
    const wrong = await page.post("/api/trust", { digest: "d1", pin: "1111" });
    expect([wrong.body, accepted]).toEqual([expect.stringContaining("not the PIN"), []]);
    expect(await page.post("/api/trust", { digest: "d1", pin: right })).toMatchObject({
      status: 200,
    });
    expect(accepted).toEqual(["d1"]);
    const foreign = await page.post(
      "/api/trust",
      { digest: "d1", pin: right },
      {
        "x-csrf-token": "another",
      },
    );
    expect(foreign.status).toBe(403);
  });
});

describe("a decision on the page", () => {
  it("counts as a person's, and says who and through which channel", async () => {
    const { runId, approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const path = `/api/approvals/${approvalId}/decision`;
    const decided = await browser.post(path, { decision: "approved", action });
    expect(decided.json()).toEqual({ type: "decided", decision: "approved" });
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
    const { approvals } = (await browser.get("/api/decided")).json();
    expect(approvals).toMatchObject([
      {
        approvalId,
        decision: {
          text: expect.stringMatching(/^approved by ada \(OS user\) through inbox at 20/),
        },
      },
    ]);
  });

  it("with changed arguments runs those, and shows them afterwards", async () => {
    const { runId, approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const verdict = { decision: "approved", action, arguments: '{"amount": 3}' };
    await browser.post(`/api/approvals/${approvalId}/decision`, verdict);
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([3]);
    const { approval } = (await browser.get(`/api/approvals/${approvalId}`)).json();
    expect(approval).toMatchObject({
      arguments: '{"amount":5}',
      decision: { arguments: '{"amount":3}', text: expect.stringContaining("changed arguments") },
    });
  });

  it.each([
    ["another action", { action: "pay nothing" }, 409, "action_mismatch"],
    ["arguments that are no JSON", { arguments: "{" }, 422, "arguments_invalid"],
    ["arguments that do not fit", { arguments: '{"amount":"all"}' }, 422, "arguments_invalid"],
    ["a key twice", { arguments: '{"amount":1,"amount":2}' }, 422, "arguments_invalid"],
    ["an unknown field", { level: "person" }, 400, "invalid_input"],
    ["no verdict", { decision: "maybe" }, 400, "invalid_input"],
    ["a long message", { message: "x".repeat(2_001) }, 400, "invalid_input"],
  ])("with %s decides nothing", async (_, change, status, code) => {
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const verdict = { decision: "approved", action, ...change };
    const answer = await browser.post(`/api/approvals/${approvalId}/decision`, verdict);
    expect(answer).toMatchObject({ status });
    expect(answer.json()).toMatchObject({ error: { code } });
    expect((await service.approval(approvalId)).isOpen).toBe(true);
  });

  it("of a call of high risk is taken only with its fact, also from a program", async () => {
    const payments = createPayments({
      model: createScriptedModel([[call("pay", { amount: 9_900 })], [message("Done.")]]),
    });
    const careless = await (await openSite()).open([payments.agent]);
    const place = await startInbox({ service: careless, log: quiet, by: "ada" });
    const signedInThere = await signInWith(place.link("person"));
    const { approvalId, action, runId } = await startPaused(careless, "Pay the invoice of 990.");
    const path = `/api/approvals/${approvalId}/decision`;
    const verdict = { decision: "approved", action };
    for (const more of [{}, { typed: "990" }, { always: true, typed: "9900" }]) {
      const answer = await signedInThere.post(path, { ...verdict, ...more });
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.json()).toMatchObject({ error: { code: "invalid_input" } });
    }
    const refused = (await signedInThere.post(path, verdict)).json();
    expect(refused).toMatchObject({
      error: { message: expect.stringContaining("its amount is to be typed: 9900") },
    });
    expect(payments.paid).toEqual([]);
    const answer = await signedInThere.post(path, { ...verdict, typed: "9900" });
    expect(answer.json()).toMatchObject({ type: "decided" });
    await waitFor(careless, runId, "completed");
    expect(payments.paid).toEqual([9_900]);
    await place.close();
  });

  it("that comes second is told of the first", async () => {
    const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const path = `/api/approvals/${approvalId}/decision`;
    await browser.post(path, { decision: "rejected", action, message: "too much" });
    const late = await browser.post(path, { decision: "approved", action });
    expect(late.json()).toMatchObject({
      error: {
        code: "already_decided",
        message: expect.stringContaining("rejected by ada (OS user) through inbox"),
      },
    });
    const replayed = await browser.post(path, { decision: "rejected", action });
    expect(replayed.json()).toEqual({ type: "already", decision: "rejected" });
  });

  it("on what is not there says so", async () => {
    const path = "/api/approvals/apr_nothing/decision";
    const answer = await browser.post(path, { decision: "approved", action: "x" });
    expect(answer.json()).toMatchObject({ error: { code: "approval_not_found" } });
    expect(answer.status).toBe(404);
  });
});

it("shows an approval whole, with the conversation that led to it", async () => {
  const { approvalId } = await startPaused(service, 'pay {"amount": 5}');
  const page = (await browser.get(`/api/approvals/${approvalId}`)).json();
  expect(page).toMatchObject({
    approval: { approvalId, tool: "pay", arguments: '{"amount":5}', isOpen: true },
    conversation: [
      {
        omitted: 0,
        lines: [
          { role: "user", text: 'pay {"amount": 5}' },
          { role: "call", tool: "pay", text: expect.stringContaining("5") },
        ],
      },
    ],
  });
  const list = (await browser.get("/api/pending?limit=10")).json();
  expect(list).toMatchObject({ count: 1, approvals: [{ approvalId }] });
  expect(JSON.stringify(list)).not.toContain('"arguments"');
});

it("lists as much as it is asked for, and says how much there is", async () => {
  await Promise.all([1, 2, 3].map((amount) => startPaused(service, `pay {"amount": ${amount}}`)));
  for (const [limit, length] of [
    ["2", 2],
    ["0", 1],
    ["-1", 1],
    ["all", 1],
    ["99999999", 3],
  ] as const) {
    const list = (await browser.get(`/api/pending?limit=${limit}`)).json();
    expect(list).toMatchObject({ count: 3, approvals: { length } });
  }
});

it("tells pages of changes, as long as they listen", async () => {
  const events = await browser.listen();
  expect(await events.next()).toBe("changed");
  const { approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
  expect(await events.next()).toBe("changed");
  await browser.post(`/api/approvals/${approvalId}/decision`, { decision: "rejected", action });
  expect(await events.next()).toBe("changed");
  events.close();
});

it("an error that nobody foresaw is told without its text", async () => {
  const said: string[] = [];
  const broken: RunService = {
    ...service,
    pending: () => Promise.reject(new Error("postgres://ada:secret@db")),
  };
  const log = { info: () => {}, warn: (text: string) => void said.push(text) };
  const other = await startInbox({ service: broken, log, by: "ada" });
  const inside = await signInWith(other.link("person"));
  const answer = await inside.get("/api/pending");
  expect(answer).toMatchObject({ status: 500, body: expect.not.stringContaining("secret") });
  const [, reference = "none"] = /has it as (\w+)/.exec(answer.body) ?? [];
  expect(said).toEqual([expect.stringContaining(reference)]);
  await other.close();
});
