import { expect, it } from "vitest";

import { createLooker } from "../../src/lib/looker.ts";

it("looks once more for all that is asked for during a look, and not at the same time", async () => {
  const seen: number[] = [];
  let news = 1;
  const gates = [1, 2].map(() => Promise.withResolvers<void>());
  const { look, idle } = createLooker(async () => {
    seen.push(news);
    await gates[seen.length - 1]?.promise;
  });
  look();
  news = 2;
  look();
  look();
  expect(seen).toEqual([1]);
  gates[0]?.resolve();
  gates[1]?.resolve();
  await idle();
  expect(seen).toEqual([1, 2]);
  news = 3;
  look();
  expect(seen).toEqual([1, 2, 3]);
});
