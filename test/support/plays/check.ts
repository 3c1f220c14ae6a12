import { sharedOf } from "../../../src/agents/conversation.ts";
import { FORMAT_VERSION } from "../../../src/engine/entries.ts";
import type { RunFold } from "../journal.ts";
import { createJournal } from "../journal.ts";
import type { RunId } from "../../../src/lib/ids.ts";
import type { RunConfig } from "../../../src/agents/face/config.ts";
import { knownRuns } from "../../../src/agents/face/known-journals.ts";
import type { Recorder } from "../../../src/engine/recorder.ts";
import { RunState } from "../../../src/agents/face/run-state.ts";
import { untilIdle } from "../latch.ts";
import { createPlayAgents } from "./agents.ts";
import { compare, outcomesOf, type Reference } from "./compare.ts";
import { describeRun } from "./description.ts";
import { createLibraryPlay, drive, type Outcomes } from "./play.ts";
import type { PlayScript } from "./script.ts";
import { createStoppablePlay, Stop, type StopPoint } from "./stoppable.ts";
import { createWorld, type World, type WorldLog } from "./world.ts";

const INPUT = "frame 0";
const MOST_LIVES = 500;

/** Something wrong with the runner, put in on purpose. */
export interface Fault {
  /** In the process that dies. */
  wrapRecorder?: (recorder: Recorder) => Recorder;
  /** Of the process that goes on: what it makes of the stored entries. */
  tamper?: (state: RunFold) => void;
  /** Of the process that goes on. */
  config?: RunConfig;
}

/** Plays from start to end in one process, with the public face of the library. */
export async function playThrough(script: PlayScript): Promise<Reference> {
  const world = createWorld(script.delays);
  const play = createLibraryPlay(createPlayAgents(script, world), INPUT, { script });
  await drive(play, script, new Map());
  const { state } = play;
  if (state.live.size > 0) throw new Error("The uninterrupted run did not come to its end");
  const description = describeRun(state);
  return { description, context: sharedOf(state).context, world, outcomes: outcomesOf(state) };
}

/** One life of a process: what it left. */
interface Life {
  lines: readonly string[];
  world: World;
  died: boolean;
}

/** Where a process might have died: entries that were stored, and what had happened outside. */
interface Death {
  after: number;
  past: WorldLog;
}

/** Plays, or goes on with what another process left, until the process dies. */
export async function playUntil(
  script: PlayScript,
  given: {
    stop: StopPoint;
    outcomes: Outcomes;
    before?: Life;
    fault?: Fault | undefined;
    deaths?: Death[];
  },
): Promise<Life> {
  const { stop, outcomes, before, fault, deaths } = given;
  const world = before?.world ?? createWorld(script.delays);
  const play = createStoppablePlay(createPlayAgents(script, world), {
    script,
    input: INPUT,
    lines: before?.lines,
    stop,
    delay: world.delay,
    wrapRecorder: fault?.wrapRecorder,
    watch: (length, types) => deaths?.push(...deathsAround(length, types, world.snapshot())),
  });
  try {
    await drive(play, script, outcomes);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return { lines: play.sink.lines, world, died: play.sink.dead };
}

export function toText(lines: readonly string[]): string {
  return JSON.stringify({ $schemaVersion: `holdpoint/${FORMAT_VERSION}`, entries: lines });
}

/** Goes on with what a process left, as text, with fresh agents, to the end. */
export async function playOn(
  script: PlayScript,
  given: { lines: readonly string[]; world: World; outcomes: Outcomes; fault?: Fault | undefined },
): Promise<RunFold> {
  const { lines, world, outcomes, fault } = given;
  const agent = createPlayAgents(script, world);
  forgetRun(lines);
  const state = await RunState.fromString(agent, toText(lines));
  fault?.tamper?.(state.fold);
  const play = createLibraryPlay(agent, state, { script, config: fault?.config });
  await drive(play, script, outcomes);
  return play.state;
}

/** This process knows nothing of a run that it only reads of. */
function forgetRun([first = "{}"]: readonly string[]): void {
  const { runId }: { runId?: RunId } = JSON.parse(first);
  if (runId !== undefined) knownRuns.remember(runId, createJournal());
}

/**
 * Plays `script` uninterrupted, then goes on from every place where the process might have died,
 * from text with fresh agents, and plays once in processes that die all the time: the end must be
 * the same.
 *
 * @returns how many times it was stopped
 * @throws AssertionError when it made a difference that it was
 */
export async function checkStopAndResume(script: PlayScript, fault?: Fault): Promise<number> {
  // Journals of other plays are let go of only between turns of the event loop.
  await untilIdle();
  const reference = await playThrough(script);
  const { outcomes } = reference;
  const deaths: Death[] = [];
  const whole = await playUntil(script, { stop: never, outcomes, fault, deaths });
  let stops = 0;
  for (const { after, past } of withoutRepetitions(deaths)) {
    const world = createWorld(script.delays, past);
    const lines = whole.lines.slice(0, after);
    const state = await playOn(script, { lines, world, outcomes, fault });
    compare({ state, world }, reference);
    stops += 1;
  }
  return stops + (await checkShortLives(script, reference));
}

/** Where a process that lives to the end dies. */
export const never: StopPoint = { after: Infinity, at: "written" };

/** Before a write, with effects done that it would have told of; and after every entry of it. */
function deathsAround(length: number, types: readonly string[], past: WorldLog): Death[] {
  const counts = [0, ...types.map((_, index) => index + 1)];
  // An outcome and what it did to the context are one write.
  return counts
    .filter((count) => length + count > 0 && types[count] !== "context_changed")
    .map((count) => ({ after: length + count, past }));
}

/** Nothing may have happened between the end of one write and the beginning of the next. */
function withoutRepetitions(deaths: readonly Death[]): Death[] {
  const known = new Set<string>();
  return deaths.filter(({ after, past: { effects, requests } }) => {
    const key = JSON.stringify([after, [...effects], [...requests]]);
    return !known.has(key) && known.add(key);
  });
}

/** Goes through processes that die after a few entries each, at first too few to get anywhere. */
async function checkShortLives(script: PlayScript, reference: Reference): Promise<number> {
  const { outcomes } = reference;
  let life: Life = { lines: [], world: createWorld(script.delays), died: true };
  let lives = 0;
  for (; life.died && lives < MOST_LIVES; lives += 1) {
    const after = life.lines.length + 3 + (lives % 4) + Math.floor(lives / 8);
    const stop: StopPoint = { after, at: lives % 3 === 0 ? "written" : "attempted" };
    life = await playUntil(script, { stop, outcomes, before: life });
  }
  const { lines, world } = life;
  const state = await playOn(script, { lines, world, outcomes });
  compare({ state, world }, reference);
  return lives;
}
