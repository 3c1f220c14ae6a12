import { describe, expect, it, vi } from "vitest";

import { createGatewaySite, leaveUndelivered, textOf } from "../support/gateway-site.ts";
import { startOwnServer } from "../support/own-server.ts";
import { hasPostgres, makeSchemaUrl } from "../support/postgres.ts";
import { findPrograms, PASSWORD } from "../support/postgres-server.ts";
import { clockOffBy } from "../support/shifted-clock.ts";

const allowAll = { policy: [{ verdict: "allow", server: "effects" }] };
const patience = { timeout: 30_000, interval: 200 };

describe.skipIf(!hasPostgres())("a gateway on a store in PostgreSQL", { timeout: 90_000 }, () => {
  /** One that ran, and whose answer reached nobody. */
  const open = async (replaySeconds: number) => {
    const site = await createGatewaySite({ ...allowAll, gateway: { replaySeconds } });
    const args = ["--store", await makeSchemaUrl()];
    await leaveUndelivered(site, { args });
    return { site, args };
  };

  it("tells again what came of a call a moment ago, with its own clock ten minutes ahead", async () => {
    const { site, args } = await open(300);
    const off = await site.open({ args, env: { NODE_OPTIONS: clockOffBy(600) } });
    expect(textOf(await off.call("add", { line: "one" }))).toMatch(/^added one\n.*not run again/);
    expect(site.effects()).toEqual(["one"]);
  });

  it("asks once the time for telling it is over, with its own clock ten minutes behind", async () => {
    const { site, args } = await open(0);
    const env = { NODE_OPTIONS: clockOffBy(-600) };
    const off = await site.open({ args, hold: 0.2, env });
    expect(textOf(await off.call("add", { line: "one" }))).toContain("HELD");
    expect(site.effects()).toEqual(["one"]);
  });

  it.skipIf(findPrograms() === undefined)(
    "lets reads pass and refuses effects in words while the server is down, and goes on when it is back",
    async () => {
      const server = await startOwnServer();
      const site = await createGatewaySite(allowAll);
      const gateway = await site.open({ args: ["--store", server.url] });
      expect(textOf(await gateway.call("add", { line: "before" }))).toBe("added before");

      await server.kill();
      const refused = await gateway.call("add", { line: "down" });
      expect(refused.isError).toBe(true);
      expect(textOf(refused)).toContain("Nothing was begun by this call: Cannot use the store");
      expect(await gateway.call("lines")).not.toHaveProperty("isError");
      expect(site.effects()).toEqual(["before"]);

      await server.start();
      const goOn = async (): Promise<void> => {
        const result = await gateway.call("add", { line: "after" });
        expect(textOf(result)).toContain("added after");
      };
      await vi.waitFor(goOn, patience);
      expect(site.effects()).toEqual(["before", "after"]);
      expect(textOf(await gateway.call("add", { line: "down" }))).toContain("added down");
      expect(site.effects()).toEqual(["before", "after", "down"]);
      expect(textOf(refused) + gateway.stderr()).not.toContain(PASSWORD);
    },
  );
});
