import { watch, type FSWatcher } from "node:fs";

import type { RunId } from "../lib/ids.ts";
import { createLooker } from "../lib/looker.ts";
import type { Prepare, SqliteConnection } from "../sqlite/connection.ts";
import { parseFirst, parseNumber, parseText } from "../lib/rows.ts";
import { parseRunId } from "./rows.ts";
import { followStatements } from "./sqlite-statements.ts";

/** How often the file is asked whether others have written to it: where the system does not tell. */
const POLL_MS = 200;
/** How soon after a write it is looked at, at first and at last. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 27;
/** Of more changed runs than this, none is named. */
const NAMED_LIMIT = 1_000;

/** What there is to see of what others write. */
interface Seen {
  lastEntry: number;
  leases: ReadonlySet<RunId>;
  /** The run that would be removed first. */
  oldest: string | undefined;
}

/**
 * Calls back when other connections have written, until the result is called: with each run that
 * has new entries or whose lease was let go, or without one where it may be any.
 *
 * @param own the last entries of runs that were written through `connection`; emptied here
 */
export function followOthers(
  connection: SqliteConnection,
  { tell, own }: { tell: (runId: RunId | undefined) => void; own: Map<RunId, number> },
): () => void {
  let version = connection.foreignVersion();
  let seen: Seen | undefined;
  let isEnded = false;
  const { look } = createLooker(async () => {
    if (isEnded) return;
    try {
      const before = seen;
      seen ??= await connection.read(readSeen);
      // Read first: what is written from here on is another version.
      const now = connection.foreignVersion();
      if (now === version || isEnded) return;
      const found = await connection.read((prepare) => compare(prepare, { before, own }));
      own.clear();
      // Only now: a look that failed is made again.
      version = now;
      seen = found.seen;
      if (isEnded) return;
      for (const runId of found.changed) tell(runId);
    } catch {
      // A file that cannot be looked at tells so to whoever reads it; here it has not changed.
    }
  });
  look();
  const timer = setInterval(look, POLL_MS);
  const watcher = watchFile(`${connection.path}-wal`, look);
  return () => {
    isEnded = true;
    clearInterval(timer);
    watcher?.close();
  };
}

/**
 * Own writes are told of too: looking costs less than finding out whose they are. The system tells
 * of a write before it is on disk, and what is committed is seen only then: it is looked at again,
 * later each time.
 */
function watchFile(path: string, changed: () => void): FSWatcher | undefined {
  let delayMs = FIRST_LOOK_MS;
  let timer: NodeJS.Timeout | undefined;
  const lookLater = (): void => {
    timer = setTimeout(() => {
      timer = undefined;
      delayMs *= 3;
      if (delayMs <= LAST_LOOK_MS) lookLater();
      changed();
    }, delayMs).unref();
  };
  try {
    const watcher = watch(path, { persistent: false }, () => {
      // One that is about to look anyway is not put off by what comes in a burst.
      const isLate = delayMs > FIRST_LOOK_MS;
      delayMs = FIRST_LOOK_MS;
      if (timer !== undefined && !isLate) return;
      clearTimeout(timer);
      lookLater();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function readSeen(prepare: Prepare): Seen {
  return {
    lastEntry:
      parseFirst(prepare(followStatements.lastEntry).get(), (row) =>
        row["last"] === null ? 0 : parseNumber(row, "last"),
      ) ?? 0,
    leases: new Set(prepare(followStatements.leases).all().map(parseRunId)),
    oldest: parseFirst(prepare(followStatements.oldest).get(), (row) => parseText(row, "run_id")),
  };
}

interface Found {
  seen: Seen;
  changed: readonly (RunId | undefined)[];
}

function compare(
  prepare: Prepare,
  { before, own }: { before: Seen | undefined; own: ReadonlyMap<RunId, number> },
): Found {
  const seen = readSeen(prepare);
  // The file could not be looked at when this began.
  if (before === undefined) return { seen, changed: [undefined] };
  // Numbers are given out again once the last ones were removed.
  const isAny = seen.lastEntry < before.lastEntry || seen.oldest !== before.oldest;
  const grown = prepare(followStatements.grown)
    .all(before.lastEntry, NAMED_LIMIT + 1)
    .filter((row) => own.get(parseRunId(row)) !== parseNumber(row, "last"))
    .map(parseRunId);
  if (isAny || grown.length > NAMED_LIMIT) return { seen, changed: [undefined] };
  const released = [...before.leases].filter((runId) => !seen.leases.has(runId));
  return { seen, changed: [...new Set([...grown, ...released])] };
}
