import type { ApprovalId } from "../../lib/ids.ts";
import { parseCommand, storeOption, terminalUser, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Refuses a pending call; the message goes to the agent. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: { ...storeOption, message: { type: "string" }, always: { type: "boolean" } },
    subject: "the approval's id",
  });
  return withDesk(context, values, async (service) => {
    const outcome = await service.decide(subject as ApprovalId, {
      decision: "rejected",
      by: terminalUser(),
      channel: "terminal",
      level: "person",
      message: values.message,
      always: values.always,
    });
    context.terminal.print(outcome.type === "already" ? "It was rejected already." : "Rejected.");
    return 0;
  });
}
