import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";

import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Checks one run or all, and the store; exit code 1 when something does not fit. */
export async function run(given: Given<"audit">, context: CommandContext): Promise<number> {
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const { store, runs: reports } = await service.auditWhole({
      only: given.id,
      anchor: readAnchor(given.anchor),
    });
    const { problem: storeProblem, note } = store;
    if (storeProblem !== undefined) terminal.print(`${service.location}: ${storeProblem}`);
    if (note !== undefined) terminal.print(`${service.location}: ${note}`);
    const broken = reports.filter(({ problem }) => problem !== undefined);
    for (const { runId, problem } of broken) terminal.print(`${runId}: ${problem ?? ""}`);
    const entries = reports.reduce((sum, report) => sum + report.entries, 0);
    const sound = reports.length - broken.length;
    terminal.print(
      `${sound} of ${reports.length} runs are as they were written (${entries} entries)`,
    );
    if (broken.length > 0 || storeProblem !== undefined) return 1;
    await keepAnchor(given.anchor, await service.anchor());
    return 0;
  });
}

/** What is kept elsewhere of the store; nothing yet where the file is still to be made. */
function readAnchor(file: string | undefined): string | undefined {
  return file === undefined || !existsSync(file) ? undefined : readFileSync(file, "utf8");
}

/** Only once all of it fits: what does not is compared again the next time. */
async function keepAnchor(file: string | undefined, anchor: string | undefined): Promise<void> {
  if (file !== undefined && anchor !== undefined) await writeFile(file, anchor, { mode: 0o600 });
}
