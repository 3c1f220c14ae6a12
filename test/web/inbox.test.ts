import { createHash } from "node:crypto";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { startInbox, type Inbox } from "../../src/web/inbox.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { ask, signInWith, type SignedIn } from "../support/inbox-client.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite, waitFor } from "../support/run-services.ts";

const openSite = useSite("memory");
const quiet = { info: () => {}, warn: () => {} };

let service: RunService;
let paid: number[];
let inbox: Inbox;
let origin: string;
let browser: SignedIn;

beforeEach(async () => {
  const payments = createPayments();
  paid = payments.paid;
  service = await (await openSite()).open([payments.agent]);
  inbox = await startInbox({ service, log: quiet, by: "ada (OS user)" });
  origin = new URL(inbox.url).origin;
  browser = await signInWith(inbox.link("person"));
});

afterEach(() => inbox.close());

describe("signing in", () => {
  it.each(["/api/session", "/api/pending", "/api/decided", "/api/events", "/api/approvals/apr_1"])(
    "is needed for %s",
    async (path) => {
      const answer = await ask(origin, path);
      expect(answer).toMatchObject({ status: 401, body: expect.stringContaining("signed_out") });
    },
  );

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
});

describe("a request", () => {
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
