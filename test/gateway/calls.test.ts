import { readFile, writeFile } from "node:fs/promises";
import type { Writable } from "node:stream";

import { expect, it, vi } from "vitest";
import * as z from "zod";

import {
  collect,
  createGatewaySite,
  leaveUndelivered,
  textOf,
  ticketOf,
  type GatewayClient,
  type GatewaySite,
} from "../support/gateway-site.ts";

const allowAll = { policy: [{ verdict: "allow", server: "effects" }] };

it("lists tools as their server does, and its own", async () => {
  const site = await createGatewaySite();
  const { client } = await site.open();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["add", "add_typed", "lines", "wait_for_decision"]);
});

it("runs an allowed call at once, and gives the result as it is", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  const result = await call("add", { line: "one" });
  expect(result).toEqual({
    content: [{ type: "text", text: "added one" }],
    _meta: { "example/at": 1 },
  });
  expect(site.effects()).toEqual(["one"]);
});

it("lets a trusted read pass", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  await call("add", { line: "one" });
  expect(textOf(await call("lines"))).toBe("one\n");
});

it("holds a call until somebody approves it elsewhere", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = call("add", { line: "one" });
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), { timeout: 20_000 });
  const [pending] = await site.pending();
  expect(pending).toMatchObject({ agent: "test-client", tool: "add" });
  expect(site.effects()).toEqual([]);
  expect(await site.decide("approve", pending?.approvalId ?? "")).toMatchObject({ exitCode: 0 });
  expect(textOf(await calling)).toBe("added one");
});

it("answers with a ticket when the hold is over, and gives the result for it", async () => {
  const site = await createGatewaySite();
  const gateway = await site.open({ hold: 0.2 });
  const held = await gateway.call("add", { line: "one" });
  expect(held.isError).toBeUndefined();
  expect(textOf(held)).toContain("HELD, not failed: nothing has run yet");
  const [pending] = await site.pending();
  await site.decide("approve", pending?.approvalId ?? "");
  const result = await collect(gateway, ticketOf(held));
  expect(textOf(result)).toBe("added one");
  expect(result._meta).not.toHaveProperty("holdpoint/replayed");
});

it("marks what a ticket is answered with again, also after a restart", async () => {
  const site = await createGatewaySite();
  const first = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await first.call("add", { line: "one" }));
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  expect(textOf(await collect(first, ticket))).toBe("added one");
  const expectMarked = async (gateway: GatewayClient): Promise<void> => {
    const again = await collect(gateway, ticket);
    expect(textOf(again)).toMatch(
      /^added one\nHoldpoint: this is an earlier result: the call ran once, at [\d:]+\. Nothing was run for this\.$/,
    );
    expect(again._meta).toMatchObject({
      "example/at": 1,
      "holdpoint/replayed": expect.any(String),
    });
  };
  await expectMarked(first);
  await expectMarked(first);
  await first.close();
  await expectMarked(await site.open());
  expect(site.effects()).toEqual(["one"]);
});

it("marks for its ticket what was told beside another result, and only what was told whole", async () => {
  const site = await createGatewaySite();
  const gateway = await site.open({ hold: 0.2 });
  const long = "x".repeat(3_000);
  const tickets = [
    ticketOf(await gateway.call("add", { line: "one" })),
    ticketOf(await gateway.call("add", { line: long })),
  ];
  for (const { approvalId } of await site.pending()) await site.decide("approve", approvalId);
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(2), { timeout: 20_000 });
  expect(textOf(await gateway.call("lines"))).toMatch(/while you waited: add[^]*while you waited/);
  const [told, cut] = [
    textOf(await collect(gateway, tickets[0] ?? "")),
    textOf(await collect(gateway, tickets[1] ?? "")),
  ];
  expect(told).toContain("this is an earlier result: the call ran once");
  expect(cut).toBe(`added ${long}`);
});

