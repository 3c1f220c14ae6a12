import type { ApprovalReport } from "../../runs/run-report.ts";
import type { RunService } from "../../runs/run-service.ts";
import { approvalTable, describeApproval } from "../describe.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

/**
 * Lists everything that waits for a decision, a line each; with `--long` all of each, with `--watch`
 * again whenever it changes.
 */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values } = parseCommand(rest, {
    options: {
      ...storeOption,
      watch: { type: "boolean" },
      long: { type: "boolean" },
    },
  });
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    const show = async (): Promise<void> => {
      const approvals = await allPending(service);
      if (form !== undefined) {
        for (const approval of approvals) printJson(terminal, approval, form);
      } else if (values.long === true) {
        for (const approval of approvals)
          terminal.print(describeApproval(approval, terminal.paint));
      } else if (approvals.length > 0) {
        terminal.print(approvalTable(approvals, { paint: terminal.paint }));
      }
      if (approvals.length === 0 && form === undefined) {
        terminal.print(`Nothing waits for a decision in ${service.location}`);
      }
    };
    await show();
    if (values.watch === true) await watch(service, terminal, show);
    return 0;
  });
}

async function allPending(service: RunService): Promise<ApprovalReport[]> {
  const found: ApprovalReport[] = [];
  let cursor: string | undefined;
  do {
    const page = await service.pending({ limit: 100, cursor });
    found.push(...page.approvals);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

/** Shows the list anew when it changed, until the person ends the command. */
async function watch(
  service: RunService,
  terminal: Terminal,
  show: () => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  let before = await fingerprint(service);
  while (!interrupted.signal.aborted) {
    await nextChange(service, interrupted.signal);
    const now = await fingerprint(service);
    if (now === before || interrupted.signal.aborted) continue;
    before = now;
    terminal.print(terminal.isInteractive ? "\u001b[2J\u001b[H" : "");
    await show();
  }
}

async function fingerprint(service: RunService): Promise<string> {
  return (await allPending(service)).map(({ approvalId }) => approvalId).join(" ");
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
