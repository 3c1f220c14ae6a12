import type { IncomingMessage } from "node:http";

import type { SignedIn } from "./sign-in.ts";

function policy(styles: string): string {
  return `default-src 'none'; script-src 'self'; style-src 'self'${styles}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`;
}

/** The policy of a page that has its style in it: that one, by its SHA-256, and no other. */
export function pagePolicy(style: string): string {
  return policy(` 'sha256-${style}'`);
}

/**
 * What every answer carries: nothing but the inbox's own files runs in the page, nobody frames
 * it, and nothing of it is kept.
 */
export const guardHeaders = {
  "cache-control": "no-store",
  "content-security-policy": policy(""),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Where a page is that was looked for by this machine's address, and not by its name. */
export function byAddress(
  { headers, method, url }: Pick<IncomingMessage, "headers" | "method" | "url">,
  authority: string,
): string | undefined {
  const port = authority.replace(/^.*:/, "");
  if (method !== "GET" || url?.startsWith("/") !== true) return undefined;
  const isHere = headers.host === `127.0.0.1:${port}` || headers.host === `[::1]:${port}`;
  return isHere ? `http://${authority}${url}` : undefined;
}

/**
 * Why a request may not be answered; `undefined` when it may. A name of another site that points
 * here has another Host, a page of another site another Origin.
 */
export function foreignRequest(
  { headers, method }: Pick<IncomingMessage, "headers" | "method">,
  authority: string,
): string | undefined {
  if (headers.host !== authority) return `Open the inbox as http://${authority}`;
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${authority}`) return "Another site asks";
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return "Another site asks";
  if (method !== "GET" && origin === undefined)
    return "The request does not say which page sent it";
  return undefined;
}

/**
 * Whether it is the one request that no page of ours makes: a file of this user's posts the secret
 * by which a browser signs in. Files have no origin; what lets it in is the secret.
 */
export function isFromFile(
  { headers, method, url }: Pick<IncomingMessage, "headers" | "method" | "url">,
  authority: string,
): boolean {
  if (method !== "POST" || url !== "/sign-in-by-file") return false;
  return headers.host === authority && (headers.origin ?? "null") === "null";
}

/** Whether a request that changes something comes from the page of this session. */
export function isFromPage(
  { headers }: Pick<IncomingMessage, "headers">,
  session: SignedIn,
): boolean {
  return headers["x-csrf-token"] === session.csrfToken;
}

/** The values of all cookies of one name: a browser may hold several, for different paths. */
export function cookiesOf({ headers }: Pick<IncomingMessage, "headers">, name: string): string[] {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
  return pairs.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
}