it("gives each of two tickets of like calls what came of it without a mark, the first time", async () => {
  const site = await createGatewaySite();
  const gateway = await site.open({ hold: 2 });
  const held = await Promise.all([1, 2].map(() => gateway.call("add", { line: "one" })));
  const [one = "", two = ""] = held.map(ticketOf).toSorted();
  expect(two).toBe(`${one}.2`);
  const { approvalId = "" } = (await site.pending())[0] ?? {};
  await site.decide("approve", approvalId, "--always");
  const marked = async (ticket: string): Promise<boolean> =>
    textOf(await collect(gateway, ticket)).includes("an earlier result");
  const told = [await marked(one), await marked(two), await marked(one), await marked(two)];
  expect(told).toEqual([false, false, true, true]);
  expect(site.effects()).toEqual(["one", "one"]);
});

/** Has a gateway hold calls, and end once they were approved and ran; nobody collects them. */
async function leaveUncollected(site: GatewaySite, inputs: Record<string, unknown>[]) {
  const gateway = await site.open({ hold: 0.2 });
  for (const input of inputs) await gateway.call("add", input);
  for (const { approvalId } of await site.pending()) await site.decide("approve", approvalId);
  const runs = inputs.length;
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(runs), { timeout: 20_000 });
  await gateway.close();
}

it.each([
  [{ refuse: true }, "No such line", "the server refused the arguments of this"],
  [{ fail: true }, "It broke", "the server answered this with an error"],
])("says of %j, which its server did not take, no word of running", async (input, error, what) => {
  const site = await createGatewaySite();
  await leaveUncollected(site, [input]);
  const { call } = await site.open();
  const thrown = await call("add", input).then(textOf, String);
  const [message, mark] = thrown.split(" (");
  expect(message).toContain(error);
  expect(mark?.replace(/\d\d:\d\d/, "14:02")).toBe(
    `Holdpoint: ${what} at 14:02; its answer had not reached you. The call was not sent again.)`,
  );
});

it("tells what came of other calls beside a result that is told again, and not that one twice", async () => {
  const site = await createGatewaySite();
  await leaveUncollected(site, [{ refuse: true }, { line: "one" }]);
  const { call } = await site.open();
  const told = textOf(await call("add", { line: "one" })).split("\nHoldpoint: ");
  expect(told).toEqual([
    "added one",
    expect.stringMatching(/^this ran at/),
    "while you waited: the server refused the arguments of add; its result: No such line",
  ]);
});

it("answers all who wait with one ticket at once, whoever of them gives up", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const quick = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await quick.call("add", { line: "one" }));
  const controllers = Array.from({ length: 40 }, () => new AbortController());
  const waiting = controllers.map(({ signal }, index) =>
    (index < 20 ? call : quick.call)(
      "wait_for_decision",
      { ticket, wait_seconds: 30 },
      { signal },
    ).then(textOf, () => "given up"),
  );
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), 20_000);
  for (const controller of controllers.slice(0, 10)) controller.abort();
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  const told = await Promise.all(waiting);
  expect(told.slice(0, 10)).toEqual(Array(10).fill("given up"));
  // Where waits are short some are told the ticket again.
  for (const text of told.slice(10)) expect(text).toMatch(/^added one|^HELD|^STILL RUNNING/);
  const collected = await Promise.all(
    controllers.map(async () => textOf(await collect({ call }, ticket))),
  );
  for (const text of collected) expect(text).toMatch(/^added one\nHoldpoint: this is an earlier/);
  const unmarked = told.slice(10).filter((text) => text === "added one");
  expect(unmarked.length).toBeLessThanOrEqual(2);
  expect(site.effects()).toEqual(["one"]);
});

it("wants more than a yes in a pipe where nobody configured who decides", async () => {
  const site = await createGatewaySite({ approvers: {} });
  const { call } = await site.open({ hold: 0.2 });
  await call("add", { line: "one" });
  const [pending] = await site.pending();
  expect(pending).toMatchObject({ approver: "confirm" });
  expect(await site.decide("approve", pending?.approvalId ?? "")).toMatchObject({ exitCode: 1 });
  expect(site.effects()).toEqual([]);
});

it("gives a denied call the rule's reason, and runs nothing", async () => {
  const policy = [{ verdict: "deny", tool: "add", reason: "Lines are read-only here" }];
  const site = await createGatewaySite({ policy });
  const { call } = await site.open();
  const result = await call("add", { line: "one" });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain("Lines are read-only here");
  expect(site.effects()).toEqual([]);
});

