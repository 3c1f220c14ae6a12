import { expect, it } from "vitest";

import { createPinCheck, enrol } from "../../src/cli/pin.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

it("a PIN over a connection is looked at five times, and again after ten minutes", async () => {
  const state = await tempDirectory();
  enrol(state, "2468");
  let now = 0;
  const isRight = createPinCheck(state, { now: () => now });
  expect(isRight("2468")).toBe(true);
  for (const wrong of ["1", "2", "3", "4", "5"]) expect(isRight(wrong)).toBe(false);
  expect(() => isRight("2468")).toThrow("wrong five times");
  now += 10 * 60_000;
  expect(isRight("2468")).toBe(true);
});
