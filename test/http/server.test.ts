import { statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { jsonReply, notFound } from "../../src/http/reply.ts";
import { startHttpServer, type HttpServer, type Site } from "../../src/http/server.ts";
import { createSignIn, type SignIn } from "../../src/http/sign-in.ts";
import { ask, askRaw, signInWith, type SignedIn } from "../support/inbox-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
const HOUR_MS = 60 * 60 * 1_000;

let signIn: SignIn;
let changes: string[];
let warnings: string[];
let server: HttpServer;
let links: string[];
let origin: string;
let now: number;
let browser: SignedIn;

/** Tells who is signed in of their session, and notes what they change. */
const site: Site = {
  open: async ({ url }) => (url.pathname === "/free" ? jsonReply(200, {}) : undefined),
  look: async ({ url }, session) =>
    url.pathname === "/api/session" ? jsonReply(200, session) : notFound,
  async change({ url }) {
    changes.push(url.pathname);
    return jsonReply(200, {});
  },
};

beforeEach(async () => {
  changes = [];
  warnings = [];
  now = Date.parse("2026-01-01T00:00:00.000Z");
  server = await open();
  origin = new URL(server.url).origin;
  links = [server.link("person"), server.link("person")];
  browser = await signInWith(links[0] ?? "");
});

afterEach(() => server.close());

function open(sessionsFile?: string): Promise<HttpServer> {
  const clock = { now: () => now };
  signIn = createSignIn({ clock, file: sessionsFile, enrolment: () => undefined, log });
  return startHttpServer({
    site,
    port: 0,
    signIn,
    sessionsFile,
    onSignIn: undefined,
    log,
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
    expect(await other.get("/api/session")).toMatchObject({ status: 200 });
    expect(await browser.get("/api/session")).toMatchObject({ status: 200 });
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

  it("takes a link for ten minutes", async () => {
    const body = new URL(server.link("person")).hash.slice(1);
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

  it("lets a person in where nothing can be kept, for as long as the inbox is there", async () => {
    // A file stands where the directory should be.
    const file = join(await tempDirectory(), "taken");
    await writeFile(file, "");
    const unkept = await open(join(file, "sessions.json"));
    const signedIn = await signInWith(unkept.link("person"));
    expect(await signedIn.get("/api/session")).toMatchObject({ status: 200 });
    expect(warnings).toEqual([expect.stringContaining("stay signed in until it ends")]);
    await unkept.close();
  });

  it("is posted by a file of the user's, which no page of another site can", async () => {
    const body = `token=${signIn.linkToken("person")}`;
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
    expect(await ask(elsewhere, "/api/session", { headers: { cookie } })).toMatchObject({
      status: 401,
    });
    await other.close();
  });
});

describe("what holds no secret", () => {
  it("is for everybody whom no other site sent", async () => {
    expect(await ask(origin, "/free")).toMatchObject({ status: 200 });
    expect(await ask(origin, "/api/session")).toMatchObject({ status: 401 });
    const headers = { host: "evil.example" };
    expect(await ask(origin, "/free", { headers })).toMatchObject({ status: 403 });
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
  it.each(["//[", "//evil.example/api/session", "/%", "//", "http://[/"])(
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
    const answer = await (method === "GET"
      ? browser.get("/api/session", headers)
      : browser.post("/api/change", {}, headers));
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining("forbidden") });
    expect(changes).toEqual([]);
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

  it("of the session's own page is answered", async () => {
    expect(await browser.post("/api/change", {})).toMatchObject({ status: 200 });
    expect(changes).toEqual(["/api/change"]);
  });

  it("meets no other program at the other address of localhost", async () => {
    const { port } = new URL(origin);
    const other = await ask(`http://[::1]:${port}`, "/").catch(() => undefined);
    // Machines without IPv6 have none.
    expect([undefined, 308]).toContain(other?.status);
  });
});
