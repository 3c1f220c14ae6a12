import type { RunId } from "../../lib/ids.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Ends a run. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: { ...storeOption, reason: { type: "string" } },
    subject: "the run's id",
  });
  return withDesk(context, values, async (service) => {
    const runId = subject as RunId;
    await service.cancel(runId, {
      ...callerHere(context),
      reason: values.reason,
    });
    const { status } = await service.get(runId);
    context.terminal.print(`Run ${runId} is ${status}.`);
    return 0;
  });
}
