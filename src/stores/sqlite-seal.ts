import type { SealKey } from "../lib/digest.ts";
import type { Clock } from "../lib/clock.ts";
import type { Anchor, Anchors } from "../sqlite/anchors.ts";
import { linkOf, toCommitValues } from "../sqlite/commit-chain.ts";
import type { SqliteConnection } from "../sqlite/connection.ts";
import { findCommit } from "./sqlite-commits.ts";

/** What commits are sealed with, and what this machine has seen of them. */
export interface Seal {
  readonly key: SealKey | undefined;
  readonly storeId: string;
  /** Absent where nothing is noted of the store outside of it. */
  readonly anchors: Anchors | undefined;
}

export interface HistoryMeans {
  readonly connection: SqliteConnection;
  readonly clock: Clock;
  readonly seal: Seal;
}

/** Whether a commit that somebody has seen is in the store. */
export async function isThere(connection: SqliteConnection, seen: Anchor): Promise<boolean> {
  if (seen.number === 0) return true;
  const found = await connection.read((prepare) => findCommit(prepare, seen.number));
  if (found?.mac !== seen.mac) return false;
  return seen.link === undefined || linkOf(toCommitValues(found)) === seen.link;
}
