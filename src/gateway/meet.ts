import type { DraftOf } from "../engine/entries.ts";
import { openWish } from "../engine/store-sink.ts";
import type { Clock } from "../lib/clock.ts";
import { HoldpointError, isStoreFault } from "../lib/errors.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import { canonicalJson, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Intent } from "../runs/run-store.ts";
import { visibleLine } from "../runs/shown-text.ts";
import type { OfferedTool } from "./catalogue.ts";
import { gatewayDataOf, wishesOf, type GatewayStart } from "./folder.ts";
import { pastOf } from "./known.ts";
import { CROSSING_MS, judgeRepetition, type Earlier, type Judged, type Outcome } from "./ledger.ts";
import { openingOf } from "./opening.ts";
import { asksAgain, isUndecided, settledOf, timeOf } from "./outcome.ts";
import type { Standings } from "./standings.ts";

/** So many pending calls are looked at for like ones of other clients. */
const LOOKED_AT = 100;

/** A call as its client makes it. */
export interface Proposed {
  readonly offered: OfferedTool;
  readonly arguments: JsonObject;
  readonly meta: { [key: string]: JsonValue } | undefined;
  /** The client, without its version. */
  readonly principal: string;
  /** The same with its version. */
  readonly client: string;
  /** `gateway:<real path of the configuration>`. */
  readonly source: string;
  /** Absent for a tool that changes nothing. */
  readonly key: string | undefined;
  /** When it came, by `performance.now()`. */
  readonly since: number;
}

export interface MeetMeans {
  readonly service: Pick<
    RunService,
    "intents" | "unknownSince" | "state" | "begin" | "say" | "pending"
  >;
  readonly standings: Standings;
  readonly clock: Clock;
  readonly owner: string;
  readonly replayMs: number;
}

/** What a call came to be when it was held against the ledger. */
export type Met =
  | { readonly type: "begun" | "attached" | "shared"; readonly runId: RunId; readonly wish: number }
  | { readonly type: "replay" | "reject_again"; readonly runId: RunId; readonly wish: number };

/** The store could not be looked at, so that nothing of a call was begun. */
export interface NotMet {
  readonly type: "not_met";
  readonly why: string;
}

/**
 * Begins a call, or finds the run that it is a repetition of.
 *
 * @param asks whether rules ask about it
 */
export async function meet(means: MeetMeans, call: Proposed, asks: boolean): Promise<Met | NotMet> {
  const { service, clock, replayMs } = means;
  const { key } = call;
  if (key === undefined) return { type: "begun", runId: await begin(means, call), wish: 1 };
  for (;;) {
    let earlier: Earlier[];
    try {
      const intents = await service.intents(key);
      earlier = await Promise.all(intents.map((each) => toEarlier(means, each, call.since)));
    } catch (error) {
      if (isStoreFault(error)) return { type: "not_met", why: error.message };
      throw error;
    }
    const judged = judgeRepetition(earlier, { asks, replayMs });
    switch (judged.type) {
      case "attach":
        return { type: "attached", runId: judged.runId, wish: 1 };
      case "share": {
        const wish = await addWish(means, judged.runId);
        // Somebody decided meanwhile, on what was one call then: it is looked at again.
        if (wish === undefined) break;
        return { type: "shared", runId: judged.runId, wish };
      }
      case "replay":
      case "reject_again":
        return { type: judged.type, runId: judged.runId, wish: 1 };
      case "begin":
        try {
          const notes = await notesOn(means, judged, clock.now());
          notes.mustAsk ??= await unknownText(means);
          if (asks) notes.notes.push(...(await othersNotes(means, call)));
          return { type: "begun", runId: await begin(means, call, { judged, notes }), wish: 1 };
        } catch (error) {
          // Another process began the same wish meanwhile: it is looked at again.
          if (!(error instanceof HoldpointError) || error.code !== "intent_open") throw error;
        }
    }
  }
}

async function toEarlier(
  { service, standings, clock, owner }: MeetMeans,
  { run: { runId }, place, isCurrent }: Intent,
  cameAt: number,
): Promise<Earlier> {
  // What is on its way to the store here may be taken back: another process may have written first.
  const state = await service.state(runId, { isSettled: true });
  const nowMs = clock.now();
  const { joined, start } = gatewayDataOf(state) ?? {};
  // One of several may have come to something while others run.
  const settled =
    openWish(state) === undefined ? settledOf(state, { hasStructure: false }) : undefined;
  return {
    runId,
    place,
    isCurrent,
    settled: settled && {
      outcome: settled.outcome,
      agoMs: nowMs - Date.parse(settled.at),
    },
    isHeld: isUndecided(state),
    isRetriedElsewhere:
      joined !== undefined && joined.by !== owner && nowMs - Date.parse(joined.at) < CROSSING_MS,
    mayRepeat: start?.mustAsk !== undefined,
    asksAgain: asksAgain(state),
    here: standings.here(runId, cameAt),
  };
}

