import { expect, it } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import { isBusy, isConstraint, toStoreError } from "../../src/sqlite/errors.ts";

const path = "/state/holdpoint.db";

it.each([
  { errcode: 3, name: "SQLITE_PERM", code: "store_unavailable", text: "access" },
  { errcode: 5, name: "SQLITE_BUSY", code: "store_unavailable", text: "busy" },
  { errcode: 261, name: "SQLITE_BUSY_RECOVERY", code: "store_unavailable", text: "busy" },
  { errcode: 517, name: "SQLITE_BUSY_SNAPSHOT", code: "store_unavailable", text: "busy" },
  { errcode: 8, name: "SQLITE_READONLY", code: "store_unavailable", text: "read-only" },
  { errcode: 1032, name: "SQLITE_READONLY_DBMOVED", code: "store_unavailable", text: "read-only" },
  { errcode: 10, name: "SQLITE_IOERR", code: "store_unavailable", text: "disk" },
  { errcode: 778, name: "SQLITE_IOERR_WRITE", code: "store_unavailable", text: "disk" },
  { errcode: 11, name: "SQLITE_CORRUPT", code: "store_corrupt", text: "damaged" },
  { errcode: 13, name: "SQLITE_FULL", code: "store_unavailable", text: "full" },
  { errcode: 14, name: "SQLITE_CANTOPEN", code: "store_unavailable", text: "opened" },
  { errcode: 15, name: "SQLITE_PROTOCOL", code: "store_unavailable", text: "locks" },
  { errcode: 26, name: "SQLITE_NOTADB", code: "store_corrupt", text: "not an SQLite database" },
])("makes $name a $code that names the file", ({ errcode, code, text }) => {
  const cause = sqliteError(errcode);
  const error = toStoreError(cause, path);
  expect(error).toBeInstanceOf(HoldpointError);
  expect(error).toMatchObject({ code, cause });
  expect(String(error)).toContain(path);
  expect(String(error)).toContain(text);
});

it.each([
  { what: "a bug in a statement", error: sqliteError(1) },
  { what: "a broken constraint", error: sqliteError(2067) },
  { what: "another error", error: new TypeError("text") },
  { what: "what is no error", error: "text" },
])("leaves $what as it is", ({ error }) => {
  expect(toStoreError(error, path)).toBe(error);
});

it("tells busy files and broken constraints from the rest", () => {
  const codes = [1, 5, 15, 19, 261, 517, 1555, 2067];
  const having = (test: (error: unknown) => boolean): number[] =>
    codes.filter((errcode) => test(sqliteError(errcode)));
  expect(having(isBusy)).toEqual([5, 15, 261, 517]);
  expect(having(isConstraint)).toEqual([19, 1555, 2067]);
});

/** As `node:sqlite` throws it. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error("text"), { code: "ERR_SQLITE_ERROR", errcode });
}
