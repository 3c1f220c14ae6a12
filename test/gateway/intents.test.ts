import { readFileSync, writeFileSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect, it, vi } from "vitest";

import { holdpoint } from "../support/command.ts";
import {
  collect,
  createGatewaySite,
  leaveUndelivered,
  textOf,
  ticketOf,
  type GatewaySite,
} from "../support/gateway-site.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { clockOffBy } from "../support/shifted-clock.ts";

const patience = { timeout: 20_000 };

it("runs like calls as often as a person lets them run, where they were made at once", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = [call("add", { line: "one" }), call("add", { line: "one" })];
  await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), patience);
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  const decided = await site.decide("approve", approvalId, "--times", "2");
  expect(decided).toMatchObject({ exitCode: 0 });
  expect(decided.stdout).toContain("It runs 2 times, one after the other");
  const texts = (await Promise.all(calling)).map((result) => textOf(result));
  expect(texts).toEqual(["added one", "added one"]);
  expect(site.effects()).toEqual(["one", "one"]);
});

it.runIf(hasTerminal)("runs both by one key of whoever is asked on a terminal", async () => {
  const site = await createGatewaySite();
  const { call } = await site.open({ hold: 30 });
  const calling = [call("add", { line: "one" }), call("add", { line: "one" })];
  await vi.waitFor(() => expect(site.entries("wish_added")).toBe(1), patience);
  const { approvalId = "" } = (await site.pending())[0] ?? {};
  const options = ["--store", site.store, "--config", site.config];
  const { screen, exitCode } = await onTerminal(["approve", approvalId, ...options], {
    typed: "ty",
  });
  expect(screen).toMatch(/, t 2 times, [^]*It runs 2 times, one after the other[^]*Approved\./);
  expect(exitCode).toBe(0);
  await Promise.all(calling);
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
  await leaveUndelivered(site);
  const second = await site.open({ hold: 0.2 });
  expect(textOf(await second.call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("its answer never reached its client") },
  ]);
  expect(site.effects()).toEqual(["one"]);
});

it("runs it no second time for two repetitions at once: one is told it, and one is asked about", async () => {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  await leaveUndelivered(site);
  const { call } = await site.open({ hold: 1 });
  const repeated = await Promise.all([call("add", { line: "one" }), call("add", { line: "one" })]);
  const [held, told] = repeated.map((each) => textOf(each)).toSorted();
  expect(held).toContain("HELD");
  expect(told).toMatch(/^added one\nHoldpoint: this ran at/);
  expect(site.effects()).toEqual(["one"]);
});

/** Prunes as if an hour had gone by. */
function pruneLater({ store, config }: GatewaySite, ...more: string[]) {
  const args = ["prune", "--older-than", "1m", "--store", store, "--config", config, ...more];
  return holdpoint(args, { env: { NODE_OPTIONS: clockOffBy(3_600) } });
}

it("forgets no outcome that reached nobody when runs are pruned, nor what is held", async () => {
  const policy = [{ verdict: "allow", server: "effects", tool: "add" }];
  const site = await createGatewaySite({ policy });
  await leaveUndelivered(site);
  const second = await site.open({ hold: 0.2 });
  await second.call("add_typed", { line: "held" });
  await second.close();
  const { stdout } = await pruneLater(site);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^Removed 0 /),
    "Kept 1 whose outcome has reached nobody: the same call is met by it (--untold removes them too)",
    "",
  ]);
  expect(await site.pending()).toHaveLength(1);
  const third = await site.open({ hold: 0.2 });
  expect(textOf(await third.call("add", { line: "one" }))).toMatch(
    /^added one\nHoldpoint: this ran/,
  );
  await vi.waitFor(
    async () => expect((await pruneLater(site)).stdout).toMatch(/^Removed 1 .*\n$/),
    patience,
  );
  expect(site.effects()).toEqual(["one"]);
});

it("removes what reached nobody as well where that is asked for", async () => {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  await leaveUndelivered(site);
  expect((await pruneLater(site, "--untold")).stdout).toMatch(/^Removed 1 .*\n$/);
});

/** Kills a gateway inside the effect of a call that a rule allows; the doubt waits for a person. */
async function leaveInDoubt(): Promise<GatewaySite> {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  const first = await site.open();
  site.holdEffects();
  const calling = first.call("add", { line: "one" }).catch(() => undefined);
  await vi.waitFor(() => expect(site.effects()).toEqual(["one"]), patience);
  await first.kill();
  await calling;
  site.releaseEffects();
  return site;
}

it("does not run what a person did not let run again, and asks once they want that", async () => {
  const site = await leaveInDoubt();
  const second = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await second.call("add", { line: "one" }));
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  await site.decide("reject", approvalId);
  expect(textOf(await collect(second, ticket))).toContain("outcome of this call is unknown");
  const again = textOf(await second.call("add", { line: "one" }));
  expect(again).toContain("outcome of this call is unknown");
  expect(again).toContain("nobody was asked again");
  expect(await site.pending()).toEqual([]);
  expect(await site.holdpoint("ask-again", approvalId)).toMatchObject({ exitCode: 0 });
  expect(textOf(await second.call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("this may be the second time") },
  ]);
  expect(site.effects()).toEqual(["one"]);
});

