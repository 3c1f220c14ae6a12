import { readFile } from "node:fs/promises";

import { ownFile } from "../lib/own-files.ts";
import type { Reply } from "./reply.ts";

const types = { js: "text/javascript", css: "text/css", html: "text/html" } as const;

const modules = [
  "api",
  "argument-leaf",
  "argument-tree",
  "conversation",
  "counts",
  "counts-plots",
  "decided-list",
  "decision-bar",
  "detail",
  "dom",
  "follow",
  "group-view",
  "letters",
  "long-text",
  "main",
  "outbox",
  "pending-list",
  "pin-field",
  "preview",
  "scope-picker",
  "shortcuts",
  "sort-button",
  "story",
  "sign-in",
  "trust",
];

/** What the page has from elsewhere. */
const shared = [
  "lib/cut-text",
  "lib/wrap-text",
  "runs/hold/presentation",
  "runs/hold/preview-lines",
  "runs/hold/typed-fact",
  "runs/hold/words",
  "runs/look-alikes",
  "runs/shown-text",
];

/** The files of the page, by where a browser asks for them; modules import each other so. */
const files: Readonly<Record<string, string>> = {
  "/": "web/page/inbox.html",
  "/sign-in": "web/page/sign-in.html",
  "/counts": "web/page/counts.html",
  "/web/page/page.css": "web/page/page.css",
  ...Object.fromEntries(
    [...shared, ...modules.map((name) => `web/page/${name}`)].map((name) => [
      `/${name}.js`,
      `${name}.js`,
    ]),
  ),
};

/** A file of the page; `undefined` when there is none of that name. They hold no secret. */
export async function pageFile(path: string): Promise<Reply | undefined> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file === undefined) return undefined;
  const ending = file.slice(file.lastIndexOf(".") + 1) as keyof typeof types;
  return { status: 200, type: types[ending], body: await readFile(ownFile(file)) };
}
