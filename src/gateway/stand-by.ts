import type { Run } from "../engine/state.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Answer } from "./answers.ts";
import type { HoldMeans } from "./call-means.ts";
import type { CallerContext } from "./callers.ts";
import { gatewayDataOf, isOwedBeside } from "./folder.ts";
import { askByForm } from "./forms.ts";
import { heldAnswer } from "./held-answers.ts";
import { holdCall } from "./hold.ts";
import { standOf, type Settled } from "./outcome.ts";
import type { Standing } from "./standings.ts";
import { createTeller } from "./tell-progress.ts";

/** A call that somebody waits for. */
export interface Awaited {
  readonly runId: RunId;
  /** Which of the like calls that share the run, from 1. */
  readonly wish: number;
  /** The tool, as its client calls it. */
  readonly name: string;
  /** Whether the tool announces a structure. */
  readonly hasStructure: boolean;
  readonly holdMs: number;
  readonly standing: Standing;
  /** Whether whoever waits has a ticket for it already, and may come again. */
  readonly hasTicket: boolean;
}

/** What came of a call that somebody waited for. */
export interface GivenOutcome extends Settled {
  /** Whether another answer of this connection has it too, as far as is known. */
  readonly isTold: boolean;
  /** Whether a ticket for it was out here, which had not been answered with it. */
  readonly wasOut: boolean;
}

/** Waits for what comes of a call, with all that whoever waits is owed; `undefined` when time is up. */
export async function standBy(
  means: HoldMeans,
  call: Awaited,
  context: CallerContext,
): Promise<GivenOutcome | undefined> {
  const { standings, callers, tickets } = means;
  const { runId, wish, standing, hasTicket } = call;
  const gaveUp = (): void => {
    standings.remove(standing);
    if (hasTicket || callers.of(runId) !== undefined) return;
    void giveUp(means, runId, context).catch((error: unknown) => {
      means.log.warn(`a call that was given up goes on: ${errorMessage(error)}`);
    });
  };
  const isAsking = (run: Run): boolean => means.own.questions.isAsking(serverOf(run));
  const teller = createTeller({ ...call, isAsking }, context);
  const { onProgress } = teller;
  const leave = callers.join(runId, { onProgress, signal: context.signal });
  // Only then: whoever gives up has left by the time that this is told of it.
  context.signal.addEventListener("abort", gaveUp, { once: true });
  if (context.signal.aborted) gaveUp();
  const form = askByForm(means, context);
  let settled: Settled | undefined;
  try {
    settled = await holdCall(means, runId, {
      ...call,
      signal: AbortSignal.any([context.signal, context.closing]),
      looked(run, approvalId) {
        teller.looked(run);
        form.asked(approvalId);
      },
    });
    // Nobody gets the answer of one that was given up.
    if (settled === undefined || context.signal.aborted) return undefined;
    const isTold = standings.give(standing);
    return { ...settled, isTold, wasOut: tickets.collected({ runId, wish }) };
  } finally {
    if (settled === undefined) standings.remove(standing);
    context.signal.removeEventListener("abort", gaveUp);
    leave();
    if (settled !== undefined) callers.forget(runId);
    teller.end();
    form.end();
  }
}

/**
 * The last of this process has given a call up. It runs on where somebody else may be told of it: by
 * what the store says of other processes, once it has been told of this one.
 */
async function giveUp(
  { service, callers, owner }: HoldMeans,
  runId: RunId,
  { signal }: CallerContext,
): Promise<void> {
  await service.say(runId, [{ type: "caller_left", why: "cancelled", by: owner }]);
  const data = gatewayDataOf(await service.state(runId));
  if (data === undefined || isOwedBeside(data, owner)) return;
  callers.giveUp(runId, signal.reason);
}

/** What whoever waited is told when the time is up: how it stands, and the ticket. */
export async function ticketOf(
  { service, own }: HoldMeans,
  { runId, wish, name, hasStructure }: Awaited,
): Promise<Answer> {
  const run = await service.state(runId);
  return heldAnswer({
    name,
    ticket: wish === 1 ? runId : `${runId}.${wish}`,
    where: "they decide in Holdpoint's inbox or on a terminal of their own",
    stand: standOf(run),
    isAsking: own.questions.isAsking(serverOf(run)),
    hasStructure,
  });
}

function serverOf(run: Run): string {
  return gatewayDataOf(run)?.start.server ?? "";
}
