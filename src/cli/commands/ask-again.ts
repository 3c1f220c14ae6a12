import { askAgain } from "../../gateway/ask-again.ts";
import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Takes a rejection back, as far as that the same call is asked about when it comes again. */
export async function run(given: Given<"ask-again">, context: CommandContext): Promise<void> {
  return withDesk(context, given, async (service) => {
    await askAgain(service, given.id, callerHere(context).by);
    context.terminal.print("When the same call comes again, you are asked about it.");
  });
}