it("ends a doubt with its run: the same call is refused, and is asked about once a person wants that", async () => {
  const site = await leaveInDoubt();
  const second = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await second.call("add", { line: "one" }));
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  const [pending] = await site.pending();
  const { approvalId = "", runId = "" } = pending ?? {};
  const cancelling = await site.holdpoint("cancel", runId, "--reason", "No time");
  expect(cancelling).toMatchObject({ exitCode: 0 });
  expect(await site.pending()).toEqual([]);
  const told = await collect(second, ticket);
  expect(told).toMatchObject({ isError: true });
  expect(textOf(told)).toMatch(
    /^This call was ended by .*: No time\. It had been started, and what/,
  );
  const again = textOf(await second.call("add", { line: "one" }));
  expect(again).toMatch(/^This call was ended by .*It had been started/);
  expect(again).toContain("nobody was asked again");
  expect(await site.pending()).toEqual([]);
  expect(await site.holdpoint("ask-again", approvalId)).toMatchObject({ exitCode: 0 });
  expect(textOf(await second.call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("this may be the second time") },
  ]);
  expect(site.effects()).toEqual(["one"]);
});

it("asks about each call once the store is an older copy, since it may have run by then", async () => {
  const site = await createGatewaySite({ policy: [{ verdict: "allow", server: "effects" }] });
  const first = await site.open();
  await first.call("add", { line: "before" });
  await first.close();
  const copy = join(site.directory, "copy.db");
  await cp(site.store, copy);
  await leaveUndelivered(site);
  await Promise.all(["-wal", "-shm"].map((end) => rm(`${site.store}${end}`, { force: true })));
  await cp(copy, site.store);
  const second = await site.open({ hold: 0.2 });
  expect(textOf(await second.call("add", { line: "one" }))).toContain("HELD");
  expect(await site.pending()).toMatchObject([
    { reason: expect.stringContaining("The store is an older copy: what happened after") },
  ]);
  expect(site.effects()).toEqual(["before", "one"]);
});

it("leaves a doubt when runs are pruned", async () => {
  const site = await leaveInDoubt();
  const second = await site.open({ hold: 0.2 });
  const ticket = ticketOf(await second.call("add", { line: "one" }));
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  expect((await pruneLater(site, "--untold")).stdout).toMatch(/^Removed 0 .*\n$/);
  await site.decide("reject", (await site.pending())[0]?.approvalId ?? "", "--message", "It ran");
  expect(textOf(await collect(second, ticket))).toBe("It ran");
});

it("says of a call that a person let run again that it was begun twice", async () => {
  const site = await leaveInDoubt();
  const second = await site.open({ hold: 30 });
  const calling = second.call("add", { line: "one" });
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  const approvalId = (await site.pending())[0]?.approvalId ?? "";
  await site.decide("approve", approvalId, "--typed", "add");
  const told = textOf(await calling);
  expect(told).toMatch(/^added one\n/);
  expect(told).toContain("It was begun 2 times");
  expect(told).not.toContain("ran once");
  expect(site.effects()).toEqual(["one", "one"]);
});

/** What rules say from the next start of a gateway on. */
function rule(site: GatewaySite, policy: object[]): void {
  const config = JSON.parse(readFileSync(site.config, "utf8")) as object;
  writeFileSync(site.config, JSON.stringify({ ...config, policy }));
}

const denied = [{ verdict: "deny", tool: "add", reason: "Lines are read-only now" }];

it.each(["the same call", "its ticket"])(
  "ends a held call that rules deny by now, once %s comes again",
  async (again) => {
    const site = await createGatewaySite();
    const first = await site.open({ hold: 0.2 });
    const ticket = ticketOf(await first.call("add", { line: "one" }));
    await first.close();
    rule(site, denied);
    const second = await site.open({ hold: 0.2 });
    const told =
      again === "its ticket"
        ? await collect(second, ticket)
        : await second.call("add", { line: "one" });
    expect(textOf(told)).toContain("Lines are read-only now. Nothing was run.");
    expect(told).toMatchObject({ isError: true });
    expect(told._meta ?? {}).not.toHaveProperty("holdpoint/ticket");
    expect(await site.pending()).toEqual([]);
    await second.close();
    // It was no person's no, which would be remembered.
    rule(site, []);
    const third = await site.open({ hold: 0.2 });
    expect(textOf(await third.call("add", { line: "one" }))).toContain("HELD");
    expect(site.effects()).toEqual([]);
  },
);

it("takes nothing back of a call that has begun, whatever rules say by now", async () => {
  const site = await leaveInDoubt();
  rule(site, denied);
  const second = await site.open({ hold: 0.2 });
  await second.call("add", { line: "one" });
  await vi.waitFor(async () => expect(await site.pending()).toHaveLength(1), patience);
  expect(textOf(await second.call("add", { line: "one" }))).toContain("what came of it is not");
  expect(await site.pending()).toMatchObject([{ kind: "outcome_unknown" }]);
});
