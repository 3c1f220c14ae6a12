import { expect, it } from "vitest";

import { nearest } from "../../src/lib/nearest.ts";

const verbs = ["serve", "approve", "approvals", "reject", "runs", "run", "inbox", "init"];

it.each([
  ["aprove", "approve"],
  ["approval", "approvals"],
  ["rejcet", "reject"],
  ["inbx", "inbox"],
  ["Serve", "serve"],
  ["frobnicate", undefined],
  ["", undefined],
])("%j was probably meant to be %j", (word, meant) => {
  expect(nearest(word, verbs)).toBe(meant);
});
