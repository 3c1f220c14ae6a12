import { cameText, decideHere } from "../decide-here.ts";
import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call and refuses it; the message goes to the agent. */
export async function run(given: Given<"reject">, context: CommandContext): Promise<number> {
  const { id, message, always, yes } = given;
  const { terminal } = context;
  // A refusal loosens nothing: where nobody can be asked, it needs no yes.
  const asks = terminal.isInteractive && !yes;
  return withDesk(context, given, async (service) => {
    const outcome = await decideHere(service, context, {
      approvalId: id,
      verdict: { decision: "rejected", message, always },
      confirm: asks ? () => refuse(context, message) : undefined,
    });
    if (outcome === undefined) return 2;
    terminal.print(cameText(outcome));
    if (outcome.came !== "already") await tellWhoGoesOn(service, context, id);
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
