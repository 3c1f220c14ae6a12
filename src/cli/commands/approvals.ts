import type { RunService } from "../../runs/run-service.ts";
import { approvalTable, describeApproval } from "../describe.ts";
import { takePages, withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

/**
 * Lists what waits for a decision, a line each, which only a terminal cuts at its width; with
 * `--long` all of each, with `--watch` again whenever it changes.
 */
export async function run(given: Given<"approvals">, context: CommandContext): Promise<void> {
  const { limit: most, json: form } = given;
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const show = async (): Promise<void> => {
      const { items: approvals, more } = await oldestPending(service, most);
      if (form !== undefined) {
        for (const approval of approvals) printJson(terminal, approval, form);
      } else if (given.long) {
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
    await (given.watch ? watch({ service, terminal, most, show }) : show());
  });
}

async function oldestPending(service: RunService, most: number) {
  return takePages(most, async (page) => {
    const { approvals: items, nextCursor } = await service.pending(page);
    return { items, nextCursor };
  });
}

/** Shows the list, and anew when it changed, until the person ends the command. */
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
  let isEnded = false;
  let news = Promise.withResolvers<void>();
  // For all the time: what changes while the list is read is news for the next look.
  const unlisten = service.onChange(() => news.resolve());
  process.once("SIGINT", () => {
    isEnded = true;
    news.resolve();
  });
  let before = await fingerprint(service, most);
  await show();
  for (;;) {
    await news.promise;
    if (isEnded) return unlisten();
    news = Promise.withResolvers<void>();
    const now = await fingerprint(service, most);
    if (now === before) continue;
    before = now;
    terminal.print(terminal.isInteractive ? "\u001b[2J\u001b[H" : "");
    await show();
  }
}

async function fingerprint(service: RunService, most: number): Promise<string> {
  const { items: approvals, more } = await oldestPending(service, most);
  return [...approvals.map(({ approvalId }) => approvalId), more].join(" ");
}
