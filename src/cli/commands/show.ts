import type { RunId } from "../../lib/ids.ts";
import { describeEntry } from "../describe.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows the journal of a run, entry by entry. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: { ...storeOption, json: { type: "boolean" } },
    subject: "the run's id",
  });
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    const runId = subject as RunId;
    const entries = await service.journal(runId);
    if (values.json === true) {
      for (const { line } of entries) terminal.print(line);
      return 0;
    }
    const { status, agent, source, title, approvals, hold } = await service.get(runId);
    terminal.print(`${runId}: ${status}, agent "${agent}" (${source})`);
    if (title !== undefined) terminal.print(`for: ${title}`);
    for (const entry of entries) terminal.print(describeEntry(entry));
    if (hold !== undefined) {
      const release = terminal.typed(`holdpoint store release ${runId}`);
      terminal.print(`on hold: ${hold}. ${release} lets it go on`);
    }
    for (const { approvalId, action } of approvals) {
      terminal.print(`waits: ${approvalId} ${action}`);
    }
    return 0;
  });
}
