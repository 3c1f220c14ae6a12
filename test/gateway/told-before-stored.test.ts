import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, it, vi } from "vitest";

import {
  collect,
  createGatewaySite,
  textOf,
  ticketOf,
  type GatewayClient,
  type GatewaySite,
} from "../support/gateway-site.ts";
import { withheldBy } from "./withheld-outcome.ts";

const patience = { timeout: 20_000 };

/** From now on the store takes no end of the call of this number, where a gateway is opened so. */
function withhold({ directory }: GatewaySite, callId: string) {
  const file = join(directory, "withheld");
  writeFileSync(file, `"callId":"${callId}"`);
  return { env: { NODE_OPTIONS: withheldBy(file) }, end: () => rmSync(file) };
}

/**
 * A call has run, and its client was told so, while the store was locked; by now that is open, and has
 * refused to keep what came of the call.
 */
async function tellBeforeStored() {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  const withheld = withhold(site, "1");
  const gateway = await site.open({ hold: 0.2, env: withheld.env });
  site.holdEffects();
  const ticket = ticketOf(await gateway.call("add", { line: "one" }));
  const lock = new DatabaseSync(site.store);
  lock.exec("BEGIN IMMEDIATE");
  site.releaseEffects();
  expect(textOf(await collect(gateway, ticket))).toBe("added one");
  // By its answer the client has said that it read the one before.
  await gateway.client.ping();
  await gateway.client.ping();
  lock.close();
  await vi.waitFor(() => expect(gateway.stderr()).toContain("store cannot be written"), patience);
  return { site, gateway, withheld };
}

async function expectWhole({ holdpoint }: GatewaySite): Promise<void> {
  expect(await holdpoint("audit")).toMatchObject({ exitCode: 0 });
}

it("closes no wish over an outcome that it alone knows: killed, it has left a doubt", async () => {
  const { site, gateway, withheld } = await tellBeforeStored();
  await expectWhole(site);
  await gateway.kill();
  withheld.end();
  await expectWhole(site);
  const next = await site.open({ hold: 0.2 });
  await next.call("add", { line: "one" });
  await vi.waitFor(
    async () => expect(await site.pending()).toMatchObject([{ kind: "outcome_unknown" }]),
    patience,
  );
  expect(site.effects()).toEqual(["one"]);
});

it("begins no second wish before what it closes is stored, and then does", async () => {
  const { site, gateway, withheld } = await tellBeforeStored();
  const again = (): ReturnType<GatewayClient["call"]> => gateway.call("add", { line: "one" });
  expect(textOf(await again())).toMatch(/the store .*Make the same call again/);
  expect(site.effects()).toEqual(["one"]);
  withheld.end();
  await vi.waitFor(() => expect(site.entries("run_completed")).toBe(1), patience);
  expect(textOf(await again())).toMatch(/^added one$/);
  expect(site.effects()).toEqual(["one", "one"]);
  await expectWhole(site);
});

it("closes no wish of two calls over the end of the first one", async () => {
  const site = await createGatewaySite();
  const withheld = withhold(site, "2");
  const first = await site.open({ hold: 30, env: withheld.env });
  const calling = [1, 2].map(() => first.call("add", { line: "one" }).catch(() => undefined));
  await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), patience);
  await site.decide("approve", (await site.pending())[0]?.approvalId ?? "", "--always");
  await Promise.race(calling);
  await first.client.ping();
  await vi.waitFor(() => expect(site.effects()).toEqual(["one", "one"]), patience);
  await vi.waitFor(() => expect(first.stderr()).toContain("store cannot be written"), patience);
  await first.kill();
  await Promise.all(calling);
  withheld.end();
  await expectWhole(site);
  const second = await site.open({ hold: 0.2 });
  await second.call("add", { line: "one" });
  await vi.waitFor(
    async () => expect(await site.pending()).toMatchObject([{ kind: "outcome_unknown" }]),
    patience,
  );
});
