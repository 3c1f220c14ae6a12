import { expect, it } from "vitest";

import { createGatewaySite } from "../support/gateway-site.ts";
import { attackConfig, attackLedger } from "./ledger-attack.ts";
import { isThorough } from "../support/thorough.ts";

/** Calls in all, five a round: `HOLDPOINT_TEST_KILLS=1000` for many. */
const kills = Number(process.env["HOLDPOINT_TEST_KILLS"] ?? (isThorough ? 150 : 30));
const seed = Number(process.env["HOLDPOINT_TEST_SEED"] ?? 1);

it(
  `runs a call once and asks once, whoever is killed when (${kills} calls)`,
  async () => {
    const site = await createGatewaySite(attackConfig);
    expect(await attackLedger(site, { rounds: Math.ceil(kills / 5), seed })).toEqual([]);
    const audit = await site.holdpoint("audit");
    expect(audit).toMatchObject({ exitCode: 0 });
  },
  60_000 + kills * 10_000,
);
