import { once } from "node:events";

import { parseCommand, storeOption, withDesk } from "../options.ts";
import { openInbox, parsePort } from "../serve-inbox.ts";
import type { CommandContext } from "../terminal.ts";

/** Serves the inbox of a store that servers share, until the person ends it. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values } = parseCommand(args, {
    options: { ...storeOption, port: { type: "string" } },
  });
  const { terminal, log } = context;
  const port = parsePort(values.port);
  return withDesk(context, values, async (service) => {
    const inbox = await openInbox({ service, log, port, say: terminal.print });
    terminal.print("Decisions made there are carried out by the server that has the agent.");
    terminal.print("Ctrl+C ends it.");
    const ended = new AbortController();
    const { signal } = ended;
    await Promise.race([once(process, "SIGINT", { signal }), once(process, "SIGTERM", { signal })]);
    ended.abort();
    await inbox.close();
    return 0;
  });
}
