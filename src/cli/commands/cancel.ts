import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Ends a run. */
export async function run(given: Given<"cancel">, context: CommandContext): Promise<void> {
  const { id, reason } = given;
  return withDesk(context, given, async (service) => {
    await service.cancel(id, { ...callerHere(context), reason });
    const { status } = await service.get(id);
    context.terminal.print(`Run ${id} is ${status}.`);
  });
}
