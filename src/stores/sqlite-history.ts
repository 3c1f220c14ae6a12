import type { SealKey } from "../lib/digest.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { StoreHistory } from "../engine/store-history.ts";
import { formatAnchor, openAnchors } from "../sqlite/anchors.ts";
import { linkOf, toCommitValues, type SealedCommit } from "../sqlite/commit-chain.ts";
import type { SqliteConnection } from "../sqlite/connection.ts";
import { parseFirst, parseNumber } from "../lib/rows.ts";
import {
  addCommit,
  commitStatements,
  findCommit,
  parseCommit,
  type Committed,
} from "./sqlite-commits.ts";
import { checkHistory } from "./sqlite-audit.ts";
import {
  addIdentity,
  findIdentity,
  isNamedBy,
  sealIdentity,
  wasWrittenWith,
  type Identity,
} from "./sqlite-identity.ts";
import { findHold, holdChanged, holdStatements, WHOLE } from "./sqlite-holds.ts";
import { isThere, type HistoryMeans, type Seal } from "./sqlite-seal.ts";

export interface HistoryOptions {
  clock: Clock;
  log: Log;
  /** The state directory of the user; without it commits have no key, and are noted nowhere. */
  stateDirectory: string | undefined;
}

/**
 * Looks whether the store is what this machine has last seen of it. Where it is older, or has gone
 * another way, every unfinished run of it is put on hold.
 */
export async function openSeal(
  connection: SqliteConnection,
  { clock, log, stateDirectory }: HistoryOptions,
): Promise<Seal> {
  const identity = (await connection.read(findIdentity)) ?? (await connection.write(addIdentity));
  const { storeId } = identity;
  const anchors = stateDirectory === undefined ? undefined : openAnchors(stateDirectory, storeId);
  const key = anchors?.key;
  const seal = { key, storeId, anchors };
  // Before the store is looked at: what is noted by now is in it.
  const seen = anchors?.newest();
  const isKnown =
    seen === undefined
      ? key === undefined || (await isNamedHere(connection, { identity, key }))
      : await isThere(connection, seen);
  if (isKnown) {
    if (key !== undefined && identity.keyId === undefined) {
      await connection.write((prepare) => sealIdentity(prepare, storeId, key));
    }
    return seal;
  }
  const means = { connection, clock, seal };
  const since = await holdAll(means, seen?.number ?? 0);
  log.warn(
    `the store "${connection.path}" is an older copy of what this machine has seen, or has gone another way: what happened after ${since} is not known. Its unfinished runs are on hold until a person lets each go on (holdpoint store release RUN), or says that the copy is meant (holdpoint store accept)`,
  );
  return seal;
}

/**
 * Of a store that nothing was noted of here: whether it may be called what it is. One that was
 * written to here was given its name here too: with another it could pass for one never seen.
 */
function isNamedHere(
  connection: SqliteConnection,
  { identity, key }: { identity: Identity; key: SealKey },
): Promise<boolean> {
  return connection.read((prepare) => isNamedBy(identity, key) || !wasWrittenWith(prepare, key));
}

/** @returns since when it is not known what happened, ISO 8601 UTC */
async function holdAll(
  { connection, clock, seal }: HistoryMeans,
  seenNumber: number,
): Promise<string> {
  const { key, anchors } = seal;
  const { since, commit } = await connection.write((prepare) => {
    const { number = 0 } =
      parseFirst(prepare(commitStatements.last).get(), (row) => ({
        number: parseNumber(row, "number"),
      })) ?? {};
    const last = findCommit(prepare, number);
    const at = new Date(last?.at ?? 0).toISOString();
    prepare(holdStatements.addAll).run(at);
    prepare(holdStatements.addWhole).run(at);
    const what = { ...ofStore("older", `${seenNumber} ${at}`), firstSeq: seenNumber };
    return { since: at, commit: addCommit(prepare, what, { nowMs: clock.now(), key }) };
  });
  // What was noted of the other way would be found missing for ever.
  anchors?.forget();
  anchors?.note(commit);
  return since;
}

function ofStore(kind: "older" | "accepted", line: string): Committed {
  return { kind, runId: "", firstSeq: 0, lastSeq: 0, line };
}

export function createHistory(means: HistoryMeans): StoreHistory {
  const { connection, clock, seal } = means;
  return {
    holdOf: (runId) => connection.read((prepare) => findHold(prepare, runId)),
    unknownSince: () => connection.read((prepare) => findHold(prepare, WHOLE)?.since),
    suspect: (runId) => connection.write((prepare) => holdChanged(prepare, runId, { clock })),
    async release(runId) {
      await connection.write((prepare) => prepare(holdStatements.remove).run(runId));
    },
    async accept() {
      const { count, commit } = await connection.write((prepare) => {
        const row = prepare(holdStatements.count).get();
        prepare(holdStatements.removeAll).run();
        const accepted = addCommit(prepare, ofStore("accepted", ""), {
          nowMs: clock.now(),
          key: seal.key,
        });
        return {
          count: parseFirst(row, (each) => parseNumber(each, "count")) ?? 0,
          commit: accepted,
        };
      });
      seal.anchors?.note(commit);
      return count;
    },
    check: (anchor) => checkHistory(means, anchor),
    async anchor() {
      const last = await connection.read((prepare) =>
        parseFirst(prepare(commitStatements.last).get(), parseCommit),
      );
      if (last === undefined) return undefined;
      const { number, mac } = last;
      return formatAnchor({
        storeId: seal.storeId,
        number,
        mac,
        link: linkOf(toCommitValues(last)),
      });
    },
  };
}

/** Notes a commit outside of the store. */
export function noteCommit({ anchors }: Seal, commit: SealedCommit | undefined): void {
  if (commit !== undefined) anchors?.note(commit);
}
