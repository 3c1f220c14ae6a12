import { expect, it } from "vitest";

import { progressText } from "../../src/downstream/told-progress.ts";
import { canaries } from "../support/canaries.ts";

const redact = (text: string): string => text.replaceAll(canaries.env, "[secret]");

it("says how far a call is, with the server's words where it has some", () => {
  const told = { progress: 3, total: 10, message: "copies" };
  expect(progressText("move", told, redact)).toBe("move: copies (3 of 10)");
  expect(progressText("move", { progress: 3 }, redact)).toBe("move: 3");
});

it("keeps no part of a secret that stands where it is cut", () => {
  const message = `${"x".repeat(280)} ${canaries.env}`;
  const said = progressText("move", { progress: 1, message }, redact);
  expect(said).not.toContain(canaries.env.slice(0, 6));
  expect(said.length).toBeLessThanOrEqual(300);
});
