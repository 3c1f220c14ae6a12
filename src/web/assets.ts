import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { ownFile } from "../lib/own-files.ts";
import { unicodeEscape } from "../lib/unicode-escape.ts";
import { pagePolicy } from "./guard.ts";
import type { Reply } from "./reply.ts";

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
 */
export async function pageReply(path: string, first?: unknown): Promise<Reply> {
  const [html, css] = await Promise.all(
    [`${pages[path]}.html`, "page.css"].map((name) =>
      readFile(ownFile(`web/page/${name}`), "utf8"),
    ),
  );
  // As data, which nothing runs; without the sign that could end it, and what shows as nothing.
  const data = JSON.stringify(first ?? null).replaceAll(
    /[<\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    unicodeEscape,
  );
  const body = (html ?? "")
    .replace(STYLE, () => `<style>${css}</style>`)
    .replace(FIRST, () => FIRST + data);
  const hash = createHash("sha256")
    .update(css ?? "")
    .digest("base64");
  const headers = { "content-security-policy": pagePolicy(hash) };
  return { status: 200, type: "text/html", body, headers };
}
