import type { GrantRequest } from "../../runs/grants/grant.ts";
import type { ApprovalReport } from "../../runs/run-report.ts";
import type { RunService } from "../../runs/run-service.ts";
import { visibleText } from "../../runs/shown-text.ts";
import { askDecision } from "../ask-decision.ts";
import { cameText, decideHere } from "../decide-here.ts";
import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call, asks, and lets it run after a yes. */
export async function run(given: Given<"approve">, context: CommandContext): Promise<number> {
  const { id, yes, always, typed, arguments: changed, for: ms, times } = given;
  const { terminal } = context;
  const isPlain = !always && [ms, times, changed, typed].every((each) => each === undefined);
  const ask = async (service: RunService, approval: ApprovalReport) => {
    // Who said more than yes says only whether that is meant.
    if (!isPlain || !terminal.isInteractive) {
      return (await terminal.confirm("Let it run?")) === true ? {} : undefined;
    }
    const said = await askDecision(service, context, approval);
    return said === "skip" ? undefined : said;
  };
  const note = changed === undefined ? undefined : `  instead:   ${JSON.stringify(changed)}`;
  return withDesk(context, given, async (service) => {
    const outcome = await decideHere(service, context, {
      approvalId: id,
      verdict: {
        decision: "approved",
        always,
        typed,
        ...farOf({ ms, times }),
        ...(changed === undefined ? {} : { arguments: changed }),
      },
      note: note === undefined ? undefined : visibleText(note),
      confirm: yes ? undefined : (approval) => ask(service, approval),
    });
    if (outcome === undefined) return 2;
    terminal.print(cameText(outcome));
    if (outcome.came !== "already") await tellWhoGoesOn(service, context, id);
    return 0;
  });
}

/** How far the yes goes: the call as often as it was asked for at once, or also later ones. */
function farOf({ ms, times }: { ms: number | undefined; times: number | undefined }): {
  grant?: GrantRequest;
  always?: true;
  times?: number;
} {
  if (ms !== undefined) return { grant: { seconds: ms / 1_000, uses: times } };
  return times === undefined || times === 1 ? {} : { always: true, times };
}
