import { describe, expect, it } from "vitest";

import { original, ours } from "./cross.ts";
import { inCallOrder, play, scenarios } from "./scenarios.ts";

describe("a run interrupted in @openai/agents and finished here", () => {
  it.each(Object.entries(scenarios))(
    "goes on as the original would: %s",
    async (name, { resultsInCallOrder }) => {
      const expected = await play(name, { starter: original, finisher: original });
      const actual = await play(name, { starter: original, finisher: ours });
      const align = resultsInCallOrder === true ? inCallOrder : (same: unknown): unknown => same;
      expect(align(actual)).toEqual(align(expected));
    },
  );
});
