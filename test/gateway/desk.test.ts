import { expect, it } from "vitest";

import { createDesk } from "../../src/gateway/desk.ts";
import type { RunService } from "../../src/runs/run-service.ts";

const log = { info: () => undefined, warn: () => undefined };

it("says that a store takes nothing that was opened, and when it does again", async () => {
  let full: string | undefined = "the disk is full";
  const service = { problem: () => full } as RunService;
  const desk = createDesk(async () => service, log);
  expect(desk.problem()).toBeUndefined();
  await desk.desk();
  expect(desk.problem()).toBe("the disk is full");
  full = undefined;
  expect(desk.problem()).toBeUndefined();
});

it("says why a store cannot be opened", async () => {
  const desk = createDesk(async () => {
    throw new Error("it is no database");
  }, log);
  await expect(desk.desk()).rejects.toThrow("it is no database");
  expect(desk.problem()).toBe("it is no database");
});
