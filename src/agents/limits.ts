import type { Run } from "../engine/state.ts";
import { headOf } from "../lib/cut-text.ts";
import { rootFrame } from "./conversation.ts";
import { UserError } from "./errors.ts";

/** The most characters of a run's input, items as JSON. */
const INPUT_LIMIT = 4_000_000;
/** The most characters of a tool's output, where nothing else is configured. */
export const OUTPUT_LIMIT = 1_000_000;

/** @throws UserError for an input that no journal should hold; nothing is started then */
export function checkInputSize(input: unknown): void {
  const { length } = typeof input === "string" ? input : JSON.stringify(input);
  if (length <= INPUT_LIMIT) return;
  throw new UserError(
    `Cannot run: the input has ${length} characters, and ${INPUT_LIMIT} is the most. Put it in a file, and give the agent a tool that reads parts of it`,
  );
}

/** At most `limit` characters of an output's text, and how much is left out. */
export function cutOutput(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = headOf(text, limit);
  return `${head}\n[${text.length - head.length} more characters of this output were left out: ${limit} is the most]`;
}

/**
 * A turn limit as it is recorded: a count, or `null` for none, which `Infinity` means too.
 *
 * @throws UserError for what is no count: a limit that cannot be understood must not be taken for none
 */
export function toTurnLimit(given: number | null): number | null {
  if (given === null || given === Infinity) return null;
  if (Number.isSafeInteger(given) && given >= 0) return given;
  throw new UserError(
    `Cannot run with maxTurns ${String(given)}: it must be a whole number, or null for no limit`,
  );
}

/** A limit given on resume, for the claim; `undefined` where it is no raise. @throws UserError */
export function raisedLimit(
  state: Run,
  given: number | null | undefined,
): number | null | undefined {
  const now = rootFrame(state)?.data.maxTurns ?? null;
  if (given === undefined || now === null) return undefined;
  const limit = toTurnLimit(given);
  return limit === null || limit > now ? limit : undefined;
}