it("tells a client that had gone what had run, once and with the mark, and runs a second wish", async () => {
  const site = await createGatewaySite(allowAll);
  await leaveUndelivered(site);
  const second = await site.open();
  const again = await second.call("add", { line: "one" });
  expect(textOf(again)).toMatch(/^added one\nHoldpoint: this ran at/);
  expect(again._meta).toMatchObject({ "example/at": 1, "holdpoint/replayed": expect.any(String) });
  expect(site.effects()).toEqual(["one"]);
  expect(textOf(await second.call("add", { line: "one" }))).toBe("added one");
  expect(site.effects()).toEqual(["one", "one"]);
});

it("runs like calls that stand open at once, and twice in a row, as often as a direct client", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  const atOnce = await Promise.all(Array.from({ length: 12 }, () => call("add", { line: "one" })));
  const inARow = [await call("add", { line: "one" }), await call("add", { line: "one" })];
  expect(site.effects()).toEqual(Array(14).fill("one"));
  // No answer says more than its server did.
  for (const { content, _meta } of [...atOnce, ...inARow]) {
    expect(content).toEqual([{ type: "text", text: "added one" }]);
    expect(Object.keys(_meta ?? {})).toEqual(["example/at"]);
  }
});

it("asks once about like calls that are made at once, and gives both the one outcome", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = [call("add", { line: "one" }), call("add", { line: "one" })];
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), { timeout: 20_000 });
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  const texts = (await Promise.all(calling)).map((result) => textOf(result));
  expect(texts.toSorted()[0]).toBe("added one");
  expect(texts.toSorted()[1]).toContain("was decided as one");
  expect(site.effects()).toEqual(["one"]);
});

it("says in the story of a call what its server answered", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = call("add", { line: "one" });
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), { timeout: 20_000 });
  const { approvalId = "", runId = "" } = (await site.pending())[0] ?? {};
  await site.decide("approve", approvalId);
  await calling;
  expect((await site.holdpoint("show", runId)).stdout).toMatch(/ add ran: added one\n/);
});

it("goes on with a call that one of two callers gives up, for the other one", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  site.holdEffects();
  const controller = new AbortController();
  const given = call("add", { line: "one" }, { signal: controller.signal }).catch(() => undefined);
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), { timeout: 20_000 });
  const kept = call("add", { line: "one" });
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), { timeout: 20_000 });
  controller.abort();
  await given;
  site.releaseEffects();
  expect(textOf(await kept)).toMatch(/^added one/);
  expect(site.effects()).toEqual(["one"]);
});

it("gives a client no outcome of another client's call, nor of what is no ticket", async () => {
  const site = await createGatewaySite();
  const mine = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await mine.call("add", { line: "one" }));
  const other = await site.open({ hold: 0.2, name: "other-client" });
  for (const wrong of [ticket, "run_none", "", `${ticket}.0`]) {
    const result = await other.call("wait_for_decision", { ticket: wrong, wait_seconds: 0 });
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toContain("no such ticket");
  }
  const held = await mine.call("wait_for_decision", { ticket, wait_seconds: 0 });
  expect(textOf(held)).toContain("HELD, not failed: nothing has run yet");
});

it("says of a call that has begun that it runs, and not that a person is asked", async () => {
  const site = await createGatewaySite(allowAll);
  const gateway = await site.open({ hold: 3 });
  site.holdEffects();
  const held = await gateway.call("add", { line: "one" });
  expect(textOf(held)).toContain("STILL RUNNING, not failed");
  expect(textOf(held)).not.toMatch(/approved|person/);
  site.releaseEffects();
  expect(textOf(await collect(gateway, ticketOf(held)))).toBe("added one");
});

it("gives a rejection again, with its message, to the same call", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 0.2 });
  await call("add", { line: "one" });
  const [pending] = await site.pending();
  await site.decide("reject", pending?.approvalId ?? "", "--message", "Not on Fridays");
  const again = await call("add", { line: "one" });
  expect(textOf(again)).toContain("Not on Fridays");
  const third = textOf(await call("add", { line: "one" }));
  expect(third).toContain("Not on Fridays");
  // The second had it, so that this one does not say that nobody had.
  expect(third).toContain("nobody was asked again");
  expect(third).not.toContain("had not reached you");
  expect(await site.pending()).toEqual([]);
});

