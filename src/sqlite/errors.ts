import { HoldpointError, type ErrorCode, errorCode } from "../lib/errors.ts";
import { TAKEN_OVER } from "./guard-text.ts";

// https://sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_PROTOCOL = 15;
const SQLITE_CONSTRAINT = 19;

/** What a primary result code means to whoever runs the program, and what to do about it. */
const advice = new Map<number, { code: ErrorCode; text: string }>([
  [3, unavailable("this user may not use it. Give the user access to the file and its directory")],
  [SQLITE_BUSY, unavailable("another process keeps it busy. Try again, or end that process")],
  [8, unavailable("it is read-only. Let this user write to the file and its directory")],
  [10, unavailable("the disk reported an error. Check the disk, then try again")],
  [11, corrupt("it is damaged. It was left as it is: restore a copy, or move it away")],
  [13, unavailable("the disk is full. Free some space, then try again")],
  [14, unavailable("it cannot be opened. Check that it is a file that this user may write to")],
  [SQLITE_PROTOCOL, unavailable("its locks do not work. Keep it on a disk of this machine")],
  [26, corrupt("it is not an SQLite database. It was left as it is: move it away, or use another")],
]);

/** A later version of this program has changed the schema, and left a guard against us. */
const takenOver: { code: ErrorCode; text: string } = {
  code: "state_incompatible",
  text: TAKEN_OVER,
};

const closed = unavailable("it is closed. Open it again");

function unavailable(text: string): { code: ErrorCode; text: string } {
  return { code: "store_unavailable", text };
}

function corrupt(text: string): { code: ErrorCode; text: string } {
  return { code: "store_corrupt", text };
}

/** Whether the same work may succeed once another process lets go of the file. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE_BUSY || code === SQLITE_PROTOCOL;
}

/** Whether a unique index or a primary key refused a row. */
export function isConstraint(error: unknown): boolean {
  return primaryCode(error) === SQLITE_CONSTRAINT;
}

/** What the environment did wrong as `HoldpointError`; a bug, and what is one already, as it is. */
export function toStoreError(error: unknown, path: string): unknown {
  const found = findAdvice(error);
  if (found === undefined) return error;
  return new HoldpointError(found.code, `Cannot use the store "${path}": ${found.text}`, {
    cause: error,
  });
}

function findAdvice(error: unknown): { code: ErrorCode; text: string } | undefined {
  if (isClosed(error)) return closed;
  if (error instanceof Error && error.message.includes(TAKEN_OVER)) return takenOver;
  return advice.get(primaryCode(error) ?? 0);
}

/** Whether `node:sqlite` refused to work on a connection that was closed. */
function isClosed(error: unknown): boolean {
  return errorCode(error) === "ERR_INVALID_STATE";
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  // The low byte: SQLITE_BUSY_RECOVERY is SQLITE_BUSY to us.
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
