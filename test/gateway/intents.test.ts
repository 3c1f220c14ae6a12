import { expect, it, vi } from "vitest";

import { createGatewaySite, textOf, ticketOf } from "../support/gateway-site.ts";

const patience = { timeout: 20_000 };

it("runs like calls as often as a person lets them run, where they were made at once", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = [call("add", { line: "one" }), call("add", { line: "one" })];
  await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), patience);
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  expect(await site.decide("approve", approvalId, "--always")).toMatchObject({ exitCode: 0 });
  const texts = (await Promise.all(calling)).map((result) => textOf(result));
  expect(texts).toEqual(["added one", "added one"]);
  expect(site.effects()).toEqual(["one", "one"]);
});

it("says whose value was used where like calls differ in what does not count", async () => {
  const policy = [{ verdict: "ask", server: "effects", intent: { ignore: ["$.requestId"] } }];
  const site = await createGatewaySite({ policy });
  const { call } = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await call("add", { line: "one", requestId: "a" }));
  const again = await call("add", { line: "one", requestId: "b" });
  expect(ticketOf(again)).toBe(ticket);
  expect(await site.pending()).toHaveLength(1);
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "");
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), patience);
  const told = await call("add", { line: "one", requestId: "c" });
  expect(textOf(told)).toMatch(/^added one\n/);
  expect(textOf(told)).toContain("Of $.requestId the value of the first call was used");
  expect(site.effects()).toEqual(["one"]);
});

it("asks about what ran and reached nobody, once the time for telling it is over", async () => {
  const site = await createGatewaySite({
    policy: [{ verdict: "allow", server: "effects" }],
    gateway: { replaySeconds: 0 },
  });
  const first = await site.open();
  site.holdEffects();
  const calling = first.call("add", { line: "one" }).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), patience);
  const closing = first.close();
  site.releaseEffects();
  await Promise.all([closing, calling]);
  const second = await site.open({ hold: 0.2 });
  expect(textOf(await second.call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("its answer never reached its client") },
  ]);
  expect(site.effects()).toEqual(["one"]);
});
