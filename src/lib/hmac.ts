import { hash } from "node:crypto";

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 (RFC 2104) of the UTF-8 bytes of texts, as 43 characters of base64url. Made of two
 * digests: `createHmac` makes an object for each text, which takes several times as long.
 *
 * @param secret at most 64 bytes
 */
export function createHmacSha256(secret: Buffer): (text: string) => string {
  const inner = padWith(secret, 0x36);
  const outer = padWith(secret, 0x5c);
  return (text) => {
    const digest = hash("sha256", Buffer.concat([inner, Buffer.from(text)]), "buffer");
    return hash("sha256", Buffer.concat([outer, digest]), "base64url");
  };
}

function padWith(secret: Buffer, byte: number): Buffer {
  const pad = Buffer.alloc(BLOCK_BYTES, byte);
  for (const [index, value] of secret.entries()) pad[index] = value ^ byte;
  return pad;
}
