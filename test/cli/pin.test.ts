import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { createPinCheck, createTerminalPinCheck, enrol, enrolmentOf } from "../../src/cli/pin.ts";
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

it("a PIN on a terminal is looked at five times, whatever commands ask for it", async () => {
  const state = await tempDirectory();
  enrol(state, "2468");
  let now = 1_000_000;
  const isRight = (pin: string): boolean => createTerminalPinCheck(state, { now: () => now })(pin);
  for (const wrong of ["1", "2", "3", "4", "5"]) expect(isRight(wrong)).toBe(false);
  expect(() => isRight("2468")).toThrow("wrong five times. Wait ten minutes");
  now += 10 * 60_000;
  expect(isRight("2468")).toBe(true);
  expect(isRight("1")).toBe(false);
  expect(statSync(join(state, "pin-wrong.json")).mode & 0o077).toBe(0);
});

it("a PIN that cannot be looked at is told so, and lets nobody through", async () => {
  const state = await tempDirectory();
  expect(enrolmentOf(state)).toBeUndefined();
  enrol(state, "2468");
  const before = enrolmentOf(state);
  enrol(state, "2468");
  expect([typeof before, enrolmentOf(state) === before]).toEqual(["string", false]);
  writeFileSync(join(state, "pin.json"), '{"version":');
  const isRight = createPinCheck(state);
  for (let wrong = 0; wrong < 7; wrong += 1) {
    expect(() => isRight("2468")).toThrow(
      /Nothing was done: .*pin\.json cannot be read.*holdpoint enrol/,
    );
  }
  expect(typeof enrolmentOf(state)).toBe("string");
});
