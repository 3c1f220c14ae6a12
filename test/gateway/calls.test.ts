import { expect, it, vi } from "vitest";

import { createGatewaySite, textOf, ticketOf } from "../support/gateway-site.ts";

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
  const { call } = await site.open({ hold: 0.2 });
  const held = await call("add", { line: "one" });
  expect(held.isError).toBeUndefined();
  expect(textOf(held)).toContain("HELD, not failed: nothing has run yet");
  const [pending] = await site.pending();
  await site.decide("approve", pending?.approvalId ?? "");
  const result = await call("wait_for_decision", { ticket: ticketOf(held), wait_seconds: 20 });
  expect(textOf(result)).toBe("added one");
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
