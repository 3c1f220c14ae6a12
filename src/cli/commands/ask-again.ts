import { askAgain } from "../../gateway/ask-again.ts";
import type { ApprovalId } from "../../lib/ids.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Takes a rejection back, as far as that the same call is asked about when it comes again. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: storeOption,
    subject: "the id of the rejected approval",
  });
  return withDesk(context, values, async (service) => {
    await askAgain(service, subject as ApprovalId, callerHere(context).by);
    context.terminal.print("When the same call comes again, you are asked about it.");
    return 0;
  });
}
