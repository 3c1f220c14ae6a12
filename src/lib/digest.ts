import { createHash, createHmac, createSecretKey, hash } from "node:crypto";

/** SHA-256 of a text's UTF-8 bytes, as 43 characters of base64url. */
export function sha256(text: string): string {
  return hash("sha256", text, "base64url");
}

/** SHA-256 of a text's UTF-8 bytes in hexadecimal, for showing to people. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** 32 random bytes, which nothing shows. */
export interface SealKey {
  /** What they are called. */
  readonly id: string;
  /** HMAC-SHA-256 of the UTF-8 bytes of a text; 43 characters of base64url. */
  macOf(text: string): string;
}

export function toSealKey(secret: Buffer): SealKey {
  // Made once: of bytes the library makes one for each mac, which takes longer than the mac.
  const key = createSecretKey(secret);
  return {
    id: sha256(`key ${secret.toString("hex")}`).slice(0, 16),
    macOf: (text) => createHmac("sha256", key).update(text).digest("base64url"),
  };
}
