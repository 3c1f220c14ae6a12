import { expect, it, vi } from "vitest";

import {
  createGatewaySite,
  textOf,
  ticketOf,
  type GatewayClient,
  type GatewaySite,
} from "../support/gateway-site.ts";

const allowAll = { policy: [{ verdict: "allow", server: "effects" }] };
const patience = { timeout: 20_000 };

/** The same call, so often at once. */
async function callAtOnce({ call }: GatewayClient, times: number): Promise<string[]> {
  const calls = Array.from({ length: times }, () => call("add", { line: "one" }));
  return (await Promise.all(calls)).map((result) => textOf(result));
}

/** Has calls run to their end whose client is gone by then. */
async function leaveAtOnce(site: GatewaySite, times: number): Promise<void> {
  const before = site.effects().length;
  const gateway = await site.open();
  site.holdEffects();
  const calling = callAtOnce(gateway, times).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toHaveLength(before + times), patience);
  const closing = gateway.close();
  site.releaseEffects();
  await Promise.all([closing, calling]);
}

it("asks about both repetitions of two calls at once, once the time for telling them is over", async () => {
  const site = await createGatewaySite({ ...allowAll, gateway: { replaySeconds: 0 } });
  await leaveAtOnce(site, 2);
  const texts = await callAtOnce(await site.open({ hold: 0.5 }), 2);
  expect(texts).toEqual([expect.stringContaining("HELD"), expect.stringContaining("HELD")]);
  expect(site.effects()).toHaveLength(2);
});

it("puts two repetitions at once of one call to a person as one", async () => {
  const site = await createGatewaySite({ ...allowAll, gateway: { replaySeconds: 0 } });
  await leaveAtOnce(site, 1);
  const texts = await callAtOnce(await site.open({ hold: 0.5 }), 2);
  expect(texts).toEqual([expect.stringContaining("HELD"), expect.stringContaining("HELD")]);
  expect(await site.pending()).toHaveLength(1);
  expect(site.effects()).toHaveLength(1);
});

it("runs neither of two repetitions at once of a call that is in doubt", async () => {
  const site = await createGatewaySite(allowAll);
  const first = await site.open();
  site.holdEffects();
  const calling = callAtOnce(first, 1).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), patience);
  await first.kill();
  await calling;
  site.releaseEffects();
  const texts = await callAtOnce(await site.open({ hold: 1 }), 2);
  expect(texts).toEqual([expect.stringContaining("HELD"), expect.stringContaining("HELD")]);
  expect(await site.pending()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: "outcome_unknown" }),
      expect.objectContaining({
        kind: "tool_call",
        reason: expect.stringContaining("made again while it is not over"),
      }),
    ]),
  );
  expect(site.effects()).toEqual(["one"]);
});

it("takes no yes that was given for later calls for one to what may be a repetition", async () => {
  const site = await createGatewaySite({ gateway: { replaySeconds: 0 } });
  const first = await site.open({ hold: 30 });
  const calling = callAtOnce(first, 1);
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  const { approvalId = "" } = (await site.pending())[0] ?? {};
  expect(await site.decide("approve", approvalId, "--for", "1h")).toMatchObject({ exitCode: 0 });
  expect(await calling).toEqual(["added one"]);
  expect(await callAtOnce(first, 1)).toEqual(["added one"]);
  // By its answers the client says that it has read those before.
  for (let times = 0; times < 3; times += 1) await first.client.ping();
  await first.close();
  await leaveAtOnce(site, 1);
  expect(site.effects()).toHaveLength(3);
  expect(await callAtOnce(await site.open({ hold: 0.2 }), 1)).toEqual([
    expect.stringContaining("HELD"),
  ]);
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("its answer never reached its client") },
  ]);
  expect(site.effects()).toHaveLength(3);
});

it("tells nobody of a ticket that another conversation of the same host is there to collect", async () => {
  const site = await createGatewaySite(allowAll);
  const one = await site.open({ hold: 0.2 });
  site.holdEffects();
  ticketOf(await one.call("add", { line: "one" }));
  site.releaseEffects();
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(1), patience);
  const two = await site.open();
  expect(textOf(await two.call("lines"))).toBe("one\n");
  await two.client.ping();
  expect(await callAtOnce(one, 1)).toEqual([
    expect.stringMatching(/^added one\nHoldpoint: this ran/),
  ]);
  expect(site.effects()).toEqual(["one"]);
});
