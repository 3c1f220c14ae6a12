import { sha256 } from "./digest.ts";
import { createHmacSha256 } from "./hmac.ts";

/** 32 random bytes, which nothing shows. */
export interface SealKey {
  /** What they are called. */
  readonly id: string;
  /** HMAC-SHA-256 with them; 43 characters of base64url. */
  macOf(text: string): string;
}

export function toSealKey(secret: Buffer): SealKey {
  const id = sha256(`key ${secret.toString("hex")}`).slice(0, 16);
  return { id, macOf: createHmacSha256(secret) };
}
