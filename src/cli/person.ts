import { HoldpointError } from "../lib/errors.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Only a person goes on from here: one at a terminal.
 *
 * @throws HoldpointError `not_allowed`, with what was wanted
 */
export function requirePerson({ isInteractive }: Terminal, wanted: string): void {
  if (isInteractive) return;
  throw new HoldpointError(
    "not_allowed",
    `Cannot ${wanted}: a person does that, and a pipe or another program is none. Run the same command in a terminal`,
  );
}
