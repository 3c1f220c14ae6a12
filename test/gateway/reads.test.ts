import { expect, it, vi } from "vitest";

import {
  collect,
  createGatewaySite,
  leaveUndelivered,
  textOf,
  ticketOf,
} from "../support/gateway-site.ts";

const patience = { timeout: 20_000 };

it("a read that is asked about is asked about each time, and never answered from memory", async () => {
  const site = await createGatewaySite({
    policy: [
      { verdict: "ask", tool: "lines" },
      { verdict: "allow", tool: "add" },
    ],
  });
  const first = await site.open({ hold: 0.2 });
  await first.call("add", { line: "one" });
  const ticket = ticketOf(await first.call("lines"));
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(2), patience);
  await first.close();
  // Nobody collected it: an effect would be told again now.
  const second = await site.open({ hold: 30 });
  await second.call("add", { line: "two" });
  const reading = second.call("lines");
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  const read = await reading;
  expect(textOf(read)).toMatch(/^one\ntwo\n/);
  expect(read._meta ?? {}).not.toHaveProperty("holdpoint/replayed");
  // The ticket is of the call of before, and what it gives says so.
  expect(textOf(await collect(second, ticket))).toMatch(/^one\n\nHoldpoint: this is an earlier/);
});

it("what a rule says changes nothing is run whenever it is called, and never told again", async () => {
  const site = await createGatewaySite({
    policy: [{ verdict: "allow", server: "effects", tool: "add", effect: "none" }],
  });
  await leaveUndelivered(site);
  const { call } = await site.open();
  expect(await call("add", { line: "one" })).toEqual({
    content: [{ type: "text", text: "added one" }],
    _meta: { "example/at": 2 },
  });
  expect(site.effects()).toEqual(["one", "one"]);
});

it("like reads that stand open at once all read", async () => {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  const { call } = await site.open();
  await call("add", { line: "one" });
  const read = await Promise.all(Array.from({ length: 12 }, () => call("lines")));
  expect(read.map(textOf)).toEqual(Array(12).fill("one\n"));
  expect(read.every(({ _meta }) => _meta === undefined)).toBe(true);
});
