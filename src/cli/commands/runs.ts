import { runStatuses, type RunStatus } from "../../engine/vocabulary.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { describeSummary } from "../describe.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists runs, newest first. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values } = parseCommand(rest, {
    options: { ...storeOption, status: { type: "string" } },
  });
  const status = parseStatus(values.status);
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    const { runs } = await service.listTitled({ status, limit: 100 });
    for (const summary of runs) {
      if (form === undefined) terminal.print(describeSummary(summary));
      else printJson(terminal, summary, form);
    }
    if (runs.length === 0 && form === undefined) terminal.print(`No runs in ${service.location}`);
    return 0;
  });
}

function parseStatus(text: string | undefined): RunStatus | undefined {
  if (text === undefined) return undefined;
  const status = runStatuses.find((each) => each === text);
  if (status !== undefined) return status;
  throw new HoldpointError("invalid_input", `--status is one of ${runStatuses.join(", ")}`);
}
