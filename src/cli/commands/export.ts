import { createRunningApp, type AppOptions } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import { agentsOptions, appOptions, parseCommand, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/**
 * Writes the journal of a run as JSON Lines: the stored lines, letter for letter; or its state as
 * another library reads it.
 */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: { ...agentsOptions, as: { type: "string" } },
    subject: "the run's id",
  });
  const runId = subject as RunId;
  const { as: form, agents } = values;
  if (form !== undefined) {
    checkForm(form);
    context.terminal.print(await stateOf(runId, appOptions(values, context)));
    return 0;
  }
  if (agents !== undefined) {
    throw new HoldpointError("invalid_input", "--agents goes with --as: a journal needs no agents");
  }
  return withDesk(context, values, async (service) => {
    for (const { line } of await service.journal(runId)) context.terminal.print(line);
    return 0;
  });
}

function checkForm(form: string): void {
  if (form === "openai-js") return;
  const why = form === "openai-python" ? ": what Python reads is not written yet" : "";
  throw new HoldpointError("invalid_input", `--as must be openai-js, not "${form}"${why}`);
}

async function stateOf(runId: RunId, options: AppOptions): Promise<string> {
  const { service } = await createRunningApp(options);
  try {
    return await service.exportState(runId);
  } finally {
    await service.close();
  }
}
