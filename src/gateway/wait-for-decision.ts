import { rootFrame } from "../engine/frames.ts";
import type { Run } from "../engine/state.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Intent } from "../runs/run-store.ts";
import type { Answer } from "./answers.ts";
import type { HoldMeans } from "./call-means.ts";
import type { CallerContext } from "./callers.ts";
import { gatewayDataOf, wishesOf } from "./folder.ts";
import { asRepeated, earlierText } from "./held-answers.ts";
import { endDeniedMeanwhile } from "./now-denied.ts";
import { timeOf } from "./outcome.ts";
import { standBy, ticketOf, type Awaited, type GivenOutcome } from "./stand-by.ts";

/** The outcome of a call that was answered with a ticket, as its tool gave it. */
export async function waitForDecision(
  means: HoldMeans,
  { ticket, waitMs }: { ticket: string; waitMs: number },
  context: CallerContext,
): Promise<Answer> {
  const [id = "", number = "1"] = ticket.split(".");
  const runId = id as RunId;
  const run = await findRun(means, runId, context);
  const call = run && rootFrame(run)?.calls.get("1");
  if (run === undefined || call === undefined || !/^[1-9]\d{0,5}$/.test(number)) {
    const text = `You were given no such ticket: ${JSON.stringify(ticket.slice(0, 100))}. A held call says its ticket in its result.`;
    return { result: { isError: true, content: [{ type: "text", text }] } };
  }
  await endDeniedMeanwhile(means, run, context.signal);
  const awaited: Awaited = {
    runId,
    wish: Number(number),
    name: call.item.name,
    hasStructure: hasStructure(means, run),
    holdMs: waitMs,
    standing: means.standings.add(runId, context.requestId),
    hasTicket: true,
  };
  const given = await standBy(means, awaited, context);
  // The tool that gives the ticket again is this one, which announces no structure.
  if (given === undefined) return ticketOf(means, { ...awaited, hasStructure: false });
  if (!(await isRepeated(means, runId, given))) return given.answer;
  return asRepeated(given, earlierText(timeOf(given.at, means.clock.now()), given));
}

/** Whether what a ticket is answered with may have reached its client before. */
async function isRepeated(
  { service }: HoldMeans,
  runId: RunId,
  { isTold, wasOut }: GivenOutcome,
): Promise<boolean> {
  const data = gatewayDataOf(await service.state(runId));
  if (data?.start.key === undefined) return !wasOut;
  // What one of several tickets was answered with is new to who has the other one.
  if (wishesOf(data) > 1 && wasOut) return false;
  return isTold || !(await service.intents(data.start.key)).some((each) => isOwed(each, runId));
}

function isOwed({ run, isCurrent }: Intent, runId: RunId): boolean {
  return isCurrent && run.runId === runId;
}

/** The run of a ticket, where it is one of this client's own calls. */
async function findRun(
  { service, source }: HoldMeans,
  runId: RunId,
  { principal }: CallerContext,
): Promise<Run | undefined> {
  try {
    const run = await service.state(runId);
    const isOwn = run.source === source && rootFrame(run)?.startedBy === principal;
    return isOwn && gatewayDataOf(run) !== undefined ? run : undefined;
  } catch (error) {
    if (error instanceof HoldpointError && error.code === "run_not_found") return undefined;
    throw error;
  }
}

function hasStructure({ catalogue }: HoldMeans, run: Run): boolean {
  const start = gatewayDataOf(run)?.start;
  const offered = catalogue.tools.find(
    (each) => each.server === start?.server && each.tool === start.tool,
  );
  return offered?.listed["outputSchema"] !== undefined;
}
