import { HoldpointError } from "./errors.ts";

/** A row as a database's driver gives it. */
export type Row = Record<string, null | number | bigint | string | Uint8Array>;

/** @throws HoldpointError `store_corrupt` when the column does not hold a text. */
export function parseText(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : misread(column);
}

/** @throws HoldpointError `store_corrupt` when the column does not hold a number. */
export function parseNumber(row: Row, column: string): number {
  const value = row[column];
  return typeof value === "number" ? value : misread(column);
}

/** @throws HoldpointError `store_corrupt` when the column holds none of these texts. */
export function parseOneOf<T extends string>(row: Row, column: string, texts: readonly T[]): T {
  return texts.find((each) => each === row[column]) ?? misread(column);
}

/** What a row says; `undefined` where there is none. */
export function parseFirst<T>(row: Row | undefined, parse: (row: Row) => T): T | undefined {
  return row === undefined ? undefined : parse(row);
}

/** @throws HoldpointError `store_corrupt` */
function misread(column: string): never {
  throw new HoldpointError("store_corrupt", `Cannot read column "${column}" of the store`);
}
