import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { pagePolicy } from "../http/guard.ts";
import type { Reply } from "../http/reply.ts";
import { ownFile } from "../lib/own-files.ts";
import { unicodeEscape } from "../lib/unicode-escape.ts";

/** The pages, by where a browser asks for them. Each has one script, which a bundle made. */
const pages: Readonly<Record<string, string>> = {
  "/": "inbox",
  "/sign-in": "sign-in",
  "/counts": "counts",
};
const scripts: readonly string[] = ["main", "sign-in", "counts"].map(
  (name) => `/web/page/${name}.js`,
);

const STYLE = '<link rel="stylesheet" href="/web/page/page.css" />';
const FIRST = '<script id="first" type="application/json">';

/** A file of the page; `undefined` when there is none of that name. They hold no secret. */
export async function pageFile(path: string): Promise<Reply | undefined> {
  if (Object.hasOwn(pages, path)) return pageReply(path);
  if (!scripts.includes(path)) return undefined;
  return { status: 200, type: "text/javascript", body: await readFile(ownFile(path.slice(1))) };
}

/**
 * A page with its style in it, and with what its script shows first: a browser asks for nothing
 * else before it paints.
 *
 * @param first is only asked for once the page is on its way, so that it waits for nothing
 */
export async function pageReply(path: string, first?: () => Promise<unknown>): Promise<Reply> {
  const [html, css] = await Promise.all(
    [`${pages[path]}.html`, "page.css"].map((name) =>
      readFile(ownFile(`web/page/${name}`), "utf8"),
    ),
  );
  const body = (html ?? "").replace(STYLE, () => `<style>${css}</style>`);
  const hash = createHash("sha256")
    .update(css ?? "")
    .digest("base64");
  const headers = { "content-security-policy": pagePolicy(hash) };
  const reply: Reply = { status: 200, type: "text/html", body, headers };
  if (first === undefined) return reply;
  const [before = "", after = ""] = body.split(FIRST);
  return { ...reply, body: before, rest: async () => FIRST + asData(await first()) + after };
}

/** As data, which nothing runs; without the sign that could end it, and what shows as nothing. */
function asData(value: unknown): string {
  return JSON.stringify(value ?? null).replaceAll(/[<\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, unicodeEscape);
}
