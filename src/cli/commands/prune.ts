import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Removes finished runs that are older than a given age. */
export async function run(given: Given<"prune">, context: CommandContext): Promise<void> {
  const { olderThan, untold } = given;
  const before = new Date(Date.now() - olderThan).toISOString();
  return withDesk(context, given, async (service) => {
    const { runs, bytes, kept } = await service.prune({ before, untold });
    context.terminal.print(`Removed ${runs} finished runs, ${bytes} bytes of journals`);
    if (kept > 0) {
      context.terminal.print(
        `Kept ${kept} whose outcome has reached nobody: the same call is met by it (--untold removes them too)`,
      );
    }
  });
}
