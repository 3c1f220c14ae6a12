import { sharedOf } from "../../../src/agents/conversation.ts";
import { deepStrictEqual } from "node:assert/strict";

import type { RunFold } from "../journal.ts";
import { isJsonObject, type JsonValue } from "../../../src/lib/json.ts";
import { describeRun } from "./description.ts";
import type { Outcomes } from "./play.ts";
import type { World } from "./world.ts";

/** What an uninterrupted play came to. */
export interface Reference {
  description: string;
  context: JsonValue | undefined;
  world: World;
  outcomes: Outcomes;
}

/** The text of every call's output, by path and call id. */
export function outcomesOf(state: RunFold): Map<string, string> {
  const outcomes = new Map<string, string>();
  for (const { path, calls } of state.frames.values()) {
    for (const { item, finished } of calls.values()) {
      const output = finished?.output;
      if (typeof output === "string") outcomes.set([...path, item.callId].join("/"), output);
    }
  }
  return outcomes;
}

/** @throws AssertionError for the first difference that makes one */
export function compare(
  { state, world }: { state: RunFold; world: World },
  reference: Reference,
): void {
  const description = describeRun(state);
  if (description !== reference.description) {
    deepStrictEqual(JSON.parse(description), JSON.parse(reference.description));
  }
  const attempts = attemptsIn(state);
  compareRequests(world, reference.world);
  checkRepeatedRequests(world, state);
  checkEffects(world, { reference: reference.world, attempts });
  compareContexts(state, { reference, attempts });
}

/** The same questions, however often each was asked. */
function compareRequests(world: World, reference: World): void {
  deepStrictEqual([...world.requests.keys()].toSorted(), [...reference.requests.keys()].toSorted());
  for (const [place, asked] of world.requests) {
    const expected = reference.requests.get(place)?.[0] ?? "";
    for (const request of asked) {
      if (request !== expected) deepStrictEqual(JSON.parse(request), JSON.parse(expected));
    }
  }
}

/** Of a history that a server keeps no turn is sent twice, unless a person said so. */
function checkRepeatedRequests({ requests }: World, state: RunFold): void {
  const { conversationId, previousResponseId } = sharedOf(state);
  if ((conversationId ?? previousResponseId) === undefined) return;
  const repeated = [...requests]
    .filter(([place]) => place.startsWith("frame 0 "))
    .reduce((sum, [, asked]) => sum + asked.length - 1, 0);
  const allowed = [...state.approvals.values()].filter(
    ({ kind, decision }) => kind === "model_outcome_unknown" && decision?.decision === "approved",
  ).length;
  if (repeated > allowed) deepStrictEqual({ repeated }, { repeated: allowed });
}

interface Attempts {
  /** Times that a person said "run again". */
  again: ReadonlyMap<string, number>;
  /** Calls whose outcome a person stated. */
  stated: ReadonlySet<string>;
  /** How often calls were started that may be run again without asking. */
  keyed: ReadonlyMap<string, number>;
}

function attemptsIn(state: RunFold): Attempts {
  const again = new Map<string, number>();
  const stated = new Set<string>();
  for (const { kind, path, callId, decision } of state.approvals.values()) {
    if (kind !== "outcome_unknown") continue;
    const place = [...path, callId].join("/");
    if (decision?.decision === "approved") again.set(place, (again.get(place) ?? 0) + 1);
    else stated.add(place);
  }
  const keyed = new Map<string, number>();
  for (const { path, calls } of state.frames.values()) {
    for (const { item, started } of calls.values()) {
      if (item.name !== "pay_keyed") continue;
      keyed.set([...path, item.callId].join("/"), started?.attempt ?? 0);
    }
  }
  return { again, stated, keyed };
}

/** Each effect once, with the arguments of the uninterrupted run, but for what a person allowed. */
function checkEffects(
  world: World,
  { reference, attempts }: { reference: World; attempts: Attempts },
): void {
  const { again, stated, keyed } = attempts;
  for (const [place, times] of world.effects) {
    const expected = reference.effects.get(place)?.[0];
    deepStrictEqual({ place, with: [...new Set(times)] }, { place, with: [expected] });
    const allowed = keyed.get(place) ?? 1 + (again.get(place) ?? 0);
    if (times.length > allowed) {
      deepStrictEqual({ place, ran: times.length }, { place, ran: allowed });
    }
  }
  for (const place of reference.effects.keys()) {
    if (stated.has(place)) continue;
    deepStrictEqual({ place, ran: world.effects.has(place) }, { place, ran: true });
  }
}

/** What tools did to the context; of a stated outcome it went down with the process. */
function compareContexts(
  state: RunFold,
  { reference, attempts }: { reference: Reference; attempts: Attempts },
): void {
  const expected = ranIn(reference.context);
  const actual = ranIn(sharedOf(state).context);
  for (const place of Object.keys({ ...expected, ...actual })) {
    if (attempts.stated.has(place) && actual[place] === undefined) continue;
    deepStrictEqual({ place, note: actual[place] }, { place, note: expected[place] });
  }
}

function ranIn(context: JsonValue | undefined): Record<string, unknown> {
  const ran = isJsonObject(context) ? context["ran"] : undefined;
  return isJsonObject(ran) ? ran : {};
}
