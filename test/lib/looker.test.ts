import { expect, it } from "vitest";

import { createLooker } from "../../src/lib/looker.ts";

it("looks once more for all that is asked for during a look, and not at the same time", async () => {
  const seen: number[] = [];
  let news = 1;
  const gates = [1, 2].map(() => Promise.withResolvers<void>());
  const done = Promise.withResolvers<void>();
  const look = createLooker(async () => {
    seen.push(news);
    await gates[seen.length - 1]?.promise;
    if (seen.length === 2) done.resolve();
  });
  look();
  news = 2;
  look();
  look();
  expect(seen).toEqual([1]);
  gates[0]?.resolve();
  gates[1]?.resolve();
  await done.promise;
  expect(seen).toEqual([1, 2]);
  await Promise.resolve();
  news = 3;
  look();
  expect(seen).toEqual([1, 2, 3]);
});
