import type { RunId } from "../../lib/ids.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Writes the journal of a run as JSON Lines: the stored lines, letter for letter. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, { options: storeOption, subject: "the run's id" });
  return withDesk(context, values, async (service) => {
    for (const { line } of await service.journal(subject as RunId)) context.terminal.print(line);
    return 0;
  });
}
