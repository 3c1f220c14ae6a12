import { createLibraryPlay, drive, type Outcomes } from "./play.ts";
import { compare, outcomesOf, type Reference } from "./compare.ts";
import { createPlayAgents } from "./agents.ts";
import { describeRun } from "./description.ts";
import type { RunFold } from "../../../src/journal/fold.ts";
import type { RunConfig } from "../../../src/runner/config.ts";
import type { Recorder } from "../../../src/runner/recorder.ts";
import { RunState } from "../../../src/runner/run-state.ts";
import type { PlayScript } from "./script.ts";
import { createStoppablePlay, Stop, type StopPoint } from "./stoppable.ts";
import { createWorld, type World } from "./world.ts";

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
  return { description, context: state.context, world, outcomes: outcomesOf(state) };
}

/** One life of a process: who it plays for, and what it left. */
interface Life {
  lines: readonly string[];
  world: World;
  died: boolean;
}

/** Plays, or goes on with what another process left, until the process dies. */
export async function playUntil(
  script: PlayScript,
  given: { stop: StopPoint; outcomes: Outcomes; before?: Life; fault?: Fault },
): Promise<Life> {
  const { stop, outcomes, before, fault } = given;
  const world = before?.world ?? createWorld(script.delays);
  const play = createStoppablePlay(createPlayAgents(script, world), {
    script,
    input: INPUT,
    lines: before?.lines,
    stop,
    delay: world.delay,
    wrapRecorder: fault?.wrapRecorder,
  });
  try {
    await drive(play, script, outcomes);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return { lines: play.sink.lines, world, died: play.sink.dead };
}

export function toText(lines: readonly string[]): string {
  return JSON.stringify({ $schemaVersion: "holdpoint/1", entries: lines });
}

/** Goes on from text with fresh agents, to the end. */
export async function playOn(
  script: PlayScript,
  { text, world, outcomes, fault = {} }: { text: string; world: World; outcomes: Outcomes; fault?: Fault },
): Promise<RunFold> {
  const agent = createPlayAgents(script, world);
  const state = await RunState.fromString(agent, text);
  fault.tamper?.(state.fold);
  const play = createLibraryPlay(agent, state, { script, config: fault.config });
  await drive(play, script, outcomes);
  return play.state;
}

/**
 * Plays `script` uninterrupted, then once for every place where it can be stopped, going on from
 * text with fresh agents, and once in processes that die all the time: the end must be the same.
 *
 * @returns how many times it was stopped
 * @throws AssertionError when it made a difference that it was
 */
export async function checkStopAndResume(script: PlayScript, fault?: Fault): Promise<number> {
  const reference = await playThrough(script);
  const { outcomes } = reference;
  const whole = await playUntil(script, { stop: { after: Infinity, at: "written" }, outcomes });
  let stops = 0;
  for (const stop of stopPoints(whole.lines)) {
    const life = await playUntil(script, { stop, outcomes, ...(fault === undefined ? {} : { fault }) });
    if (!life.died) continue;
    stops += 1;
    const text = toText(life.lines);
    const { world } = life;
    const state = await playOn(script, { text, world, outcomes, ...(fault === undefined ? {} : { fault }) });
    compare({ state, world }, reference);
  }
  return stops + (await checkShortLives(script, reference));
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
  const { world } = life;
  const state = await playOn(script, { text: toText(life.lines), world, outcomes });
  compare({ state, world }, reference);
  return lives;
}

/** After every entry; and with effects done that the next entry would have told of. */
function stopPoints(lines: readonly string[]): StopPoint[] {
  return lines.flatMap((line, index): StopPoint[] => {
    const { type }: { type: string } = JSON.parse(line);
    const after: StopPoint = { after: index + 1, at: "written" };
    return tellsOfEffect.has(type) ? [{ after: index, at: "attempted" }, after] : [after];
  });
}

const tellsOfEffect = new Set(["tool_finished", "model_responded"]);
