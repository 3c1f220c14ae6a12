import { createHmac } from "node:crypto";

import fc from "fast-check";
import { expect, it } from "vitest";

import { toSealKey } from "../../src/lib/digest.ts";

it("macs are those that the library makes", () => {
  const secrets = fc.uint8Array({ minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(secrets, fc.string({ unit: "binary" }), (bytes, text) => {
      const secret = Buffer.from(bytes);
      const expected = createHmac("sha256", secret).update(text).digest("base64url");
      expect(toSealKey(secret).macOf(text)).toBe(expected);
    }),
  );
});
