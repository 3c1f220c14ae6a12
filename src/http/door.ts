import type { IncomingMessage } from "node:http";

import { sha256Hex } from "../lib/digest.ts";
import { cookiesOf } from "./guard.ts";
import { jsonReply, problemReply, readBody, type Reply } from "./reply.ts";
import { SESSION_MS, type SignedIn, type SignIn } from "./sign-in.ts";

/** Where browsers come in: by a link once, by their cookie from then on. */
export interface Door {
  readonly signIn: SignIn;
  /** Empty until the port of the inbox is known. */
  cookieName: string;
  /** Told that a link was used. */
  readonly onSignIn: (() => void) | undefined;
}

/**
 * Cookies do not tell ports apart: two inboxes must not sign each other's browsers out. Those of
 * one store share who is signed in, over starts and ports.
 */
export function cookieNameOf(sessionsFile: string | undefined, port: number): string {
  return `holdpoint_${sessionsFile === undefined ? port : sha256Hex(sessionsFile).slice(0, 12)}`;
}

/** Who asks, where they are signed in. */
export function sessionOf(
  { signIn, cookieName }: Door,
  request: IncomingMessage,
): SignedIn | undefined {
  // Other services of this host can set cookies of our name: theirs must not stand before ours.
  const [session] = cookiesOf(request, cookieName).flatMap((each) => signIn.find(each) ?? []);
  return session;
}

/** From the page that a link opens. */
export async function redeem(door: Door, request: IncomingMessage): Promise<Reply> {
  const headers = redeemed(door, await readBody(request));
  return headers === undefined ? usedLink : jsonReply(200, {}, headers);
}

/** From the file that this process wrote for the user's browser: it knows the secret. */
export async function redeemForm(door: Door, request: IncomingMessage): Promise<Reply> {
  const token = new URLSearchParams(await readBody(request)).get("token") ?? "";
  const headers = redeemed(door, token);
  if (headers === undefined) return usedLink;
  return { status: 200, type: "text/html", body: GO_ON, headers };
}

/** @returns what keeps the browser signed in; `undefined` when no link that works has the token */
function redeemed(
  { signIn, cookieName, onSignIn }: Door,
  token: string,
): Record<string, string> | undefined {
  const signedIn = signIn.redeem(token);
  if (signedIn === undefined) return undefined;
  onSignIn?.();
  const lasts = `Max-Age=${SESSION_MS / 1_000}`;
  const cookie = `${cookieName}=${signedIn.cookie}; HttpOnly; SameSite=Strict; Path=/; ${lasts}`;
  return { "set-cookie": cookie };
}

/** Goes on from here: a redirect would arrive as if the file had asked, which is another site. */
const GO_ON =
  '<!doctype html><meta charset="utf-8"><title>Holdpoint</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Open the inbox</a>';

const usedLink = problemReply(401, {
  code: "link_used",
  message:
    "This link was used already, or is older than ten minutes. holdpoint inbox on a terminal gives the next one",
});
