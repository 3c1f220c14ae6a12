import { setImmediate as nextTurn } from "node:timers/promises";

import { expect, it } from "vitest";

import { createPace } from "../../src/mcp/pace.ts";

it("lets a few through in a turn of the event loop, in the order they came", async () => {
  const takeTurn = createPace(2);
  const begun: number[] = [];
  const all = [0, 1, 2, 3, 4].map(async (call) => {
    await takeTurn();
    begun.push(call);
  });
  const seen: number[] = [];
  while (begun.length < all.length) {
    await nextTurn();
    seen.push(begun.length);
  }
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  // What came between two turns was not behind all of them.
  expect(seen).toEqual([2, 4, 5]);
});

it("begins anew once nobody waited", async () => {
  const takeTurn = createPace(1);
  await takeTurn();
  await Promise.all([takeTurn(), takeTurn()]);
});
