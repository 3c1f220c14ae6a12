import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, it, onTestFinished, vi } from "vitest";

import {
  createGatewaySite,
  effectServer,
  textOf,
  type GatewayClient,
} from "../support/gateway-site.ts";

const allowAll = { policy: [{ verdict: "allow", server: "effects" }] };
const patience = { timeout: 25_000, interval: 200 };

/** What the list says is wrong; empty where nothing is. */
async function statusOf({ client }: GatewayClient): Promise<string> {
  const { tools } = await client.listTools();
  return tools.find(({ name }) => name === "holdpoint_status")?.description ?? "";
}

/** Trusted reads pass, an effect is refused in words, and the list says why. */
async function expectDown(gateway: GatewayClient, why: RegExp): Promise<void> {
  expect(await gateway.call("lines")).not.toHaveProperty("isError");
  const refused = await gateway.call("add", { line: "down" });
  expect(refused.isError).toBe(true);
  expect(textOf(refused)).toContain("is not run while the store cannot be used");
  expect(textOf(refused)).toMatch(why);
  expect(await statusOf(gateway)).toMatch(why);
  expect(textOf(await gateway.call("holdpoint_status"))).toMatch(why);
}

/** It is tried again by itself: nothing is restarted. */
async function expectBack(gateway: GatewayClient): Promise<void> {
  await vi.waitFor(
    async () => expect(textOf(await gateway.call("add", { line: "up" }))).toBe("added up"),
    patience,
  );
  expect(await statusOf(gateway)).toBe("");
}

it("goes on by itself when a store that was no database is put right", async () => {
  const site = await createGatewaySite(allowAll);
  writeFileSync(site.store, "this is no database, and long enough to be looked at as one");
  const gateway = await site.open();
  await expectDown(gateway, /database/);
  rmSync(site.store);
  await expectBack(gateway);
  expect(site.effects()).toEqual(["up"]);
});

it("goes on when a place that cannot be written to can be", async () => {
  const site = await createGatewaySite(allowAll);
  // A file where the folder of the store should be: also for who may write anywhere.
  writeFileSync(join(site.directory, "place"), "");
  const store = join(site.directory, "place", "runs.db");
  const gateway = await site.open({ args: ["--store", store] });
  await expectDown(gateway, /place/);
  rmSync(join(site.directory, "place"));
  mkdirSync(join(site.directory, "place"));
  await expectBack(gateway);
  expect(site.effects()).toEqual(["up"]);
});

it("goes on when a store of a newer version is replaced", async () => {
  const site = await createGatewaySite(allowAll);
  const before = await site.open();
  await before.call("add", { line: "before" });
  await before.close();
  const database = new DatabaseSync(site.store);
  database.exec("PRAGMA user_version = 9999");
  database.close();
  const gateway = await site.open();
  await expectDown(gateway, /newer|version/);
  renameSync(site.store, `${site.store}.newer`);
  await expectBack(gateway);
  expect(site.effects()).toEqual(["before", "up"]);
});

it("goes on when a store that another program has locked is let go of", async () => {
  const site = await createGatewaySite(allowAll);
  const database = new DatabaseSync(site.store);
  database.exec("CREATE TABLE other (x); BEGIN EXCLUSIVE");
  const gateway = await site.open();
  expect(await gateway.call("lines")).not.toHaveProperty("isError");
  const adding = gateway.call("add", { line: "up" }).catch(String);
  expect(site.effects()).toEqual([]);
  database.exec("ROLLBACK; DROP TABLE other");
  database.close();
  await adding;
  await expectBack(gateway);
  expect(new Set(site.effects())).toEqual(new Set(["up"]));
});

it("lets reads pass while a PostgreSQL server takes connections and does not answer", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const site = await createGatewaySite(allowAll);
  const gateway = await site.open({ args: ["--store", `postgres://u@127.0.0.1:${port}/x`] });
  expect(textOf(await gateway.call("lines"))).toBe("");
  await vi.waitFor(
    async () => expect(await statusOf(gateway)).toContain("cannot be used"),
    patience,
  );
  const refused = await gateway.call("add", { line: "down" });
  expect(textOf(refused)).toContain("is not run while the store cannot be used");
  expect(site.effects()).toEqual([]);
});

it("lets reads pass while nothing is there where PostgreSQL should be", async () => {
  const site = await createGatewaySite(allowAll);
  const gateway = await site.open({ args: ["--store", "postgres://u@127.0.0.1:1/x"] });
  await expectDown(gateway, /postgres|connect/i);
  expect(site.effects()).toEqual([]);
});

it("offers a server's tools by themselves once it can be started", async () => {
  const site = await createGatewaySite({ mcpServers: {} });
  const program = join(site.directory, "late");
  const config = {
    mcpServers: { late: { command: program } },
    policy: [{ verdict: "allow", server: "late" }],
  };
  writeFileSync(site.config, JSON.stringify(config));
  const gateway = await site.open();
  await vi.waitFor(async () => expect(await statusOf(gateway)).toContain('"late"'), patience);
  await expect(gateway.call("add", { line: "one" })).rejects.toThrow("Unknown tool");
  const words = [process.execPath, effectServer, join(site.directory, "effects.txt")];
  writeFileSync(program, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")}\n`, {
    mode: 0o755,
  });
  await vi.waitFor(
    async () => expect(textOf(await gateway.call("add", { line: "one" }))).toBe("added one"),
    patience,
  );
  expect(await statusOf(gateway)).toBe("");
}, 60_000);

it("says of a tool whose server cannot be started that it is not available, in list and answer", async () => {
  const site = await createGatewaySite(allowAll);
  const first = await site.open();
  await first.client.listTools();
  await first.close();
  const effects = { command: join(site.directory, "no-such-program"), trusted: true };
  writeFileSync(site.config, JSON.stringify({ mcpServers: { effects }, ...allowAll }));
  const gateway = await site.open();
  await vi.waitFor(async () => expect(await statusOf(gateway)).toContain('"effects"'), patience);
  for (const [tool, input] of [
    ["add", { line: "one" }],
    ["lines", {}],
  ] as const) {
    const answer = await gateway.call(tool, input);
    expect(answer.isError).toBe(true);
    expect(textOf(answer)).toMatch(new RegExp(`^${tool} is not available: .*Nothing was run\\.$`));
  }
  expect(site.effects()).toEqual([]);
});
