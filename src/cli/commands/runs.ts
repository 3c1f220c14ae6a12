import { describeSummary } from "../describe.ts";
import { takePages, withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists runs, newest first. */
export async function run(given: Given<"runs">, context: CommandContext): Promise<void> {
  const { status, limit: most, json: form } = given;
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const { items: runs, more } = await takePages(most, async (page) => {
      const { runs: items, nextCursor } = await service.listTitled({ status, ...page });
      return { items, nextCursor };
    });
    for (const summary of runs) {
      if (form === undefined) terminal.print(describeSummary(summary));
      else printJson(terminal, summary, form);
    }
    if (runs.length === 0 && form === undefined) terminal.print(`No runs in ${service.location}`);
    if (more) terminal.error(`These are the newest ${most}; --limit N shows more.`);
  });
}
