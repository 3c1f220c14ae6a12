import { HoldpointError } from "./errors.ts";

// With the u flag a pair of surrogates is one character of another category.
const UNKEEPABLE = /[\0\p{Cs}]/u;

/**
 * Refuses a key that databases cut short or change: with a NUL or half a surrogate pair two
 * different keys could become one. The error names the member and never repeats the text.
 *
 * @throws HoldpointError `invalid_input`
 */
export function checkKeyText(member: string, text: string | undefined): void {
  if (text === undefined || !UNKEEPABLE.test(text)) return;
  throw new HoldpointError(
    "invalid_input",
    `The ${member} has a character that cannot be stored (NUL, or half of a surrogate pair). Use another ${member}`,
  );
}

/** Whether databases keep a text as it is. */
export function isKeepable(text: string): boolean {
  return !UNKEEPABLE.test(text);
}
