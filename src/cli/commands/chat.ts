import { createRunningApp } from "../../app.ts";
import { isUnfinished } from "../../engine/vocabulary.ts";
import type { RunId } from "../../lib/ids.ts";
import type { RunService } from "../../runs/run-service.ts";
import { visibleText } from "../../runs/shown-text.ts";
import { LONGEST_TIMER_MS } from "../../lib/clock.ts";
import { followRun } from "../ask.ts";
import { agentsOptions, appOptions, parseCommand } from "../options.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

const DEFAULT_SESSION = "chat";

/** A conversation on the terminal; what is left open is gone on with at the next start. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { terminal } = context;
  const { values } = parseCommand(args, {
    options: { ...agentsOptions, agent: { type: "string" }, session: { type: "string" } },
  });
  const { agent, session: sessionId = DEFAULT_SESSION } = values;
  const app = await createRunningApp({ ...appOptions(values, context), streamed: true });
  const { service } = app;
  for (const note of app.notes) terminal.error(note);
  terminal.error(`session "${sessionId}": an empty line or the end of input leaves it for later`);
  service.listen((_runId, event) => {
    if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") return;
    terminal.write(visibleText(event.data.delta));
  });
  try {
    if (!(await finishEarlier(service, sessionId, context))) return 0;
    for (;;) {
      const input = (await terminal.ask("\n> "))?.trim();
      if (input === undefined || input === "") return 0;
      const runId = await service.start({ ...callerHere(context), input, agent, sessionId });
      if ((await followRun(service, runId, context, { isStreamed: true })) === 2) return 0;
      terminal.print("");
    }
  } finally {
    await service.close(LONGEST_TIMER_MS);
  }
}

/** Goes on with what an earlier chat left open; false when it still waits. */
async function finishEarlier(
  service: RunService,
  sessionId: string,
  context: CommandContext,
): Promise<boolean> {
  const { runs } = await service.list({ sessionId, limit: 1 });
  const [last] = runs;
  if (last === undefined || !isUnfinished(last.status)) return true;
  context.terminal.error(`going on with run ${last.runId}`);
  return goOn(service, last.runId, context);
}

async function goOn(service: RunService, runId: RunId, context: CommandContext): Promise<boolean> {
  return (await followRun(service, runId, context, { isStreamed: true })) !== 2;
}
