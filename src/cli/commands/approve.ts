import { HoldpointError } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import type { GrantRequest } from "../../runs/grants/grant.ts";
import { visibleText } from "../../runs/shown-text.ts";
import { decideHere } from "../decide-here.ts";
import { tellWhoGoesOn } from "../who-goes-on.ts";
import { parseCommand, parseSpan, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call and, after a yes, lets it run. */
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
      confirm:
        values.yes === true
          ? undefined
          : async () => ((await terminal.confirm("Let it run?")) === true ? {} : undefined),
    });
    if (outcome === undefined) return 2;
    terminal.print(outcome === "already" ? "It was approved already." : "Approved.");
    if (outcome !== "already") await tellWhoGoesOn(service, context, subject);
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
