import { createHash, hash } from "node:crypto";

/** SHA-256 of a text's UTF-8 bytes, as 43 characters of base64url. */
export function sha256(text: string): string {
  return hash("sha256", text, "base64url");
}

/** SHA-256 of a text's UTF-8 bytes in hexadecimal, for showing to people. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
