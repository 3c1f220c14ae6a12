import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

const text = readFileSync(join(import.meta.dirname, "../SECURITY.md"), "utf8");

it("every promise of SECURITY.md names tests that are there", () => {
  const promises =
    text
      .split("## What is not a boundary")[0]
      ?.split(/\n\n(?=\*\*)/)
      .slice(1) ?? [];
  expect(promises.length).toBeGreaterThan(8);
  const bare = promises.filter((promise) => !/`[\w./-]+\.test\.ts`/.test(promise));
  expect(bare).toEqual([]);
  const files = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = ""]) => file);
  expect(files.filter((file) => !existsSync(join(import.meta.dirname, file)))).toEqual([]);
});

it("every test that it calls by name is there by that name", () => {
  const flat = text.replaceAll(/\s+/g, " ");
  const named = [...flat.matchAll(/`([\w./-]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)];
  expect(named.length).toBeGreaterThan(3);
  const missing = named.flatMap(([, file = "", names = ""]) => {
    const source = readFileSync(join(import.meta.dirname, file), "utf8");
    return [...names.matchAll(/"([^"]+)"/g)].flatMap(([, name = ""]) =>
      source.includes(`"${name}"`) ? [] : [`${file}: ${name}`],
    );
  });
  expect(missing).toEqual([]);
});
