import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { modelNamePrefix, toModelName } from "../../src/policy/tool-name.ts";

describe("the name of a borrowed tool", () => {
  it.each([
    ["filesystem", "read_file", "filesystem__read_file"],
    ["my-server", "get-sum", "my-server__get-sum"],
  ])("of %s and %s is %s", (server, tool, name) => {
    expect(toModelName(server, tool)).toBe(name);
  });

  it.each([
    ["a__b", "c"],
    ["a", "b__c"],
    ["a_", "b"],
    ["my server", "read"],
    ["a", "lire.été"],
    ["a".repeat(60), "b"],
    ["a", "b".repeat(70)],
  ])("of %s and %s has a hash", (server, tool) => {
    expect(toModelName(server, tool)).toMatch(/_[0-9a-f]{8}$/);
  });

  it("is one that model APIs take, begins as its server does, and is no other's", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "_", "-", ".", " ", "é"),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, text, text, text, (server, tool, server2, tool2) => {
        const name = toModelName(server, tool);
        expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(name.startsWith(modelNamePrefix(server))).toBe(true);
        const isSame = server === server2 && tool === tool2;
        expect(toModelName(server2, tool2) === name).toBe(isSame);
      }),
    );
  });
});
