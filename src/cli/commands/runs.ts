import { describeSummary, runTable } from "../describe.ts";
import { takePages, withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists runs, newest first: on a terminal as a table, elsewhere whole, a line each. */
export async function run(given: Given<"runs">, context: CommandContext): Promise<void> {
  const { status, limit: most, json: form } = given;
  const { terminal } = context;
  const { columns } = terminal;
  return withDesk(context, given, async (service) => {
    const { items: runs, more } = await takePages(most, async (page) => {
      const { runs: items, nextCursor } = await service.listTitled({ status, ...page });
      return { items, nextCursor };
    });
    if (form !== undefined) {
      for (const summary of runs) printJson(terminal, summary, form);
    } else if (runs.length === 0) {
      terminal.print(`No runs in ${service.location}`);
    } else if (columns === undefined) {
      for (const summary of runs) terminal.print(describeSummary(summary));
    } else {
      terminal.print(runTable(runs, { width: columns }));
    }
    if (more) terminal.error(`These are the newest ${most}; --limit N shows more.`);
  });
}
