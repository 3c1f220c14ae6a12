import type { ApprovalReport } from "../../runs/run-report.ts";
import type { RunService } from "../../runs/run-service.ts";
import { approvalTable, describeApproval } from "../describe.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import { parseCommand, parseLimit, storeOption, withDesk } from "../options.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

const DEFAULT_LIMIT = 1_000;
const PAGE = 100;

/**
 * Lists what waits for a decision, a line each, which only a terminal cuts at its width; with `--long` all of each, with `--watch`
 * again whenever it changes.
 */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values } = parseCommand(rest, {
    options: {
      ...storeOption,
      watch: { type: "boolean" },
      long: { type: "boolean" },
      limit: { type: "string" },
    },
  });
  const most = parseLimit(values.limit, DEFAULT_LIMIT);
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    const show = async (): Promise<void> => {
      const { approvals, more } = await oldestPending(service, most);
      if (form !== undefined) {
        for (const approval of approvals) printJson(terminal, approval, form);
      } else if (values.long === true) {
        for (const approval of approvals)
          terminal.print(describeApproval(approval, terminal.paint));
      } else if (approvals.length > 0) {
        terminal.print(
          approvalTable(approvals, { paint: terminal.paint, width: terminal.columns }),
        );
      }
      if (approvals.length === 0 && form === undefined) {
        terminal.print(`Nothing waits for a decision in ${service.location}`);
      }
      if (more) terminal.error(`These are the oldest ${most}; --limit N shows more.`);
    };
    await show();
    if (values.watch === true) await watch({ service, terminal, most, show });
    return 0;
  });
}

async function oldestPending(
  service: RunService,
  most: number,
): Promise<{ approvals: ApprovalReport[]; more: boolean }> {
  const found: ApprovalReport[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, most - found.length);
    const page = await service.pending({ limit, cursor });
    found.push(...page.approvals);
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < most);
  return { approvals: found, more: cursor !== undefined };
}

/** Shows the list anew when it changed, until the person ends the command. */
async function watch({
  service,
  terminal,
  most,
  show,
}: {
  service: RunService;
  terminal: Terminal;
  most: number;
  show: () => Promise<void>;
}): Promise<void> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  let before = await fingerprint(service, most);
  while (!interrupted.signal.aborted) {
    await nextChange(service, interrupted.signal);
    const now = await fingerprint(service, most);
    if (now === before || interrupted.signal.aborted) continue;
    before = now;
    terminal.print(terminal.isInteractive ? "\u001b[2J\u001b[H" : "");
    await show();
  }
}

async function fingerprint(service: RunService, most: number): Promise<string> {
  const { approvals, more } = await oldestPending(service, most);
  return [...approvals.map(({ approvalId }) => approvalId), more].join(" ");
}

async function nextChange(service: RunService, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = service.onChange(() => {
      end();
      resolve();
    });
    signal.addEventListener("abort", () => {
      end();
      resolve();
    });
  });
}
