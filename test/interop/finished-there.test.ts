import { describe, expect, it } from "vitest";

import { original, ours } from "./cross.ts";
import { inCallOrder, play, scenarios } from "./scenarios.ts";

describe("a run interrupted here and finished in @openai/agents", () => {
  it.each(Object.keys(scenarios))("goes on as one of its own: %s", async (name) => {
    const expected = await play(name, { starter: original, finisher: original });
    const actual = await play(name, { starter: ours, finisher: original });
    expect(inCallOrder(actual)).toEqual(inCallOrder(expected));
  });
});
