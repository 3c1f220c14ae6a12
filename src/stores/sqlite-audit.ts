import { setImmediate as nextTurn } from "node:timers/promises";

import { sha256, type SealKey } from "../lib/digest.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunHistory, StoreReport } from "../engine/store-history.ts";
import { parseAnchor } from "../sqlite/anchors.ts";
import { isRight, type SealedCommit } from "../sqlite/commit-chain.ts";
import type { SqliteConnection } from "../sqlite/connection.ts";
import { parseText } from "../lib/rows.ts";
import { commitStatements, parseCommit } from "./sqlite-commits.ts";
import { isThere, type HistoryMeans } from "./sqlite-seal.ts";

const PAGE = 500;

/** What the chain of commits says, up to one of them. */
interface Chain {
  number: number;
  last: SealedCommit | undefined;
  /** When the last commit was made, ISO 8601 UTC. */
  at: string | undefined;
  /** What does not fit in the chain itself. */
  problem: string | undefined;
  /** How many cannot be checked here. */
  foreign: number;
  runs: Map<RunId, Written>;
  /** Since when nobody said that an older copy is meant. */
  olderSince: string | undefined;
  acceptedAt: string | undefined;
}

/** What was written of a run. */
interface Written {
  length: number;
  /** SHA-256 of the last line. */
  hash: string;
  isRemoved: boolean;
  problem: string | undefined;
}

/** Checks the chain of commits, and the end of each run against it. */
export async function checkHistory(
  means: HistoryMeans,
  anchorText: string | undefined,
): Promise<{ store: StoreReport; runs: Map<RunId, RunHistory> }> {
  const { connection, seal } = means;
  // Before the store is looked at: what is noted by now is in it.
  const seen = seal.anchors?.newest();
  const chain = await followChain(connection, seal.key);
  const runs = new Map<RunId, RunHistory>();
  for (const [runId, written] of chain.runs) {
    runs.set(runId, {
      runId,
      problem: written.problem ?? (await problemOf(connection, runId, written)),
    });
  }
  for (const runId of await runsWithoutCommit(connection)) {
    runs.set(runId, { runId, problem: "it was added by another program: no commit has it" });
  }
  const problems = [
    chain.problem,
    chain.olderSince === undefined
      ? undefined
      : `it is an older copy of what this machine has seen: what happened after ${chain.olderSince} is not known (holdpoint store accept says that it is meant)`,
    seen === undefined || (await isThere(connection, seen))
      ? undefined
      : `commit ${seen.number}, which this machine has seen, is not in it: it was cut, or is an older copy`,
    await anchorProblem(means, anchorText),
  ].filter((problem) => problem !== undefined);
  const notes = [
    seal.anchors?.newest() === undefined ? "not anchored on this machine" : undefined,
    chain.foreign === 0
      ? undefined
      : `${chain.foreign} of ${chain.number} commits cannot be checked here: they were made on another machine, or without a key`,
    chain.acceptedAt === undefined
      ? undefined
      : `a person said at ${chain.acceptedAt} that it is meant as it stands`,
  ].filter((note) => note !== undefined);
  return {
    store: {
      ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    },
    runs,
  };
}

async function anchorProblem(
  { connection, seal }: HistoryMeans,
  text: string | undefined,
): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const anchor = parseAnchor(text);
  if (anchor === undefined) return "the anchor that was given is none";
  if (anchor.storeId !== seal.storeId) return "the anchor that was given is of another store";
  if (await isThere(connection, anchor)) return undefined;
  return `commit ${anchor.number} of the anchor that was given is not in it: it was cut, or is an older copy`;
}

async function followChain(connection: SqliteConnection, key: SealKey | undefined): Promise<Chain> {
  const chain: Chain = {
    number: 0,
    last: undefined,
    problem: undefined,
    foreign: 0,
    runs: new Map(),
    at: undefined,
    olderSince: undefined,
    acceptedAt: undefined,
  };
  for (;;) {
    const page = await connection.read((prepare) =>
      prepare(commitStatements.from).all(chain.number, PAGE).map(parseCommit),
    );
    for (const commit of page) {
      follow(chain, commit, key);
    }
    if (page.length < PAGE) return chain;
    await nextTurn();
  }
}

