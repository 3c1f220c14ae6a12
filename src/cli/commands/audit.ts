import type { RunId } from "../../lib/ids.ts";
import { parseOptional, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Checks the hash chain of one run or of all; exit code 1 when one does not fit. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseOptional(args, { options: storeOption });
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    const reports = await service.audit(subject as RunId | undefined);
    const broken = reports.filter(({ problem }) => problem !== undefined);
    for (const { runId, problem } of broken) terminal.print(`${runId}: ${problem ?? ""}`);
    const entries = reports.reduce((sum, report) => sum + report.entries, 0);
    const sound = reports.length - broken.length;
    terminal.print(
      `${sound} of ${reports.length} runs are as they were written (${entries} entries)`,
    );
    return broken.length === 0 ? 0 : 1;
  });
}
