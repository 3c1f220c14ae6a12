import { parseCommand, parseSpan, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Removes finished runs that are older than a given age. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, {
    options: { ...storeOption, "older-than": { type: "string" } },
  });
  const before = new Date(
    Date.now() - parseSpan(values["older-than"], "Say how old: --older-than 30d"),
  ).toISOString();
  return withDesk(context, values, async (service) => {
    const { runs, bytes } = await service.prune({ before });
    context.terminal.print(`Removed ${runs} finished runs, ${bytes} bytes of journals`);
    return 0;
  });
}