it("asks again about a rejected call when a person says so", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 0.2 });
  await call("add", { line: "one" });
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  expect(await site.holdpoint("ask-again", approvalId)).toMatchObject({ exitCode: 1 });
  await site.decide("reject", approvalId);
  expect(await site.holdpoint("ask-again", approvalId)).toMatchObject({ exitCode: 0 });
  expect(textOf(await call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("The same call was rejected") },
  ]);
});

it("says on the card that a call was made twice at once, and that its client gave it up", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const calling = [1, 2].map(() => call("add", { line: "one" }, options).catch(() => undefined));
  const shown = async () => (await site.holdpoint("approvals", "--long")).stdout;
  await vi.waitFor(async () => expect(await shown()).toContain("Asked for 2 times at once"), {
    timeout: 20_000,
  });
  expect(await shown()).not.toContain("gave the call up");
  controller.abort();
  await Promise.all(calling);
  await vi.waitFor(async () => expect(await shown()).toContain("Its client gave the call up at"), {
    timeout: 20_000,
  });
});

it("says on the card that another client asked for the same, and asks apart", async () => {
  const site = await createGatewaySite();
  const codex = await site.open({ hold: 0.2, name: "codex" });
  await codex.call("add", { line: "one" });
  const cursor = await site.open({ hold: 0.2, name: "cursor" });
  await cursor.call("add", { line: "one" });
  await cursor.call("add", { line: "two" });
  const reasons = (await site.pending()).map(({ agent, reason }) => [agent, reason]);
  expect(reasons).toHaveLength(3);
  expect(reasons.filter(([, reason]) => reason?.includes("codex asked for the same"))).toEqual([
    ["cursor", expect.stringContaining("is decided by itself")],
  ]);
});

it("passes an error of the protocol on as the server gave it", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  await expect(call("add", { fail: true })).rejects.toMatchObject({
    code: -32_123,
    message: "MCP error -32123: It broke",
    data: { a: 1 },
  });
});

it("does not make clients throw for a held call of a tool with a structure", async () => {
  const site = await createGatewaySite();
  const { client, call } = await site.open({ hold: 0.2 });
  await client.listTools();
  const held = await call("add_typed", { line: "one" });
  expect(held.isError).toBe(true);
  expect(textOf(held)).toMatch(/^HELD, not failed: nothing has run yet/);
});

it("tells once, beside the next result, what came of a held call that nobody collected", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 0.2 });
  await call("add", { line: "one" });
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), { timeout: 20_000 });
  await vi.waitFor(
    async () => expect(textOf(await call("lines")).split("while you waited: add")).toHaveLength(2),
    { timeout: 20_000 },
  );
  expect(textOf(await call("lines"))).toBe("one\n");
  // It has been told what came of it: the same call is another wish, which is asked about.
  const again = await call("add", { line: "one" });
  expect(textOf(again)).toContain("HELD, not failed: nothing has run yet");
  expect(site.effects()).toEqual(["one"]);
});

it("tells what came of other calls beside any result, whose own marks stay as they are", async () => {
  const site = await createGatewaySite(allowAll);
  const gateway = await site.open({ hold: 0.2 });
  site.holdEffects();
  await gateway.call("add", { line: "one" });
  site.releaseEffects();
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(1), { timeout: 20_000 });
  const result = await gateway.call("add", { line: "two" });
  expect(textOf(result)).toMatch(/^added two\nHoldpoint: while you waited: add ran/);
  expect(result._meta).toEqual({ "example/at": 2 });
});

it("lets trusted reads pass and nothing else while its store cannot be opened, and says so", async () => {
  const site = await createGatewaySite(allowAll);
  await writeFile(site.store, "this is no database, and long enough to be looked at as one");
  const { client, call } = await site.open();
  expect(textOf(await call("lines"))).toBe("");
  const refused = await call("add", { line: "one" });
  expect(refused.isError).toBe(true);
  expect(textOf(refused)).toContain("is not run while the store cannot be used");
  expect(site.effects()).toEqual([]);
  const { tools } = await client.listTools();
  const status = tools.find(({ name }) => name === "holdpoint_status");
  expect(status?.description).toContain("the store cannot be used");
});

