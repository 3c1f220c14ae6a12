import type { Ruling } from "../engine/driver.ts";
import { rootFrame } from "../engine/state.ts";
import type { RunId } from "../lib/ids.ts";
import type { JsonObject } from "../lib/json.ts";
import type { RunService } from "../runs/run-service.ts";
import { withMark, type Answer } from "./answers.ts";
import type { CallerContext, CallMeans, HoldMeans } from "./call-means.ts";
import { askByForm } from "./forms.ts";
import { heldAnswer, replayedText, sharedText } from "./held-answers.ts";
import { holdCall } from "./hold.ts";
import { differingMembers } from "./intent-key.ts";
import { meet, type Met, type Proposed } from "./meet.ts";
import { timeOf, type Settled } from "./outcome.ts";
import type { Caller } from "./served-tool.ts";
import type { Standing } from "./standings.ts";
import { tellProgress } from "./tell-progress.ts";

/** A call that may have an effect, or must be asked about, with whoever makes it. */
export interface Holding {
  readonly call: Proposed;
  readonly ruling: Ruling;
  readonly caller: Caller;
  readonly context: CallerContext;
}

/** Begins a call, or joins what it is a repetition of, and waits for what comes of it. */
export async function callHeld(means: HoldMeans, holding: Holding): Promise<Answer> {
  const { call, ruling, context } = holding;
  const { service, standings } = means;
  const met = await means.turns.take(call.key ?? context.requestId, () =>
    meetAndStand(means, { call, asks: ruling.verdict === "ask", context }),
  );
  const { standing, runId } = met;
  const gaveUp = (): void => {
    standings.remove(standing);
    void service.say(runId, [{ type: "caller_left", why: "cancelled" }]).catch(() => undefined);
  };
  context.signal.addEventListener("abort", gaveUp, { once: true });
  if (!means.callers.has(runId)) means.callers.set(runId, holding.caller);
  try {
    return await hold(means, holding, met);
  } catch (error) {
    standings.remove(standing);
    throw error;
  } finally {
    context.signal.removeEventListener("abort", gaveUp);
    if (means.callers.get(runId) === holding.caller) means.callers.delete(runId);
  }
}

type Stood = Met & { readonly standing: Standing };

/** In one step, so that a like call that comes next finds this one standing. */
async function meetAndStand(
  means: HoldMeans,
  { call, asks, context }: { call: Proposed; asks: boolean; context: CallerContext },
): Promise<Stood> {
  const met = await meet(means, call, asks);
  const standing = means.standings.add(met.runId, context.requestId);
  return { ...met, standing };
}

async function hold(means: HoldMeans, holding: Holding, met: Stood): Promise<Answer> {
  const { call, context } = holding;
  const { runId, wish, standing } = met;
  const holdMs = means.holdMs(call.principal);
  const hasStructure = call.offered.listed["outputSchema"] !== undefined;
  const stopTelling = tellProgress(call.offered.name, { context, holdMs });
  const form = askByForm(means, context);
  const signal = AbortSignal.any([context.signal, context.closing]);
  try {
    const { asked } = form;
    const options = { wish, hasStructure, holdMs, signal, asked };
    const settled = await holdCall(means, runId, options);
    if (settled !== undefined) {
      means.tickets.collected(runId);
      return await marked(means, { settled, met, call });
    }
    means.standings.remove(standing);
    return await ticket(means, holding, { met, hasStructure });
  } finally {
    stopTelling();
    form.end();
  }
}

/** What came of a call, as this caller of it is told. */
async function marked(
  { clock, service, ignored }: HoldMeans,
  { settled, met, call }: { settled: Settled; met: Met; call: Proposed },
): Promise<Answer> {
  const { type, runId } = met;
  if (type === "begun") return settled.answer;
  const differing = await differences(service, { runId, call, ignored });
  const said = differing === undefined ? [] : [differing];
  if (type === "shared" && said.length === 0) return settled.answer;
  const at = timeOf(settled.at, clock.now());
  const isReplay = type === "replay" || type === "reject_again";
  const text = isReplay ? replayedText(at, settled.outcome === "done") : sharedText(at);
  const meta = { "holdpoint/replayed": settled.at };
  return withMark(settled.answer, { text: [text, ...said].join(" "), meta });
}

/** Which members that are not counted differ from those of the call that ran. */
async function differences(
  service: RunService,
  { runId, call, ignored }: { runId: RunId; call: Proposed; ignored: CallMeans["ignored"] },
): Promise<string | undefined> {
  const ignore = ignored(call.offered.server, call.offered.tool);
  if (ignore.length === 0) return undefined;
  const first = rootFrame(await service.state(runId))?.calls.get("1")?.item.arguments ?? "{}";
  const differing = differingMembers(JSON.parse(first) as JsonObject, call.arguments, ignore);
  if (differing.length === 0) return undefined;
  return `Of ${differing.join(", ")} the value of the first call was used.`;
}

async function ticket(
  means: HoldMeans,
  { call, context }: Holding,
  { met: { runId, wish }, hasStructure }: { met: Met; hasStructure: boolean },
): Promise<Answer> {
  const { service } = means;
  if (!context.signal.aborted) {
    await service.say(runId, [{ type: "caller_left", why: "ticket" }]).catch(() => undefined);
  }
  means.tickets.add({ runId, wish });
  const run = await service.state(runId);
  const isRunning = run.frames.get("")?.calls.get("1")?.started !== undefined;
  return heldAnswer({
    name: call.offered.name,
    ticket: wish === 1 ? runId : `${runId}.${wish}`,
    where: "they decide in Holdpoint's inbox or on a terminal of their own",
    isRunning: isRunning && run.undecided.size === 0,
    hasStructure,
  });
}
