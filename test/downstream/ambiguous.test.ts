import { describe, expect, it } from "vitest";

import { run } from "../../src/agents/face/run.ts";
import { classifyFailure } from "../../src/downstream/failures.ts";
import { useBorrowed } from "../support/borrowed.ts";
import { useFailingServers, type Ending } from "./failing-http-server.ts";

const borrow = useBorrowed();
const startServer = useFailingServers();

const IN_DOUBT = "may have carried out the call, and gave no answer";

/** A call of the server's tool, free by a rule. */
async function callOnce(ending: Ending, options?: { hasSessions?: boolean }) {
  const server = await startServer(ending, options);
  const spec = { url: server.url, timeoutMs: 500 };
  const borrowed = borrow({ servers: { far: spec }, rules: [{ verdict: "allow" }] });
  const { agent } = borrowed.agent([["far__act"]]);
  const { interruptions, history } = await run(agent, "go");
  return { server, interruptions, told: JSON.stringify(history) };
}

describe("a call over HTTP that ends after its effect", () => {
  it.each<Ending>([
    { status: 303 },
    { status: 307 },
    { status: 400 },
    { status: 408 },
    { status: 409 },
    { status: 410 },
    { status: 425 },
    { status: 429 },
    { status: 499 },
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    "cut before headers",
    "cut in the body",
    "cut in the stream",
    "no JSON",
  ])("is in doubt: %j", async (ending) => {
    const { server, interruptions, told } = await callOnce(ending);
    expect(server.effects()).toBe(1);
    expect(interruptions).toMatchObject([{ kind: "outcome_unknown" }]);
    expect(interruptions[0]?.reason).toContain(IN_DOUBT);
    expect(told).not.toContain("was not run");
  });

  it("is in doubt where it says 404 without ever having given a session", async () => {
    const { interruptions } = await callOnce({ status: 404 }, { hasSessions: false });
    expect(interruptions).toMatchObject([{ kind: "outcome_unknown" }]);
  });

  it("is told as what it is where the server answers with an error", async () => {
    const { interruptions, told } = await callOnce("an error of the tool");
    expect(interruptions).toEqual([]);
    expect(told).toContain("The tool reported an error: MCP error -32603: no paper");
  });

  it.each([401, 403, 404, 405, 413, 415])("was not run where it says %i", async (status) => {
    const { interruptions, told } = await callOnce({ status });
    expect(interruptions).toEqual([]);
    expect(told).toContain("the call was not run");
  });
});

describe("a call to a server that is gone", () => {
  it("was not run", async () => {
    const server = await startServer({ status: 500 });
    const borrowed = borrow({
      servers: { far: { url: server.url } },
      rules: [{ verdict: "allow" }],
    });
    const { agent } = borrowed.agent([["far__act"]]);
    await borrowed.source.survey();
    await server.stop();
    const { interruptions, history } = await run(agent, "go");
    expect(interruptions).toEqual([]);
    expect(JSON.stringify(history)).toContain("the call was not run");
  });
});

// Where it failed, and what was said: only what is known to come before dispatch is `unsent`.
describe("what a failure says", () => {
  const failed = (code: unknown, { name = "Error", message = "" } = {}) =>
    Object.assign(new Error(message), { code, name });
  const within = (code: string): Error =>
    Object.assign(new TypeError("fetch failed"), { cause: failed(code) });
  const said = (error: unknown) => classifyFailure(error, { hasSession: true });

  it.each([
    ["nobody listens", within("ECONNREFUSED"), "unsent"],
    ["no such host", within("ENOTFOUND"), "unsent"],
    ["a connection that never came about", within("UND_ERR_CONNECT_TIMEOUT"), "unsent"],
    ["a certificate that is no longer good", within("CERT_HAS_EXPIRED"), "unsent"],
    ["a closed client", failed(undefined, { message: "Not connected" }), "unsent"],
    ["a reset connection", within("ECONNRESET"), "lost"],
    ["a broken pipe", failed("EPIPE"), "lost"],
    ["a socket that was closed", within("UND_ERR_SOCKET"), "lost"],
    ["headers that never came", within("UND_ERR_HEADERS_TIMEOUT"), "lost"],
    ["a time-out of either end", within("ETIMEDOUT"), "lost"],
    ["a process that is gone", failed(-32_000, { name: "McpError" }), "lost"],
    ["no answer in time", failed(-32_001, { name: "McpError" }), "lost"],
    ["an error of the server", failed(-32_602, { name: "McpError" }), "answered"],
    ["anything else", "thrown", "lost"],
  ])("%s", (_what, error, expected) => {
    expect(said(error)).toBe(expected);
  });
});
