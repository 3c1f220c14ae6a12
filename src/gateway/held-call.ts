import { setImmediate as turnOfLoop } from "node:timers/promises";

import { rootFrame } from "../engine/frames.ts";
import type { Ruling } from "../engine/tool.ts";
import type { RunId } from "../lib/ids.ts";
import type { JsonObject } from "../lib/json.ts";
import type { RunService } from "../runs/run-service.ts";
import { failed, type Answer } from "./answers.ts";
import type { CallMeans, HoldMeans } from "./call-means.ts";
import type { CallerContext } from "./callers.ts";
import { asRepeated, refusedText, replayedText, sharedText } from "./held-answers.ts";
import { differingMembers } from "./intent-key.ts";
import { meet, type Met, type NotMet, type Proposed } from "./meet.ts";
import { endDenied } from "./now-denied.ts";
import { timeOf, type Settled } from "./outcome.ts";
import { standBy, ticketOf, type Awaited } from "./stand-by.ts";
import type { Standing } from "./standings.ts";

/** A call that may have an effect, or must be asked about, with whoever makes it. */
export interface Holding {
  readonly call: Proposed;
  readonly ruling: Ruling;
  readonly context: CallerContext;
}

/** Begins a call, or joins what it is a repetition of, and waits for what comes of it. */
export async function callHeld(
  means: HoldMeans,
  { call, ruling, context }: Holding,
): Promise<Answer> {
  const { service } = means;
  const met = await means.turns.take(call.key ?? context.requestId, () =>
    meetAndStand(means, { call, asks: ruling.verdict === "ask", context }),
  );
  // An earlier one like it may have run: of that nothing is known now.
  if (met.type === "not_met") {
    return failed(`Nothing was begun by this call: ${met.why}. Make the same call again.`);
  }
  const awaited: Awaited = {
    ...met,
    name: call.offered.name,
    hasStructure: call.offered.listed["outputSchema"] !== undefined,
    holdMs: means.holdMs(call.principal),
    hasTicket: false,
  };
  const settled = await standBy(means, awaited, context);
  if (settled !== undefined) {
    const answer = await marked(means, { settled, met, call });
    if (met.standing.isRetry) await readWhatCame();
    return answer;
  }
  // One that was given up gets no answer, and so no ticket.
  if (!context.signal.aborted) {
    const { runId, wish } = met;
    await service
      .say(runId, [{ type: "caller_left", why: "ticket", by: means.owner }])
      .catch(() => undefined);
    means.tickets.add({ runId, wish });
  }
  return ticketOf(means, awaited);
}

type Stood = Met & { readonly standing: Standing };

/** In one step, so that a like call that comes next finds this one standing. */
async function meetAndStand(
  means: HoldMeans,
  { call, asks, context }: { call: Proposed; asks: boolean; context: CallerContext },
): Promise<Stood | NotMet> {
  // Given up before it was begun, it is not begun.
  if (context.signal.aborted) return { type: "not_met", why: "its client gave it up" };
  const met = await meet(means, call, asks);
  if (met.type === "not_met") return met;
  const { service, callers, owner } = means;
  const isRetry = met.type === "replay" || met.type === "attached";
  if (met.type === "attached") await endDenied(means, met.runId);
  // Its body may run in another process, which is to know that somebody waits for it here; and what
  // is told here is told nowhere else as a new call's.
  if (isRetry && callers.of(met.runId) === undefined) {
    const joining = service.say(met.runId, [{ type: "caller_joined", by: owner }]);
    // What is known is told, also where the store takes nothing: nothing begins there then.
    await (met.type === "replay" ? joining.catch(() => undefined) : joining);
  }
  const { requestId, since } = context;
  const standing = means.standings.add(met.runId, requestId, { since, isRetry });
  return { ...met, standing };
}

/** What was sent by now is read before what is said next, and so did not come because of that. */
async function readWhatCame(): Promise<void> {
  // The first one may end before anything is read.
  await turnOfLoop();
  await turnOfLoop();
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
  return asRepeated(settled, [toldText(type, settled, at), ...said].join(" "));
}

function toldText(type: Met["type"], settled: Settled, at: string): string {
  if (type === "reject_again") return refusedText(at);
  return type === "replay" ? replayedText(at, settled.known) : sharedText(at, settled);
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
