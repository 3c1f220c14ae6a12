import { createHash, hash } from "node:crypto";

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
  /** HMAC-SHA-256 (RFC 2104) of the UTF-8 bytes of a text; 43 characters of base64url. */
  macOf(text: string): string;
}

const BLOCK_BYTES = 64;

/**
 * Its macs are made of two digests: `createHmac` makes an object for each, which takes several times as
 * long.
 *
 * @param secret at most 64 bytes
 */
export function toSealKey(secret: Buffer): SealKey {
  const [inner, outer] = [0x36, 0x5c].map((byte) => {
    const pad = Buffer.alloc(BLOCK_BYTES, byte);
    for (const [index, value] of secret.entries()) pad[index] = value ^ byte;
    return pad;
  }) as [Buffer, Buffer];
  return {
    id: sha256(`key ${secret.toString("hex")}`).slice(0, 16),
    macOf(text) {
      const digest = hash("sha256", Buffer.concat([inner, Buffer.from(text)]), "buffer");
      return hash("sha256", Buffer.concat([outer, digest]), "base64url");
    },
  };
}
