import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { expect, it } from "vitest";

import { DEFAULT_MODEL } from "../../src/agents/model-defaults.ts";
import { madePages, withMadePart } from "./made.ts";

it.each(madePages.map((file) => [basename(file), file]))(
  "%s has what the code says",
  (_name, file) => {
    expect(readFileSync(file, "utf8"), "node test/docs/made.ts writes it").toBe(withMadePart(file));
  },
);

it("configuration.md names the model that is called where nobody names one", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
  expect(page).toContain(`else \`${DEFAULT_MODEL}\`, where there is`);
});
