import type { Entry } from "../../src/agents/entries.ts";
import type { RunState } from "../../src/agents/face/run-state.ts";
import type { Decide } from "./scenario.ts";

/** The entries of a state, read from its text. */
export function entriesOf(state: RunState): Entry[] {
  return linesOf(state).map((line) => JSON.parse(line) as Entry);
}

/** Its stored lines. */
export function linesOf(state: RunState): string[] {
  return state.toJSON().entries;
}

/** The text of a run that stopped once its first `length` entries were written. */
export function cutAfter(state: RunState, length: number): string {
  const { entries, ...rest } = state.toJSON();
  return JSON.stringify({ ...rest, entries: entries.slice(0, length) });
}

/** Decides as `decide` does, and notes who asks and the path of each call that waits. */
export function noting(decide: Decide): Decide {
  return (state, items, stage) => {
    for (const { agent, path } of items) stage.notes.push([agent.name, path]);
    return decide(state, items, stage);
  };
}
