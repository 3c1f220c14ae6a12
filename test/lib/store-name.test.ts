import { expect, it } from "vitest";

import { isSharedStore, isStorePath, parseStoreName } from "../../src/lib/store-name.ts";

it.each([
  { name: "memory", kind: "memory", isShared: false, isPath: false },
  { name: undefined, kind: "sqlite", isShared: true, isPath: true },
  { name: "./memory", kind: "sqlite", isShared: true, isPath: true },
  { name: "/var/postgres:/runs.db", kind: "sqlite", isShared: true, isPath: true },
  { name: "postgres://db.example/runs", kind: "postgres", isShared: true, isPath: false },
  { name: "PostgreSQL://db.example/runs", kind: "postgres", isShared: true, isPath: false },
])("tells the kind of the store $name", ({ name, kind, isShared, isPath }) => {
  expect(parseStoreName(name)).toMatchObject({ kind });
  expect(isSharedStore(name)).toBe(isShared);
  expect(isStorePath(name)).toBe(isPath);
});
