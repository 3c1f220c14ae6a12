import { HoldpointError } from "../../lib/errors.ts";
import { describeStats } from "../describe-stats.ts";
import { printJson } from "../json-output.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

const DAYS = 30;

/** Counts what was asked and how it was decided, from the journals of the last days. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, {
    options: { ...storeOption, days: { type: "string" }, json: { type: "boolean" } },
  });
  const { terminal } = context;
  const days = parseDays(values.days);
  return withDesk(context, values, async (service) => {
    const stats = await service.stats({ days });
    if (values.json === true) printJson(terminal, stats, "snake");
    else terminal.print(describeStats(stats));
    return 0;
  });
}

function parseDays(text: string | undefined): number {
  if (text === undefined) return DAYS;
  const days = Number(text);
  if (Number.isInteger(days) && days > 0) return days;
  throw new HoldpointError("invalid_input", `--days must be a whole number of days, not "${text}"`);
}
