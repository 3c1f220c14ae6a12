import { createRunningApp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import { resumeCommand } from "../../runs/advice.ts";
import { LONGEST_TIMER_MS } from "../../lib/clock.ts";
import { followRun } from "../ask.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Goes on with a run in this process: after a failure, or because no server is up. */
export async function run(given: Given<"resume">, context: CommandContext): Promise<number> {
  const { id: runId, maxTurns } = given;
  const { service } = await createRunningApp(appOptions(given, context));
  try {
    const { source } = await service.get(runId);
    if (service.registry.withSource(source) === undefined) {
      throw notHere({ runId, source }, service.location);
    }
    await service.resume(runId, { ...callerHere(context), maxTurns });
    return await followRun(service, runId, context);
  } finally {
    await service.close(LONGEST_TIMER_MS);
  }
}

function notHere(which: { runId: RunId; source: string }, location: string): HoldpointError {
  const command = resumeCommand(which, location);
  const how =
    command === undefined ? "It was started from code: go on with it there" : `Use ${command}`;
  return new HoldpointError("unknown_agent", `This run's agent is ${which.source}. ${how}`);
}
