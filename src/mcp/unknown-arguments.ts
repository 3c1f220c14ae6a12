import { HoldpointError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { visibleLine } from "../runs/shown-text.ts";

/** So many are named, and so much of each: the names are whatever a model wrote. */
const MOST_NAMES = 5;
const LONGEST_NAME = 40;

export interface UnknownArguments {
  names: string[];
  /** Named, each with what was probably meant. */
  text: string;
}

/** The arguments that a tool does not know, if there are any. */
export function unknownArguments(
  given: unknown,
  known: readonly string[],
): UnknownArguments | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const all = Object.keys(given).filter((name) => !known.includes(name));
  if (all.length === 0) return undefined;
  const names = all.slice(0, MOST_NAMES).map((name) => visibleLine(name.slice(0, LONGEST_NAME)));
  const parts = names.map((name) => {
    const meant = nearest(name, known);
    return `${JSON.stringify(name)} is no argument${meant === undefined ? "" : ` (${meant}?)`}`;
  });
  if (all.length > names.length) parts.push(`and ${all.length - names.length} more`);
  return { names, text: parts.join(", ") };
}

/** @throws HoldpointError `invalid_input` where there are any: what was meant by them is unclear */
export function refuseUnknown(unknown: UnknownArguments | undefined): void {
  if (unknown === undefined) return;
  throw new HoldpointError(
    "invalid_input",
    `${unknown.text}. Nothing was decided: leave out what this tool does not know`,
  );
}
