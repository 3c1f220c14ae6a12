import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { playScript } from "../support/plays/arbitrary.ts";
import {
  checkStopAndResume,
  never,
  playOn,
  playThrough,
  playUntil,
  toText,
} from "../support/plays/check.ts";
import { compare } from "../support/plays/compare.ts";
import { faults } from "../support/plays/faults.ts";
import { playOnElsewhere } from "../support/plays/fresh-process.ts";
import { fullScript } from "../support/plays/full-script.ts";
import { isThorough, sample } from "../support/thorough.ts";

const seed = 20_260_101;
const scripts = isThorough ? 500 : 50;

describe("stop and resume anywhere", () => {
  it(`ends in the same way wherever it is stopped (${scripts} scripts, seed ${seed})`, async () => {
    let stops = 0;
    const property = fc.asyncProperty(playScript, async (script) => {
      stops += await checkStopAndResume(script);
    });
    await fc.assert(property, { seed, numRuns: scripts });
    expect(stops).toBeGreaterThan(20 * scripts);
  }, 300_000);

  it("ends in the same way when the process really dies, at every entry", async () => {
    const reference = await playThrough(fullScript);
    const { outcomes } = reference;
    const whole = await playUntil(fullScript, { stop: never, outcomes });
    const deaths = sample([...whole.lines.keys()], 3);
    for (const after of deaths.map((index) => index + 1)) {
      for (const at of ["written", "attempted"] as const) {
        const { lines, world } = await playUntil(fullScript, { stop: { after, at }, outcomes });
        const state = await playOn(fullScript, { lines, world, outcomes });
        compare({ state, world }, reference);
      }
    }
    expect(whole.lines.length).toBeGreaterThan(60);
  });

  it("ends in the same way in a process of its own", async () => {
    const reference = await playThrough(fullScript);
    const { outcomes } = reference;
    const { lines } = await playUntil(fullScript, { stop: never, outcomes });
    const stop = { after: Math.floor(lines.length / 2), at: "attempted" } as const;
    const life = await playUntil(fullScript, { stop, outcomes });
    const order = { script: fullScript, text: toText(life.lines), outcomes: [...outcomes] };
    const state = await playOnElsewhere(order, life.world);
    compare({ state, world: life.world }, reference);
    expect(state.live.size).toBe(0);
  });

  describe("is seen to fail when the runner", () => {
    const samples = fc.sample(playScript, { seed, numRuns: isThorough ? 40 : 20 });

    it.each(Object.entries(faults))("%s", async (_name, fault) => {
      const failures = [];
      for (const script of samples) {
        try {
          await checkStopAndResume(script, fault);
        } catch (error) {
          failures.push(error);
          break;
        }
      }
      expect(failures).toHaveLength(1);
    });
  });
});
