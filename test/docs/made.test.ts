import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { expect, it } from "vitest";

import { madePages, withMadePart } from "./made.ts";

it.each(madePages.map((file) => [basename(file), file]))(
  "%s has what the code says",
  (_name, file) => {
    expect(readFileSync(file, "utf8"), "node test/docs/made.ts writes it").toBe(withMadePart(file));
  },
);
