import { randomBytes } from "node:crypto";

export type RunId = string & { readonly brand: "RunId" };
export type ApprovalId = string & { readonly brand: "ApprovalId" };

/** Random, 128 bit, URL-safe, with a prefix that says what it names. */
function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString("base64url")}`;
}

export function createRunId(): RunId {
  return randomId("run") as RunId;
}

export function createApprovalId(): ApprovalId {
  return randomId("apr") as ApprovalId;
}

/** Names one process, or one library caller, as the owner of claims. */
export function createOwnerId(): string {
  return randomId("own");
}
