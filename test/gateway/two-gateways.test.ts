import { expect, it, vi } from "vitest";

import { collect, createGatewaySite, textOf, ticketOf } from "../support/gateway-site.ts";

const allowAll = { policy: [{ verdict: "allow", server: "effects" }] };
const patience = { timeout: 20_000 };

/** A call that runs at the first of two gateways, and does not end until it is let. */
async function runAtOne(other: { hold: number }) {
  const site = await createGatewaySite(allowAll);
  const one = await site.open({ hold: 60 });
  const two = await site.open(other);
  site.holdEffects();
  const giving = new AbortController();
  const options = { signal: giving.signal };
  const given = one.call("add", { line: "one" }, options).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), patience);
  const giveUp = async (): Promise<void> => {
    const before = site.entries("caller_left");
    giving.abort();
    await given;
    await vi.waitFor(() => expect(site.entries("caller_left")).toBe(before + 1), patience);
  };
  return { site, one, two, giveUp };
}

it("goes on with a call that its client gives up for who waits for it at another gateway", async () => {
  const { site, two, giveUp } = await runAtOne({ hold: 60 });
  const calling = two.call("add", { line: "one" });
  await vi.waitFor(() => expect(site.entries("caller_joined")).toBe(1), patience);
  await giveUp();
  site.releaseEffects();
  expect(textOf(await calling)).toMatch(/^added one\n.*made more than once/);
  expect(site.effects()).toEqual(["one"]);
  expect(site.cancellations()).toBe(0);
  expect(await site.pending()).toEqual([]);
});

it("goes on with it for who was given a ticket for it at another gateway", async () => {
  const { site, two, giveUp } = await runAtOne({ hold: 0.2 });
  const ticket = ticketOf(await two.call("add", { line: "one" }));
  await giveUp();
  site.releaseEffects();
  expect(textOf(await collect(two, ticket))).toBe("added one");
  expect(site.effects()).toEqual(["one"]);
  expect(site.cancellations()).toBe(0);
});

it("tells the server when all have given a call up, whoever did first", async () => {
  const { site, two, giveUp } = await runAtOne({ hold: 60 });
  const controller = new AbortController();
  const calling = two.call("add", { line: "one" }, { signal: controller.signal });
  await vi.waitFor(() => expect(site.entries("caller_joined")).toBe(1), patience);
  controller.abort();
  await expect(calling).rejects.toThrow("AbortError");
  await vi.waitFor(() => expect(site.entries("caller_left")).toBe(1), patience);
  expect(site.cancellations()).toBe(0);
  await giveUp();
  await vi.waitFor(() => expect(site.cancellations()).toBe(1), patience);
});

it("lets a call that a killed gateway waited for run to its end once, and tells of it", async () => {
  const { site, two, giveUp } = await runAtOne({ hold: 60 });
  const calling = two.call("add", { line: "one" }).catch(() => undefined);
  await vi.waitFor(() => expect(site.entries("caller_joined")).toBe(1), patience);
  await two.kill();
  await calling;
  await giveUp();
  // Nobody knows that the other one is gone: the server is not told to stop, and the call is not lost.
  expect(site.cancellations()).toBe(0);
  site.releaseEffects();
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(1), patience);
  expect(await site.pending()).toEqual([]);
  const three = await site.open({ hold: 60 });
  expect(textOf(await three.call("add", { line: "one" }))).toMatch(
    /^added one\nHoldpoint: this ran/,
  );
  expect(site.effects()).toEqual(["one"]);
});

it("runs each call at the servers of the gateway that it came to", async () => {
  const site = await createGatewaySite(allowAll);
  const gateways = [await site.open(), await site.open()];
  await Promise.all(gateways.map(({ call }) => call("lines")));
  for (let times = 0; times < 20; times += 1) {
    const ran = gateways.map(({ call }, index) =>
      call("add", { line: `${index}-${times}`, whose: true }),
    );
    const texts = (await Promise.all(ran)).map(textOf);
    expect(texts).toEqual(gateways.map(({ pid }) => String(pid)));
  }
});

it("a person ends a call that only a killed gateway waited for", async () => {
  const { site, two, giveUp } = await runAtOne({ hold: 60 });
  const calling = two.call("add", { line: "one" }).catch(() => undefined);
  await vi.waitFor(() => expect(site.entries("caller_joined")).toBe(1), patience);
  await two.kill();
  await calling;
  await giveUp();
  const { stdout } = await site.holdpoint("runs", "--json=v1");
  const { runId } = JSON.parse(stdout.split("\n")[0] ?? "{}") as { runId: string };
  expect(await site.holdpoint("cancel", runId)).toMatchObject({ exitCode: 0 });
  await vi.waitFor(() => expect(site.cancellations()).toBe(1), patience);
  const three = await site.open({ hold: 60 });
  expect(textOf(await three.call("add", { line: "one" }))).toContain("It had been started, and");
  expect(site.effects()).toEqual(["one"]);
});

it("runs a call that was approved once its client had a ticket there as well", async () => {
  const site = await createGatewaySite();
  const one = await site.open({ hold: 0.1 });
  const two = await site.open({ hold: 0.1 });
  await Promise.all([one, two].map(({ call }) => call("lines")));
  const lines = ["a", "b", "c", "d", "e", "f"];
  const tickets: string[] = [];
  for (const line of lines) tickets.push(ticketOf(await one.call("add", { line, whose: true })));
  for (const { approvalId } of await site.pending()) await site.decide("approve", approvalId);
  const texts = await Promise.all(
    tickets.map(async (ticket) => textOf(await collect(one, ticket)).split("\n")[0]),
  );
  expect(texts).toEqual(Array(6).fill(String(one.pid)));
  expect(site.effects().toSorted()).toEqual(lines);
});

it("takes up what a gateway that was killed had given a ticket for", async () => {
  const site = await createGatewaySite();
  const one = await site.open({ hold: 0.1 });
  const two = await site.open({ hold: 0.1 });
  await two.call("lines");
  const ticket = ticketOf(await one.call("add", { line: "one", whose: true }));
  const [pending] = await site.pending();
  await one.kill();
  await site.decide("approve", pending?.approvalId ?? "");
  expect(textOf(await collect(two, ticket))).toBe(String(two.pid));
});
