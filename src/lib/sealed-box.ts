import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Opens what was sealed for it; its private key is nowhere else, and goes with the process. */
export interface SealedBox {
  /** The public key: 32 bytes of X25519 as base64url. */
  readonly key: string;
  /** @throws Error where it was not sealed for this box, or was changed */
  open(sealed: string): string;
}

export function createSealedBox(): SealedBox {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const key = rawOf(publicKey);
  return {
    key,
    open(sealed) {
      const [theirs = "", body = ""] = sealed.split(".");
      const secret = secretOf({ privateKey, publicKey: keyOf(theirs) }, `${theirs}.${key}`);
      const bytes = Buffer.from(body, "base64url");
      const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    },
  };
}

/** Seals a text so that only the box of this key opens it (X25519, HKDF-SHA256, AES-256-GCM). */
export function sealFor(key: string, text: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const ours = rawOf(publicKey);
  const secret = secretOf({ privateKey, publicKey: keyOf(key) }, `${ours}.${key}`);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const body = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  return `${ours}.${body}`;
}

function secretOf(keys: { privateKey: KeyObject; publicKey: KeyObject }, about: string): Buffer {
  const shared = diffieHellman(keys);
  return Buffer.from(hkdfSync("sha256", shared, Buffer.alloc(0), `holdpoint sealed ${about}`, 32));
}

function keyOf(raw: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "X25519", x: raw }, format: "jwk" });
}

function rawOf(key: KeyObject): string {
  const { x = "" } = key.export({ format: "jwk" });
  return x;
}
