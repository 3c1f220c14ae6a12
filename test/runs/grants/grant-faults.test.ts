import { afterEach, describe, expect, it, vi } from "vitest";

import { call, createScriptedModel, message } from "../../../src/models/scripted.ts";
import { placeKinds, siteKinds } from "../../support/places.ts";
import { createPayments } from "../../support/payments.ts";
import { startPaused, useSite, waitFor, yes } from "../../support/run-services.ts";
import { breakDriver, faults, insist } from "../../support/store-faults.ts";
import { isThorough } from "../../support/thorough.ts";

/** How many calls of the driver are broken of each play, one at a time. */
const SAMPLES = 12;
const grant = { seconds: 3_600 };

/** Does something while a call of the driver is broken. */
type Within = <T>(work: () => Promise<T>) => Promise<T>;

// Whatever single call of the driver fails, before or after it has done what it was asked for: a
// yes for later calls that was given is kept once and lets calls run; one that was ended lets none
// run; a call that it lets run runs once, and is counted. Where that cannot be told, it is asked.
describe.each(placeKinds)("one fault of the store, at any call of the driver, on %s,", (kind) => {
  const openSite = useSite(siteKinds[kind]);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function open() {
    const model = createScriptedModel(({ input }) => {
      const text = JSON.stringify(input);
      const amount = Number(/pay (\d+)/.exec(text)?.[1]);
      return text.includes("function_call_result") ? [message("Done.")] : [call("pay", { amount })];
    });
    const { agent, paid } = createPayments({ model });
    const site = await openSite();
    const service = await site.open([agent], { config: { approver: "client" } });
    const pay = async (amount: number): Promise<"ran" | "asked"> => {
      paid.length = 0;
      const request = { input: `pay ${amount}`, idempotencyKey: crypto.randomUUID() };
      const runId = await insist(() => service.start(request));
      const wait = () => insist(() => service.wait(runId, { timeoutMs: 20_000 }));
      const { status, approvals } = await wait();
      if (status === "completed") {
        expect(paid).toEqual([amount]);
        return "ran";
      }
      expect({ status, paid, asked: approvals.length }).toEqual({
        status: "awaiting_approval",
        paid: [],
        asked: 1,
      });
      for (const { approvalId } of approvals) {
        await insist(() => service.decide(approvalId, yes()));
      }
      expect(await wait()).toMatchObject({ status: "completed" });
      expect(paid).toEqual([amount]);
      return "asked";
    };
    const give = async (within: Within = async (work) => work()): Promise<string> => {
      paid.length = 0;
      const { approvalId, runId } = await startPaused(service, "pay 500");
      await within(() => insist(() => service.decide(approvalId, yes({ grant }))));
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([500]);
      const standing = (await service.grants()).filter(({ isStanding }) => isStanding);
      expect(standing).toHaveLength(1);
      return standing[0]?.grantId ?? "";
    };
    const end = (id: string) => insist(() => service.endGrant(id, { by: "ada" }));
    return { service, pay, give, end };
  }

  /** Plays with each fault at each of some calls of the driver. */
  async function everywhere(play: (within: Within, at: string) => Promise<void>): Promise<void> {
    for (const [at, fault] of faults(kind).entries()) {
      let calls = 0;
      const playWith = (after: number): Promise<void> =>
        play(async (work) => {
          const count = breakDriver(kind, { ...fault, after });
          try {
            return await work();
          } finally {
            calls = count.calls;
            vi.restoreAllMocks();
          }
        }, `${fault.name}, call ${after}`);
      await playWith(Infinity);
      const most = calls;
      const step = isThorough ? 1 : Math.ceil(most / SAMPLES);
      for (let after = isThorough ? 0 : at % step; after < most; after += step) {
        await playWith(after);
      }
    }
  }

  it("keeps a yes that is given, once", async () => {
    const { give, pay, end } = await open();
    await everywhere(async (within, at) => {
      const id = await give(within);
      expect([at, await pay(400)]).toEqual([at, "ran"]);
      await end(id);
    });
  }, 600_000);

  it("runs a call once that a yes lets run, and counts it once", async () => {
    const { service, give, pay, end } = await open();
    await everywhere(async (within, at) => {
      const id = await give();
      const how = await within(() => pay(400));
      const uses = (await service.grants()).find(({ grantId }) => grantId === id)?.uses ?? 0;
      expect({ at, how, uses }).toEqual({
        at,
        how,
        uses: how === "ran" ? 1 : expect.toSatisfy((count: number) => count <= 1),
      });
      await end(id);
    });
  }, 600_000);

  it("lets nothing run by a yes that was ended", async () => {
    const { give, pay, end } = await open();
    await everywhere(async (within, at) => {
      const id = await give();
      await within(() => end(id));
      expect([at, await pay(400)]).toEqual([at, "asked"]);
    });
  }, 600_000);
});
