import { randomBytes } from "node:crypto";

export type RunId = string & { readonly brand: "RunId" };
export type ApprovalId = string & { readonly brand: "ApprovalId" };

/** Random, 128 bit, URL-safe, with a prefix that says what it names. */
function randomId(prefix: string): string {
  return `${prefix}_${randomPart().toString("base64url")}`;
}

const ID_BYTES = 16;
/** What is not used yet: asking the system for each costs as much as a step of a run. */
let ahead = Buffer.alloc(0);

function randomPart(): Buffer {
  if (ahead.length < ID_BYTES) ahead = randomBytes(64 * ID_BYTES);
  const part = ahead.subarray(0, ID_BYTES);
  ahead = ahead.subarray(ID_BYTES);
  return part;
}

/**
 * Milliseconds since 1970 in 48 bit, then 80 random ones, as in UUIDs of version 7: runs of one time
 * lie beside each other in the index of a store, so that one page takes the entries of many.
 */
export function createRunId(): RunId {
  const bytes = randomPart();
  bytes.writeUIntBE(Date.now(), 0, 6);
  return `run_${bytes.toString("base64url")}` as RunId;
}

export function createGrantId(): string {
  return randomId("grt");
}

export function createApprovalId(): ApprovalId {
  return randomId("apr") as ApprovalId;
}

/** Names one process, or one library caller, as the owner of claims. */
export function createOwnerId(): string {
  return randomId("own");
}
