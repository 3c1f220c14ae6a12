import { createRunningApp } from "../../app/app.ts";
import { LONGEST_TIMER_MS } from "../../lib/clock.ts";
import { followRun } from "../ask.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere } from "../person.ts";
import { streamText } from "../stream-text.ts";
import type { CommandContext } from "../terminal.ts";

/** Runs an agent in this process; every pause is stored before it is asked about. */
export async function run(given: Given<"run">, context: CommandContext): Promise<number> {
  const { terminal } = context;
  // In a pipe the output stands by itself.
  const streamed = terminal.isInteractive;
  const app = await createRunningApp({ ...appOptions(given, context), streamed });
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const wasShown = streamed ? streamText(app.service, terminal, begun) : undefined;
  for (const note of app.notes) terminal.error(note);
  try {
    const { prompt: input, agent, session: sessionId } = given;
    const runId = await app.service.start({ ...callerHere(context), input, agent, sessionId });
    terminal.error(`run ${runId}`);
    begin();
    const result = await followRun(app.service, runId, context, { ...(wasShown && { wasShown }) });
    if (streamed) terminal.print("");
    return result;
  } finally {
    // What was approved and runs is seen to its end; what waits is in the store.
    await app.service.close(LONGEST_TIMER_MS);
  }
}
