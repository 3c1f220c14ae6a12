import { runStatuses, type RunStatus } from "../../engine/vocabulary.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { describeSummary, runTable } from "../describe.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import type { RunService } from "../../runs/run-service.ts";
import type { TitledPage } from "../../runs/look-at-runs.ts";
import { parseCommand, parseLimit, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

const DEFAULT_LIMIT = 100;
const PAGE = 100;

/** Lists runs, newest first: on a terminal as a table, elsewhere whole, a line each. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values } = parseCommand(rest, {
    options: { ...storeOption, status: { type: "string" }, limit: { type: "string" } },
  });
  const status = parseStatus(values.status);
  const most = parseLimit(values.limit, DEFAULT_LIMIT);
  const { terminal } = context;
  const { columns } = terminal;
  return withDesk(context, values, async (service) => {
    const { runs, more } = await listRuns(service, { status, most });
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

function parseStatus(text: string | undefined): RunStatus | undefined {
  if (text === undefined) return undefined;
  const status = runStatuses.find((each) => each === text);
  if (status !== undefined) return status;
  throw new HoldpointError("invalid_input", `--status is one of ${runStatuses.join(", ")}`);
}
