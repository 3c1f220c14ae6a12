import type { Run } from "../engine/state.ts";
import { rootFrame } from "./conversation.ts";
import { UserError } from "./errors.ts";

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
