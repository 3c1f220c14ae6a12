import { visibleText } from "../../runs/shown-text.ts";
import { decideHere } from "../decide-here.ts";
import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call and, after a yes, lets it run. */
export async function run(given: Given<"approve">, context: CommandContext): Promise<number> {
  const { id, yes, always, typed, arguments: changed, for: ms, times: uses } = given;
  const { terminal } = context;
  const note = changed === undefined ? undefined : `  instead:   ${JSON.stringify(changed)}`;
  return withDesk(context, given, async (service) => {
    const outcome = await decideHere(service, context, {
      approvalId: id,
      verdict: {
        decision: "approved",
        always,
        typed,
        ...(ms === undefined ? {} : { grant: { seconds: ms / 1_000, uses } }),
        ...(changed === undefined ? {} : { arguments: changed }),
      },
      note: note === undefined ? undefined : visibleText(note),
      confirm: yes
        ? undefined
        : async () => ((await terminal.confirm("Let it run?")) === true ? {} : undefined),
    });
    if (outcome === undefined) return 2;
    terminal.print(outcome === "already" ? "It was approved already." : "Approved.");
    if (outcome !== "already") await tellWhoGoesOn(service, context, id);
    return 0;
  });
}
