import { setImmediate as nextTurn } from "node:timers/promises";

import { plannerOf } from "../agents/bound.ts";
import { readRun } from "../engine/open-run.ts";
import { nextSteps } from "../engine/steps.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { RegisteredAgent } from "./agent-registry.ts";
import { eachRun } from "./all-runs.ts";
import type { DriverSource } from "./driver-source.ts";
import {
  after,
  kick,
  LOOK_AGAIN_MS,
  ownerOf,
  SETTLE_MS,
  type ExecutorOptions,
  type Work,
} from "./take-up.ts";

/**
 * Looks when something was written, and once for each burst after that; what is another's turn it
 * only looks at after a while, where nothing more was heard of it. The result ends it.
 */
export function watch(work: Work): () => void {
  const { changes } = work.options;
  let isSettling = false;
  let isMore = false;
  const lookSoon = (): void => {
    isMore = isSettling;
    if (isSettling || work.isClosing) return;
    isSettling = true;
    void look(work);
    after(work, SETTLE_MS, () => {
      isSettling = false;
      if (isMore) lookSoon();
    });
  };
  const others = createOthers(work);
  return changes.listen((runId, told) => {
    // What happens to a run that goes on here its own activation hears.
    if (runId !== undefined && work.active.get(runId) !== undefined) return;
    const mayBeOurs = told === undefined || told.turn === "here" || runId === work.watching;
    if (runId === undefined || mayBeOurs) lookSoon();
    else if (told.turn === "elsewhere") others.note(runId);
    else others.forget(runId);
  });
}

/** Runs that others have or were told to take up: their processes may die, and that tells nobody. */
function createOthers(work: Work): { note(runId: RunId): void; forget(runId: RunId): void } {
  /** Since when, the first one first. */
  const noted = new Map<RunId, number>();
  let isWaiting = false;
  const leftMs = (): number | undefined => {
    const [since] = noted.values();
    return since === undefined ? undefined : since + LOOK_AGAIN_MS - performance.now();
  };
  const waitForFirst = (): void => {
    const waitMs = leftMs();
    if (isWaiting || work.isClosing || waitMs === undefined) return;
    isWaiting = true;
    after(work, Math.max(0, waitMs), () => {
      isWaiting = false;
      // From then on it is looked at as long as others have some.
      if ((leftMs() ?? 1) <= 0) {
        noted.clear();
        work.filler.look();
      } else waitForFirst();
    });
  };
  return {
    note(runId) {
      if (!noted.has(runId)) noted.set(runId, performance.now());
      waitForFirst();
    },
    forget: (runId) => void noted.delete(runId),
  };
}

async function look(work: Work): Promise<void> {
  const { watching, fruitless, active, options } = work;
  if (watching === true) work.filler.look();
  if (typeof watching !== "string" || active.get(watching) !== undefined) return;
  try {
    const run = await options.store.getRun(watching);
    if (run?.runnable === true && fruitless.get(watching) !== run.length) kick(work, watching);
  } catch (error) {
    options.log.warn(`run ${watching}: ${errorMessage(error)}`);
  }
}

/** The first look, also at runs that wait: a changed definition may have them ask anew. */
export async function lookAround(work: Work): Promise<void> {
  await look(work);
  if (work.watching !== true) return;
  const { store, log } = work.options;
  try {
    for await (const summary of eachRun(store, { status: "awaiting_approval" })) {
      const registered = ownerOf(work.options, summary.source);
      if (work.isClosing) return;
      if (registered === undefined) continue;
      await lookAtWaiting(work, summary.runId, registered);
      await nextTurn();
    }
  } catch (error) {
    log.warn(`cannot look at the runs that wait: ${errorMessage(error)}`);
  }
}

/** One that cannot be read is no reason to leave the others alone. */
async function lookAtWaiting(
  work: Work,
  runId: RunId,
  registered: RegisteredAgent | DriverSource,
): Promise<void> {
  const { log } = work.options;
  try {
    if (await hasSteps(work.options, runId, registered)) kick(work, runId);
  } catch (error) {
    log.warn(`run ${runId}: cannot look whether it is to be asked anew: ${errorMessage(error)}`);
  }
}

async function hasSteps(
  { store, folders }: ExecutorOptions,
  runId: RunId,
  registered: RegisteredAgent | DriverSource,
): Promise<boolean> {
  const state = await readRun({ store, folders }, runId);
  const planner = "planner" in registered ? registered.planner : plannerOf(registered.plan);
  return nextSteps(state, planner, { epoch: state.epoch + 1 }).length > 0;
}
