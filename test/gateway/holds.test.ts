import { expect, it } from "vitest";

import { holdMsOf, hostPatience } from "../../src/gateway/holds.ts";

it("a call is held for as long as its host is known to wait, and less for who is not known", () => {
  expect(holdMsOf("claude-code", {})).toBe(110_000);
  expect(holdMsOf("cursor", {})).toBe(45_000);
  expect(holdMsOf("constructor", { byClient: {} })).toBe(45_000);
});

it("what the configuration says of a client counts more, and --hold most", () => {
  const byClient = { "claude-code": 20, codex: 90 };
  expect(holdMsOf("claude-code", { byClient })).toBe(20_000);
  expect(holdMsOf("codex", { byClient })).toBe(90_000);
  expect(holdMsOf("codex", { byClient, seconds: 5 })).toBe(5_000);
});

it("of each host in the table it is said how that is known, and since when", () => {
  for (const { source, date } of hostPatience) {
    expect(source).not.toBe("");
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
});
