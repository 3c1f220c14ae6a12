import type { StoredEntry } from "../../engine/chain.ts";
import type { Journal } from "../../engine/journal.ts";
import { ConflictError } from "../../lib/errors.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { AgentGraph } from "../graph.ts";
import type { RunContext, ContextCodec } from "../run-context.ts";
import { commonLength, isAddition } from "./additions.ts";
import { knownRuns } from "./known-journals.ts";
import { parseState } from "./state-text.ts";

/** How a state is loaded. */
export interface LoadOptions<TContext = unknown> extends ContextCodec {
  /**
   * Takes the saved context's place; where that had parts that could not be saved, it only gives
   * these again.
   */
  context?: TContext | RunContext<TContext> | undefined;
}

const OWN_PREFIX = /^\s*\{\s*"\$schemaVersion":\s*"holdpoint\//;

/** Whether a state is one that the OpenAI Agents SDK wrote, by a look at its version. */
function isForeignState(given: unknown): boolean {
  if (typeof given === "string") {
    if (OWN_PREFIX.test(given.slice(0, 100))) return false;
    return /"\$schemaVersion"\s*:\s*"?\d/.test(given);
  }
  return isJsonObject(given) && startsWithDigit(given["$schemaVersion"]);
}

function startsWithDigit(version: unknown): boolean {
  return typeof version === "string" ? /^\d/.test(version) : typeof version === "number";
}

/** The entries of a state; of one that another library wrote, those that it comes to. */
export async function entriesFrom(graph: AgentGraph, given: unknown): Promise<StoredEntry[]> {
  if (!isForeignState(given)) return parseState(given);
  const { foreignEntries } = await import("./foreign-state.ts");
  return foreignEntries(given, graph);
}

/** How far a state has seen a journal, and what it adds that is in none. */
export interface StatePlace {
  journal: Journal;
  length: number;
  tail: StoredEntry[];
}

/**
 * Where a loaded state stands in its run: one journal in this process, whatever texts say.
 *
 * @throws ConflictError when this process went on with the run in another way
 */
export function joinKnown(loaded: Journal): StatePlace {
  const { entries } = loaded;
  const { runId } = loaded.state;
  const known = runId === undefined ? undefined : knownRuns.journalOf(runId);
  if (known === undefined) {
    if (runId !== undefined) knownRuns.remember(runId, loaded);
    return { journal: loaded, length: entries.length, tail: [] };
  }
  const length = commonLength(known, entries);
  const rest = entries.slice(length);
  if (length === known.entries.length) {
    known.extend(rest);
    return { journal: known, length: known.entries.length, tail: [] };
  }
  if (!rest.every(({ entry }) => isAddition(entry))) {
    throw new ConflictError(
      `Cannot load run ${runId ?? ""}: this process went on with it in another way`,
    );
  }
  return { journal: known, length, tail: rest };
}
