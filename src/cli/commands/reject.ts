import { cameText, decideHere } from "../decide-here.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call and refuses it; the message goes to the agent. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: {
      ...storeOption,
      yes: { type: "boolean" },
      message: { type: "string" },
      always: { type: "boolean" },
    },
    subject: "the approval's id",
  });
  const { terminal } = context;
  const { message, always } = values;
  // A refusal loosens nothing: where nobody can be asked, it needs no yes.
  const asks = terminal.isInteractive && values.yes !== true;
  return withDesk(context, values, async (service) => {
    const outcome = await decideHere(service, context, {
      approvalId: subject,
      verdict: { decision: "rejected", message, always },
      confirm: asks ? () => refuse(context, message) : undefined,
    });
    if (outcome === undefined) return 2;
    terminal.print(cameText(outcome));
    if (outcome.came !== "already") await tellWhoGoesOn(service, context, subject);
    return 0;
  });
}

async function refuse(
  { terminal }: CommandContext,
  given: string | undefined,
): Promise<{ message?: string } | undefined> {
  if ((await terminal.confirm("Refuse it?")) !== true) return undefined;
  if (given !== undefined) return {};
  const message = await terminal.ask("What is the agent told? (Enter for no reason): ");
  return message === undefined || message === "" ? {} : { message };
}