function follow(chain: Chain, commit: SealedCommit, key: SealKey | undefined): void {
  if (commit.number !== chain.number + 1) {
    chain.problem ??= `commit ${chain.number + 1} is missing`;
  } else if (isForeign(commit, key)) chain.foreign += 1;
  else {
    if (commit.keyId === undefined && commit.kind !== "adopted") chain.foreign += 1;
    if (!isRight(commit, chain.last, key)) {
      const one = isForeign(chain.last, key)
        ? `${chain.number} or ${commit.number}`
        : commit.number;
      chain.problem ??= `commit ${one} is not as it was made`;
    }
  }
  chain.number = commit.number;
  chain.last = commit;
  const at = new Date(commit.at).toISOString();
  // What is missing lies behind the commit before: this one says when it was noticed.
  if (commit.kind === "older") chain.olderSince ??= chain.at ?? at;
  else if (commit.kind === "accepted") {
    chain.olderSince = undefined;
    chain.acceptedAt = at;
  } else if (commit.kind !== "grant") followRun(chain, commit);
  chain.at = at;
}

/** Whether a commit was made with a key that is not here. */
function isForeign(commit: SealedCommit | undefined, key: SealKey | undefined): boolean {
  return commit?.keyId !== undefined && commit.keyId !== key?.id;
}

function followRun({ runs }: Chain, commit: SealedCommit): void {
  const { kind, firstSeq, lastSeq, hash } = commit;
  const runId = commit.runId as RunId;
  const before = runs.get(runId);
  const length = before === undefined || before.isRemoved ? 0 : before.length;
  const isGap = kind !== "removed" && firstSeq !== length;
  runs.set(runId, {
    length: lastSeq + 1,
    hash,
    isRemoved: kind === "removed",
    problem: before?.problem ?? (isGap ? `the commit of entry ${length} is missing` : undefined),
  });
}

/** Whether the last line of a run is the one that was committed last. */
async function problemOf(
  connection: SqliteConnection,
  runId: RunId,
  { length, hash, isRemoved }: Written,
): Promise<string | undefined> {
  const [isListed, last, line] = await connection.read((prepare) => {
    const end = prepare("SELECT max(seq) AS last FROM entries WHERE run_id = ?").get(runId);
    const at = prepare("SELECT line FROM entries WHERE run_id = ? AND seq = ?").get(
      runId,
      length - 1,
    );
    const row = prepare("SELECT 1 FROM runs WHERE run_id = ?").get(runId);
    return [row !== undefined, end?.["last"] ?? -1, at?.["line"]];
  });
  if (isRemoved) {
    return last === -1 && !isListed ? undefined : "it was pruned, and was put back";
  }
  if (last === -1) return (await isGone(connection, runId, length)) ? "it is missing" : undefined;
  if (!isListed) return "its row is missing";
  if (Number(last) < length - 1)
    return `entries from ${Number(last) + 1} to ${length - 1} are missing`;
  if (typeof line !== "string" || sha256(line) !== hash) {
    return `${await firstChanged(connection, runId)} is not as it was written`;
  }
  if (Number(last) === length - 1) return undefined;
  // It may have grown since the chain was read.
  const now = await commitsOf(connection, runId);
  const committed = now.at(-1)?.lastSeq ?? -1;
  return committed >= Number(last)
    ? undefined
    : `entry ${committed + 1} was added by another program`;
}

function runsWithoutCommit(connection: SqliteConnection): Promise<RunId[]> {
  return connection.read((prepare) =>
    prepare("SELECT DISTINCT run_id FROM entries WHERE run_id NOT IN (SELECT run_id FROM commits)")
      .all()
      .map((row) => parseText(row, "run_id") as RunId),
  );
}

/** Whether a run that is not there was not pruned meanwhile either. */
async function isGone(
  connection: SqliteConnection,
  runId: RunId,
  length: number,
): Promise<boolean> {
  if (length === 0) return false;
  return (await commitsOf(connection, runId)).at(-1)?.kind !== "removed";
}

/** The first commit whose last entry is another: the entry that was changed is one of its own. */
async function firstChanged(connection: SqliteConnection, runId: RunId): Promise<string> {
  for (const { firstSeq, lastSeq, hash } of await commitsOf(connection, runId)) {
    const row = await connection.read((prepare) =>
      prepare("SELECT line FROM entries WHERE run_id = ? AND seq = ?").get(runId, lastSeq),
    );
    if (typeof row?.["line"] === "string" && sha256(row["line"]) === hash) continue;
    return firstSeq === lastSeq ? `entry ${lastSeq}` : `one of entries ${firstSeq} to ${lastSeq}`;
  }
  return "an entry";
}

function commitsOf(connection: SqliteConnection, runId: RunId): Promise<SealedCommit[]> {
  return connection.read((prepare) => prepare(commitStatements.ofRun).all(runId).map(parseCommit));
}
