import { HoldpointError } from "../../lib/errors.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Removes finished runs that are older than a given age. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, {
    options: { ...storeOption, "older-than": { type: "string" } },
  });
  const before = new Date(Date.now() - parseAge(values["older-than"])).toISOString();
  return withDesk(context, values, async (service) => {
    const { runs, bytes } = await service.prune({ before });
    context.terminal.print(`Removed ${runs} finished runs, ${bytes} bytes of journals`);
    return 0;
  });
}

function parseAge(text: string | undefined): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text ?? "") ?? [];
  const unitMs = UNITS[unit ?? ""];
  if (count !== undefined && unitMs !== undefined) return Number(count) * unitMs;
  throw new HoldpointError(
    "invalid_input",
    "Say how old: --older-than 30d (m minutes, h hours, d days, w weeks)",
  );
}
