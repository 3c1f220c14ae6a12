import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { terminalUser } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Ends a yes that was given for later calls. */
export async function run(given: Given<"grants end">, context: CommandContext): Promise<void> {
  return withDesk(context, given, async (service) => {
    const { wasStanding } = await service.endGrant(given.id, { by: terminalUser() });
    context.terminal.print(
      wasStanding
        ? "Ended. Calls that it would have let run are asked about from now on."
        : "It was over already.",
    );
  });
}