/** @returns which of the like calls it is; `undefined` where it is too late for one more */
async function addWish({ service }: MeetMeans, runId: RunId): Promise<number | undefined> {
  const wishesNow = async (): Promise<number> => {
    const data = gatewayDataOf(await service.state(runId));
    return data === undefined ? 1 : wishesOf(data);
  };
  const before = await wishesNow();
  await service.say(runId, [{ type: "wish_added" }], isUndecided);
  const wishes = await wishesNow();
  return wishes > before ? wishes : undefined;
}

type Begin = Extract<Judged, { type: "begin" }>;

interface Notes {
  mustAsk: string | undefined;
  readonly notes: string[];
}

/** Like calls of other clients that wait: they are asked about, and decided, apart from this one. */
async function othersNotes({ service, clock }: MeetMeans, call: Proposed): Promise<string[]> {
  const { approvals } = await service.pending({ limit: LOOKED_AT });
  const own = canonicalJson(call.arguments);
  return approvals
    .filter((each) => each.source === call.source && each.agent !== call.principal)
    .filter((each) => each.tool === call.offered.name && sameArguments(each.arguments, own))
    .map(
      ({ agent, createdAt }) =>
        `${visibleLine(agent)} asked for the same at ${timeOf(createdAt, clock.now())}: it waits, and is decided by itself`,
    );
}

function sameArguments(text: string, own: string): boolean {
  try {
    return canonicalJson(JSON.parse(text) as JsonValue) === own;
  } catch {
    return false;
  }
}

/** What whoever is asked is told of the call before this one. */
async function notesOn(
  { service }: MeetMeans,
  { mustAsk, before }: Begin,
  nowMs: number,
): Promise<Notes> {
  if (before === undefined) return { mustAsk: undefined, notes: [] };
  const run = await service.state(before);
  if (mustAsk === "open") {
    const text = `The same call was begun at ${timeOf(run.startedAt, nowMs)}, and is made again while it is not over: this may be a repetition of it`;
    return { mustAsk: text, notes: [] };
  }
  const settled = settledOf(run, { hasStructure: false });
  if (settled === undefined) return { mustAsk: undefined, notes: [] };
  const at = timeOf(settled.at, nowMs);
  const past = capitalized(pastOf(settled.known, "the same call", at));
  if (mustAsk === "undelivered") {
    const text = `${past}, and its answer never reached its client: this may be a repetition of it`;
    return { mustAsk: text, notes: [] };
  }
  if (mustAsk === "crossed") {
    const text = `${past}, and the call was made again at the very moment of its late answer: this may be a repetition of it`;
    return { mustAsk: text, notes: [] };
  }
  if (mustAsk === "unknown") {
    const text = `The same call was begun before, and by ${at} nobody had said what came of it: this may be the second time`;
    return { mustAsk: text, notes: [] };
  }
  return { mustAsk: undefined, notes: [noteOn(settled.outcome, { past, at })] };
}

/** Where the ledger itself may have lost the same call. */
async function unknownText({ service, clock }: MeetMeans): Promise<string | undefined> {
  const since = await service.unknownSince();
  return since === undefined
    ? undefined
    : `The store is an older copy: what happened after ${timeOf(since, clock.now())} is not known, and this may be a repetition (holdpoint store accept says that the copy is meant)`;
}

function noteOn(outcome: Outcome, { past, at }: { past: string; at: string }): string {
  if (outcome === "rejected") return `The same call was rejected at ${at}`;
  if (outcome === "expired") return `Nobody decided on the same call by ${at}`;
  if (outcome === "nothing") return `The same call was refused at ${at}`;
  return past;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

async function begin(
  { service }: MeetMeans,
  call: Proposed,
  ledger?: { judged: Begin; notes: Notes },
): Promise<RunId> {
  const runId = createRunId();
  const { mustAsk, notes = [] } = ledger?.notes ?? {};
  const drafts = draftsOf(runId, call, { mustAsk, notes });
  const { key } = call;
  const intent =
    ledger === undefined || key === undefined
      ? undefined
      : { key, place: ledger.judged.place, closes: ledger.judged.closes };
  await service.begin({ runId, drafts, intent });
  return runId;
}

/** The entries that a call begins with. */
export function draftsOf(
  runId: RunId,
  { offered, arguments: args, meta, principal, client, source, key }: Proposed,
  { mustAsk, notes = [] }: Partial<Notes> = {},
): [DraftOf<"run_started">, DraftOf<"call_proposed">] {
  const start: GatewayStart = {
    server: offered.server,
    tool: offered.tool,
    ...(meta === undefined ? {} : { meta }),
    ...(key === undefined ? {} : { key }),
    ...(mustAsk === undefined ? {} : { mustAsk }),
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
  return openingOf({ runId, start, principal, client, source }, { name: offered.name, args });
}
