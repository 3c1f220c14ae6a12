import { createRunningApp, type AppOptions } from "../../app/app.ts";
import type { RunId } from "../../lib/ids.ts";
import { appOptions, withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/**
 * Writes the journal of a run as JSON Lines: the stored lines, letter for letter; or its state as
 * another library reads it.
 */
export async function run(given: Given<"export">, context: CommandContext): Promise<void> {
  const { id, as: form } = given;
  if (form !== undefined) {
    context.terminal.print(await stateOf(id, appOptions(given, context)));
    return;
  }
  return withDesk(context, given, async (service) => {
    for (const { line } of await service.journal(id)) context.terminal.print(line);
  });
}

async function stateOf(runId: RunId, options: AppOptions): Promise<string> {
  const { service } = await createRunningApp(options);
  try {
    return await service.exportState(runId);
  } finally {
    await service.close();
  }
}
