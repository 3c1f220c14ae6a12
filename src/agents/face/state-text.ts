import { HoldpointError } from "../../lib/errors.ts";
import { isJsonObject } from "../../lib/json.ts";
import { verifyLines, type StoredEntry } from "../../engine/chain.ts";
import { FORMAT_VERSION } from "../../engine/entries.ts";
import { agentFolders } from "../turn-fold.ts";

/** The entries of a run outside any store: the stored lines, letter for letter, as strings. */
export interface SerializedState {
  $schemaVersion: string;
  entries: string[];
}

const VERSION = `holdpoint/${FORMAT_VERSION}`;
/** Those that are read: a run of format 1 goes on in entries of this one. */
const VERSIONS: readonly unknown[] = ["holdpoint/1", VERSION];

export function writeState(entries: readonly StoredEntry[]): SerializedState {
  return { $schemaVersion: VERSION, entries: entries.map(({ line }) => line) };
}

/**
 * Reads and checks a serialised state.
 *
 * @param given text, or the value that `toJSON` gave
 * @throws HoldpointError `state_incompatible`
 */
export function parseState(given: unknown): StoredEntry[] {
  const value = typeof given === "string" ? parseText(given) : given;
  if (!isJsonObject(value)) {
    const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw incompatible(`a run state is an object, not ${kind}`);
  }
  const version: unknown = value["$schemaVersion"];
  if (version === undefined) throw incompatible("it has no $schemaVersion");
  if (!VERSIONS.includes(version)) throw incompatible(describeVersion(version));
  const { entries } = value;
  if (!Array.isArray(entries) || !entries.every((line) => typeof line === "string")) {
    throw incompatible("it has no list of entries");
  }
  const stored = verifyLines(entries, { folders: agentFolders });
  const first = stored[0]?.entry;
  if (first?.type !== "run_started" || first.path !== undefined) {
    throw incompatible("it does not begin with the start of a run");
  }
  return stored;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw incompatible("the text is not JSON");
  }
}

function describeVersion(version: unknown): string {
  const named = typeof version === "string" && /^[\w./-]{1,40}$/.test(version) ? ` ${version}` : "";
  return `its version${named} is not one of those this program reads, up to ${VERSION}`;
}

function incompatible(problem: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot load the run state: ${problem}`);
}
