import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import * as z from "zod";

import { approverLevels, type ApproverLevel } from "../engine/vocabulary.ts";
import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { writePrivately } from "../lib/private-files.ts";

/** How long a browser stays signed in. */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1_000;
/** How long a link works, once. */
const LINK_MS = 10 * 60 * 1_000;

const session = z.object({
  /** Goes with every request that changes something; other sites cannot read it. */
  csrfToken: z.string(),
  /** Milliseconds since 1970. */
  endsAt: z.number(),
  /** What a decision by this browser is worth. */
  level: z.enum(approverLevels),
  /** The PIN that was enrolled when its link was given, if one was: it was shown then. */
  enrolment: z.string().optional(),
});

/** A browser that was signed in. */
export type SignedIn = Readonly<z.infer<typeof session>>;

const kept = z.record(z.string(), session);

/** Signs browsers in by links that each work once, for ten minutes. */
export interface SignIn {
  /** The secret of a new link. */
  linkToken(level: ApproverLevel): string;
  /** Signs a browser in; `undefined` when the token is of no link that still works. */
  redeem(token: string): { cookie: string; session: SignedIn } | undefined;
  /** The session of a cookie, while it lasts. */
  find(cookie: string | undefined): SignedIn | undefined;
}

interface SignInMeans {
  clock: Clock;
  /** Where sessions are kept between starts, as hashes of their cookies. */
  file: string | undefined;
  enrolment: () => string | undefined;
  log: Log;
}

type Link = Pick<SignedIn, "level" | "enrolment"> & { endsAt: number };

export function createSignIn({ clock, file, enrolment, log }: SignInMeans): SignIn {
  /** By the hash of the cookie: comparing it tells nothing of the cookie itself. */
  const sessions = new Map<string, SignedIn>();
  const links = new Map<string, Link>();
  const load = (): void => {
    for (const [key, each] of file === undefined ? [] : readSessions(file)) sessions.set(key, each);
    forgetEnded(sessions, clock.now());
  };
  const keep = (): void => {
    if (file === undefined) return;
    try {
      writePrivately(file, JSON.stringify(Object.fromEntries(sessions)));
    } catch (error) {
      // The link is used up by now, and a full disk is no reason to keep a person out.
      log.warn(`inbox: browsers stay signed in until it ends, no longer: ${errorMessage(error)}`);
    }
  };
  return {
    linkToken(level) {
      forgetEnded(links, clock.now());
      const token = secret();
      links.set(sha256(token), { level, enrolment: enrolment(), endsAt: clock.now() + LINK_MS });
      return token;
    },
    redeem(token) {
      forgetEnded(links, clock.now());
      const link = links.get(sha256(token));
      if (link === undefined) return undefined;
      links.delete(sha256(token));
      const cookie = secret();
      const endsAt = clock.now() + SESSION_MS;
      const { level, enrolment: shown } = link;
      const signedIn = { csrfToken: secret(), endsAt, level, ...(shown && { enrolment: shown }) };
      load();
      sessions.set(sha256(cookie), signedIn);
      keep();
      return { cookie, session: signedIn };
    },
    find(cookie) {
      if (cookie === undefined) return undefined;
      const key = sha256(cookie);
      // Another server of this store may have signed it in.
      if (!sessions.has(key)) load();
      const found = sessions.get(key);
      if (found === undefined || found.endsAt > clock.now()) return found;
      sessions.delete(key);
      return undefined;
    },
  };
}

function forgetEnded(of: Map<string, { endsAt: number }>, now: number): void {
  for (const [key, { endsAt }] of of) if (endsAt <= now) of.delete(key);
}

function readSessions(file: string): [string, SignedIn][] {
  try {
    return Object.entries(kept.parse(JSON.parse(readFileSync(file, "utf8"))));
  } catch {
    return [];
  }
}

/** 256 bits, URL-safe. */
function secret(): string {
  return randomBytes(32).toString("base64url");
}
