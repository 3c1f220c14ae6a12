import { parseCommand, parseSpan, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Removes finished runs that are older than a given age. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, {
    options: { ...storeOption, "older-than": { type: "string" }, untold: { type: "boolean" } },
  });
  const before = new Date(
    Date.now() - parseSpan(values["older-than"], "Say how old: --older-than 30d"),
  ).toISOString();
  return withDesk(context, values, async (service) => {
    const { runs, bytes, kept } = await service.prune({ before, untold: values.untold });
    context.terminal.print(`Removed ${runs} finished runs, ${bytes} bytes of journals`);
    if (kept > 0) {
      context.terminal.print(
        `Kept ${kept} whose outcome has reached nobody: the same call is met by it (--untold removes them too)`,
      );
    }
    return 0;
  });
}
