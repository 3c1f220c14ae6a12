import { randomBytes } from "node:crypto";

import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";

/** How long a browser stays signed in. */
const SESSION_MS = 24 * 60 * 60 * 1_000;

/** A browser that was signed in. */
export interface InboxSession {
  /** Goes with every request that changes something; other sites cannot read it. */
  readonly csrfToken: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

/** Signs browsers in by links that each work once. All of it ends with the process. */
export interface SignIn {
  /** The secret of the link that works now. */
  linkToken(): string;
  /** Signs a browser in, and makes the next link; `undefined` when the token is not the link's. */
  redeem(token: string): { cookie: string; session: InboxSession } | undefined;
  /** The session of a cookie, while it lasts. */
  find(cookie: string | undefined): InboxSession | undefined;
}

export function createSignIn(clock: Clock): SignIn {
  /** By the hash of the cookie: comparing it tells nothing of the cookie itself. */
  const sessions = new Map<string, InboxSession>();
  let link = secret();
  return {
    linkToken: () => link,
    redeem(token) {
      if (sha256(token) !== sha256(link)) return undefined;
      link = secret();
      const cookie = secret();
      const session = { csrfToken: secret(), endsAt: clock.now() + SESSION_MS };
      sessions.set(sha256(cookie), session);
      return { cookie, session };
    },
    find(cookie) {
      if (cookie === undefined) return undefined;
      const key = sha256(cookie);
      const session = sessions.get(key);
      if (session === undefined || session.endsAt > clock.now()) return session;
      sessions.delete(key);
      return undefined;
    },
  };
}

/** 256 bits, URL-safe. */
function secret(): string {
  return randomBytes(32).toString("base64url");
}
