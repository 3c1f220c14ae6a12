import type { RunId } from "../lib/ids.ts";
import type { Answer } from "./answers.ts";
import type { CallerContext, HoldMeans } from "./call-means.ts";
import { heldAnswer } from "./held-answers.ts";
import { holdCall } from "./hold.ts";
import { tellProgress } from "./tell-progress.ts";

/** The outcome of a call that was answered with a ticket, as its tool gave it. */
export async function waitForDecision(
  means: HoldMeans,
  { ticket: given, waitMs }: { ticket: string; waitMs: number },
  context: CallerContext,
): Promise<Answer> {
  const { service, catalogue, standings } = means;
  const [id = "", number = "1"] = given.split(".");
  const runId = id as RunId;
  const run = await service.state(runId);
  const start = run.frames.get("")?.data as { server?: string; tool?: string } | undefined;
  const call = run.frames.get("")?.calls.get("1");
  const name = call?.item.name ?? "";
  const offered = catalogue.tools.find((each) => each.name === name);
  const hasStructure = offered?.listed["outputSchema"] !== undefined && start !== undefined;
  const standing = standings.add(runId, context.requestId);
  const stopTelling = tellProgress(name, { context, holdMs: waitMs });
  const signal = AbortSignal.any([context.signal, context.closing]);
  const options = { wish: Number(number), hasStructure, holdMs: waitMs, signal };
  try {
    const settled = await holdCall(means, runId, options);
    if (settled !== undefined) {
      means.tickets.collected(runId);
      return settled.answer;
    }
    standings.remove(standing);
    const now = await service.state(runId);
    const isStarted = now.frames.get("")?.calls.get("1")?.started !== undefined;
    return heldAnswer({
      name,
      ticket: given,
      where: "they decide in Holdpoint's inbox or on a terminal of their own",
      isRunning: isStarted && now.undecided.size === 0,
      hasStructure: false,
    });
  } finally {
    stopTelling();
  }
}
