import { createRunningApp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import { resumeCommand } from "../../runs/advice.ts";
import { LONGEST_TIMER_MS } from "../../lib/clock.ts";
import { followRun } from "../ask.ts";
import { agentsOptions, appOptions, parseCommand } from "../options.ts";
import { callerHere } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Goes on with a run in this process: after a failure, or because no server is up. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, subject } = parseCommand(args, {
    options: { ...agentsOptions, "max-turns": { type: "string" } },
    subject: "the run's id",
  });
  const maxTurns = parseTurns(values["max-turns"]);
  const runId = subject as RunId;
  const { service } = await createRunningApp(appOptions(values, context));
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

function parseTurns(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const turns = Number(text);
  if (Number.isSafeInteger(turns) && turns > 0) return turns;
  throw new HoldpointError(
    "invalid_input",
    `--max-turns must be a whole number above 0, not "${text}"`,
  );
}

function notHere(which: { runId: RunId; source: string }, location: string): HoldpointError {
  const command = resumeCommand(which, location);
  const how =
    command === undefined ? "It was started from code: go on with it there" : `Use ${command}`;
  return new HoldpointError("unknown_agent", `This run's agent is ${which.source}. ${how}`);
}
