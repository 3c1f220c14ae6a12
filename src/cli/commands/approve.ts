import { HoldpointError } from "../../lib/errors.ts";
import type { ApprovalId } from "../../lib/ids.ts";
import type { JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import { describeApproval } from "../describe.ts";
import { parseCommand, storeOption, terminalUser, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows a pending call and, after a yes, lets it run. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: {
      ...storeOption,
      yes: { type: "boolean" },
      always: { type: "boolean" },
      arguments: { type: "string" },
    },
    subject: "the approval's id",
  });
  const { terminal } = context;
  const changed = parseArguments(values.arguments);
  return withDesk(context, values, async (service) => {
    const approval = await service.approval(subject as ApprovalId);
    if (approval.isOpen) {
      terminal.print(describeApproval(approval));
      if (changed !== undefined) terminal.print(`  instead:   ${JSON.stringify(changed)}`);
      if (values.yes !== true && !(await agreed(context))) return 2;
    }
    const outcome = await service.decide(approval.approvalId, {
      decision: "approved",
      by: terminalUser(),
      channel: "terminal",
      level: terminal.isInteractive ? "person" : "client",
      always: values.always,
      ...(changed === undefined ? {} : { arguments: changed }),
    });
    if (outcome.type === "needs_stronger_approval") {
      throw new HoldpointError(
        "not_allowed",
        "This call needs a person at a terminal: run the same command there",
      );
    }
    terminal.print(
      outcome.type === "already"
        ? "It was approved already."
        : "Approved. A running server that has the agent goes on with it; else the next one does.",
    );
    return 0;
  });
}

function parseArguments(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  try {
    return parseStrictJson(text);
  } catch {
    throw new HoldpointError("arguments_invalid", "--arguments must be JSON: nothing was decided");
  }
}

async function agreed({ terminal }: CommandContext): Promise<boolean> {
  const yes = await terminal.confirm("Let it run?");
  if (yes === true) return true;
  terminal.print("Nothing was decided.");
  return false;
}
