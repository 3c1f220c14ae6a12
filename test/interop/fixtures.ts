import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../fixtures/foreign-states");

/** The text of a state that another library wrote. */
export function foreignText(name: string): string {
  return readFileSync(join(folder, `${name}.json`), "utf8");
}

/** The same, as a value that a test may change. */
export function foreignValue(name: string): Changeable {
  return JSON.parse(foreignText(name)) as Changeable;
}

/** Any part of a JSON value, reached by name. */
export interface Changeable {
  [key: string]: Changeable;
}
