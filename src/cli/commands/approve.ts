import { HoldpointError } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import type { GrantRequest } from "../../runs/grants/grant.ts";
import { visibleText } from "../../runs/shown-text.ts";
import { askDecision } from "../ask-decision.ts";
import { cameText, decideHere } from "../decide-here.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import type { ApprovalReport } from "../../runs/run-report.ts";
import type { RunService } from "../../runs/run-service.ts";
import { parseCommand, parseSpan, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call, asks, and lets it run after a yes. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: {
      ...storeOption,
      yes: { type: "boolean" },
      always: { type: "boolean" },
      for: { type: "string" },
      times: { type: "string" },
      arguments: { type: "string" },
      typed: { type: "string" },
    },
    subject: "the approval's id",
  });
  const { terminal } = context;
  const { always, for: span, times, arguments: given, typed } = values;
  const isPlain = [always, span, times, given, typed].every((each) => each === undefined);
  const ask = async (service: RunService, approval: ApprovalReport) => {
    // Who said more than yes says only whether that is meant.
    if (!isPlain || !terminal.isInteractive) {
      return (await terminal.confirm("Let it run?")) === true ? {} : undefined;
    }
    const said = await askDecision(service, context, approval);
    return said === "skip" ? undefined : said;
  };
  const changed = parseArguments(values.arguments);
  const note = changed === undefined ? undefined : `  instead:   ${JSON.stringify(changed)}`;
  return withDesk(context, values, async (service) => {
    const outcome = await decideHere(service, context, {
      approvalId: subject,
      verdict: {
        decision: "approved",
        always: values.always,
        typed: values.typed,
        ...farOf(values),
        ...(changed === undefined ? {} : { arguments: changed }),
      },
      note: note === undefined ? undefined : visibleText(note),
      confirm: values.yes === true ? undefined : (approval) => ask(service, approval),
    });
    if (outcome === undefined) return 2;
    terminal.print(cameText(outcome));
    if (outcome.came !== "already") await tellWhoGoesOn(service, context, subject);
    return 0;
  });
}

/** How far the yes goes: the call as often as it was asked for at once, or also later ones. */
function farOf(values: { for?: string | undefined; times?: string | undefined }): {
  grant?: GrantRequest;
  always?: true;
  times?: number;
} {
  const { for: span } = values;
  const times = values.times === undefined ? undefined : Number(values.times);
  if (span === undefined) return times === undefined || times === 1 ? {} : { always: true, times };
  const ms = parseSpan(span, "Say for how long: --for 1d");
  return { grant: { seconds: ms / 1_000, uses: times } };
}

function parseArguments(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  try {
    return parseStrictJson(text);
  } catch {
    throw new HoldpointError("arguments_invalid", "--arguments must be JSON: nothing was decided");
  }
}
