import type { RunStatus } from "../../engine/vocabulary.ts";
import { describeSummary } from "../describe.ts";
import { withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { RunService } from "../../runs/run-service.ts";
import type { TitledPage } from "../../runs/look-at-runs.ts";
import type { CommandContext } from "../terminal.ts";

const PAGE = 100;

/** Lists runs, newest first. */
export async function run(given: Given<"runs">, context: CommandContext): Promise<number> {
  const { status, limit: most, json: form } = given;
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const { runs, more } = await listRuns(service, { status, most });
    for (const summary of runs) {
      if (form === undefined) terminal.print(describeSummary(summary));
      else printJson(terminal, summary, form);
    }
    if (runs.length === 0 && form === undefined) terminal.print(`No runs in ${service.location}`);
    if (more) terminal.error(`These are the newest ${most}; --limit N shows more.`);
    return 0;
  });
}

/** Page by page, the newest first. */
async function listRuns(
  service: RunService,
  { status, most }: { status: RunStatus | undefined; most: number },
): Promise<Pick<TitledPage, "runs"> & { more: boolean }> {
  const found: TitledPage["runs"] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, most - found.length);
    const page = await service.listTitled({ status, limit, cursor });
    found.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < most);
  return { runs: found, more: cursor !== undefined };
}
