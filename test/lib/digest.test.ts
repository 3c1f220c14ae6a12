import { expect, it } from "vitest";

import { toSealKey } from "../../src/lib/digest.ts";

it("macs are HMAC-SHA-256, as the first case of RFC 4231 has it", () => {
  const mac = toSealKey(Buffer.alloc(20, 0x0b)).macOf("Hi There");
  expect(Buffer.from(mac, "base64url").toString("hex")).toBe(
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  );
});
