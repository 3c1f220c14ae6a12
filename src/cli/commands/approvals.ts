import { describeApproval } from "../describe.ts";
import { parseCommand, storeOption, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists everything that waits for a decision. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, { options: { ...storeOption, json: { type: "boolean" } } });
  const { terminal } = context;
  return withDesk(context, values.store, async (service) => {
    let cursor: string | undefined;
    let shown = 0;
    do {
      const page = await service.pending({ limit: 100, cursor });
      for (const approval of page.approvals) {
        terminal.print(values.json ? JSON.stringify(approval) : describeApproval(approval));
      }
      shown += page.approvals.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    if (shown === 0 && values.json !== true) {
      terminal.print(`Nothing waits for a decision in ${service.location}`);
    }
    return 0;
  });
}
