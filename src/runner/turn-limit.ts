import { UserError } from "../agent/errors.ts";

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
