import { describeStats } from "../describe-stats.ts";
import { withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Counts what was asked and how it was decided, from the journals of the last days. */
export async function run(given: Given<"stats">, context: CommandContext): Promise<void> {
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const stats = await service.stats({ days: given.days });
    if (given.json) printJson(terminal, stats, "snake");
    else terminal.print(describeStats(stats));
  });
}