it("says of a server that cannot start that it cannot, and serves the others", async () => {
  const site = await createGatewaySite({
    ...allowAll,
    more: { gone: { command: "no-such-program" } },
  });
  const { client, call } = await site.open();
  await call("add", { line: "one" });
  const { tools } = await client.listTools();
  const status = tools.find(({ name }) => name === "holdpoint_status");
  expect(status?.description).toContain('Server "gone" is not available');
});

it("says nothing of a server that only starts, and whose tools it remembers", async () => {
  const site = await createGatewaySite(allowAll);
  const first = await site.open();
  await first.client.listTools();
  await first.close();
  // From now on it never comes up, and nothing is known against it.
  const config = JSON.parse(await readFile(site.config, "utf8")) as {
    mcpServers: Record<string, { args: string[] }>;
  };
  for (const server of Object.values(config.mcpServers)) {
    server.args = ["-e", "process.stdin.resume()"];
  }
  await writeFile(site.config, JSON.stringify(config));
  const { client } = await site.open();
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["add", "add_typed", "lines", "wait_for_decision"]);
});

it.each([
  ['{"line":"a","line":"b"}', 'params.arguments.line\\" is there twice'],
  ['{"line":"a","n":9007199254740993}', "params.arguments.n"],
])(
  "answers %s, which can be read in two ways, with an error that names the member",
  async (input, why) => {
    const site = await createGatewaySite(allowAll);
    const { transport, call } = await site.open();
    await call("add", { line: "one" });
    const answers: string[] = [];
    const before = transport.onmessage;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
    transport.onmessage = (message) => {
      if ("id" in message && message.id === 901) answers.push(JSON.stringify(message));
      else before?.(message);
    };
    const { stdin } = Reflect.get(transport, "_process") as { stdin: Writable };
    stdin.write(
      `{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"add","arguments":${input}}}\n`,
    );
    await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 20_000 });
    expect(answers[0]).toContain(why);
    expect(site.effects()).toEqual(["one"]);
  },
);

it.each([['{"line":"one"}'], [["one"]]])("runs nothing for arguments that are %j", async (args) => {
  const site = await createGatewaySite(allowAll);
  const { client } = await site.open();
  const params = { name: "add", arguments: args as never };
  await expect(client.request({ method: "tools/call", params }, z.any())).rejects.toThrow(
    "arguments must be an object",
  );
  expect([site.effects(), await site.pending()]).toEqual([[], []]);
});

it("runs nothing for arguments that are nested deeper than anybody means it", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  const nested = (levels: number): unknown =>
    Array.from({ length: levels }).reduce((inner) => [inner], "one");
  await expect(call("add", { line: "one", more: nested(3_000) })).rejects.toThrow(
    "arguments are nested more than 500 deep: nothing was run",
  );
  expect(site.effects()).toEqual([]);
  await call("add", { line: "one", more: nested(100) });
  expect(site.effects()).toEqual(["one"]);
});

it("shows a client's name on a terminal with nothing hidden, in cards and stories", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 0.2, name: "Ada\n  LOW RISK\u001B[2J\u202E" });
  await call("add", { line: "one" });
  const [pending] = await site.pending();
  // The list before it is decided: it does not stand there afterwards.
  const shown = [
    await site.holdpoint("approvals", "--long"),
    await site.holdpoint("reject", pending?.approvalId ?? "", "--yes"),
    await site.holdpoint("show", pending?.runId ?? ""),
    await site.holdpoint("show", pending?.runId ?? "", "--journal"),
  ];
  for (const { stdout } of shown) {
    expect(stdout).not.toMatch(/[\u001B\u202E]|^ *LOW RISK/m);
    expect(stdout).toContain("Ada");
  }
});

it("runs nothing with arguments that are too long, and says why", async () => {
  const site = await createGatewaySite(allowAll);
  const { call } = await site.open();
  const answer = await call("add", { line: "x".repeat(1_000_001) });
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toMatch(/more than 1000000 characters, so it was not run/);
  expect(site.effects()).toEqual([]);
});
