import { expect, it } from "vitest";

import { strikeSecrets } from "../../src/lib/strike-secrets.ts";

it.each([
  ["password = hunter222", "password = [redacted]"],
  ['  "api_key": "abcdef123",', '  "api_key": "[redacted]",'],
  ["export GITHUB_TOKEN=abcdef123", "export GITHUB_TOKEN=[redacted]"],
  [`use ${"ghp" + "_"}abcdefghijklmnop now`, "use [redacted] now"],
  ["A".repeat(64), "[redacted]"],
])("strikes the secret of %j", (line, struck) => {
  expect(strikeSecrets(line)).toBe(struck);
});

it.each(["author: Jane Smith", "the password must be long", "const token = next();", "a/b/c.ts"])(
  "leaves %j as it is",
  (line) => {
    expect(strikeSecrets(line)).toBe(line);
  },
);
