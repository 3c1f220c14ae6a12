import { PROCESS_DIED } from "../engine/starter.ts";
import type { RunId } from "../lib/ids.ts";
import { resumeCommand } from "../runs/advice.ts";
import type { RunService } from "../runs/run-service.ts";

/** How many of the newest failed runs are looked at. */
const FAILED_LIMIT = 20;

/** Why failed runs failed, by run and length: a list is asked for often. */
const known = new WeakMap<RunService, Map<string, boolean>>();

/** The runs that were put aside since processes ended at them, in a sentence each. */
export async function putAside(service: RunService): Promise<string | undefined> {
  const { runs, nextCursor } = await service.list({ status: "failed", limit: FAILED_LIMIT });
  const before = known.get(service) ?? new Map<string, boolean>();
  const now = new Map<string, boolean>();
  const said: string[] = [];
  for (const { runId, source, length } of runs) {
    const key = `${runId} ${length}`;
    const isAside = before.get(key) ?? (await isPutAside(service, runId));
    now.set(key, isAside);
    if (isAside) said.push(sentence({ runId, source }, service.location));
  }
  known.set(service, now);
  if (said.length === 0) return undefined;
  if (nextCursor !== undefined)
    said.push(`Of failed runs the newest ${FAILED_LIMIT} were looked at.`);
  return said.join(" ");
}

async function isPutAside(service: RunService, runId: RunId): Promise<boolean> {
  return (await service.get(runId)).error?.code === PROCESS_DIED;
}

function sentence(run: { runId: RunId; source: string }, location: string): string {
  const command = resumeCommand(run, location) ?? "the program that started it";
  return `Run ${run.runId} was put aside: processes ended at it twice. This lets it go on: ${command}.`;
}
