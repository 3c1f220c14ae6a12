import { createRunningApp } from "../../app/app.ts";
import { isUnfinished } from "../../engine/vocabulary.ts";
import type { RunService } from "../../runs/run-service.ts";
import { LONGEST_TIMER_MS } from "../../lib/clock.ts";
import { followRun } from "../ask.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere } from "../person.ts";
import { streamText, type WasShown } from "../stream-text.ts";
import type { CommandContext } from "../terminal.ts";

/** A conversation on the terminal; what is left open is gone on with at the next start. */
export async function run(given: Given<"chat">, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const { agent, session: sessionId } = given;
  const app = await createRunningApp({ ...appOptions(given, context), streamed: true });
  const { service } = app;
  for (const note of app.notes) terminal.error(note);
  terminal.error(`session "${sessionId}": an empty line or the end of input leaves it for later`);
  const wasShown = streamText(service, terminal);
  try {
    if (!(await finishEarlier(service, sessionId, { context, wasShown }))) return 0;
    for (;;) {
      const input = (await terminal.ask("\n> "))?.trim();
      if (input === undefined || input === "") return 0;
      const runId = await service.start({ ...callerHere(context), input, agent, sessionId });
      if ((await followRun(service, runId, context, { wasShown })) === 2) return 0;
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
  { context, wasShown }: { context: CommandContext; wasShown: WasShown },
): Promise<boolean> {
  const { runs } = await service.list({ sessionId, limit: 1 });
  const [last] = runs;
  if (last === undefined || !isUnfinished(last.status)) return true;
  context.terminal.error(`going on with run ${last.runId}`);
  return (await followRun(service, last.runId, context, { wasShown })) !== 2;
}
