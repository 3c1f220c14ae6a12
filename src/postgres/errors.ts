import { HoldpointError, type ErrorCode } from "../lib/errors.ts";

/** What PostgreSQL or the network says, and what it means to whoever runs the program. */
const advice: readonly { codes: RegExp; code: ErrorCode; text: string }[] = [
  {
    codes: /^28/,
    code: "store_unavailable",
    text: "it refuses this user or password. Check both in the URL",
  },
  {
    codes: /^3D000$/,
    code: "store_unavailable",
    text: "there is no such database. Create it, or name another in the URL",
  },
  {
    codes: /^42501$/,
    code: "store_unavailable",
    text: "this user may not do that in this database. Let its owner run holdpoint store migrate and grant the use of the schema",
  },
  {
    codes: /^(53100|53200)$/,
    code: "store_unavailable",
    text: "its disk or memory is full. Free some space, then try again",
  },
  {
    codes: /^53300$/,
    code: "store_unavailable",
    text: "it has no connection free. Allow more, or run fewer processes",
  },
  {
    codes: /^25006$/,
    code: "store_unavailable",
    text: "it is read-only, as a standby is. Name the primary in the URL",
  },
  {
    codes: /^40(001|P01)$/,
    code: "store_unavailable",
    text: "others were in the way each time that it was tried. Try again",
  },
  {
    codes: /^XX00[12]$/,
    code: "store_corrupt",
    text: "it reports damaged data. It was left as it is: restore a copy",
  },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN)$/,
    code: "store_unavailable",
    text: "its host is not known. Check the URL",
  },
];

const NO_ANSWER = "it does not answer. Check that it runs and that the URL is right";

/** The driver gives these no code. */
const LOST = /Connection terminated|timeout|not queryable|Client was closed|connection is closed/i;
// 57P0x: shut down; 08: connection; 53300: none free; 25006: a standby.
const LOST_CODES = /^(08|57P0|53300$|25006$|55P03$)|^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/;

/** Whether the same work may succeed on another connection, or a little later. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return LOST_CODES.test(code);
  return error instanceof Error && LOST.test(error.message);
}

/** Whether a statement was undone for another's sake, and may simply be tried again. */
export function isUndone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** Whether a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "23505";
}

/** SQLSTATE, or the system's name of what went wrong. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Several addresses of one host were tried.
  if (error instanceof AggregateError) return codeOf(error.errors[0]) ?? codeIn(error);
  return codeIn(error);
}

function codeIn(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What the environment did wrong as `HoldpointError`; a bug, and what is one already, as it is. */
export function toStoreError(error: unknown, location: string): unknown {
  if (error instanceof HoldpointError) return error;
  const code = codeOf(error) ?? "";
  const found = advice.find(({ codes }) => codes.test(code));
  // A database that says nothing at all has no error either.
  if (found === undefined && error !== undefined && !isLost(error)) return error;
  const { code: kind, text } = found ?? { code: "store_unavailable", text: NO_ANSWER };
  return new HoldpointError(kind, `Cannot use the store "${location}": ${text}`, { cause: error });
}

/** @returns the error of a store that was closed */
export function closedError(location: string): HoldpointError {
  return new HoldpointError(
    "store_unavailable",
    `Cannot use the store "${location}": it is closed. Open it again`,
  );
}
