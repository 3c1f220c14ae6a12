import type { DatabaseSync } from "node:sqlite";

import { isBusy } from "./errors.ts";
import type { FairTurns } from "./turns.ts";

/** What one transaction takes at most, so that the event loop and other processes get their turn. */
const GROUP_SIZE = 64;
const GROUP_MS = 5;
/** From so many on in a transaction, the next one waits for more. */
const CROWD = 8;
const LONGEST_LEAVE_MS = 50;
/** How long the turn to wait is waited for: whoever has it may be a process that was stopped. */
const TURN_LIMIT_MS = 250;

export interface WriteOptions {
  /** Whether a power cut may take it back: it is on disk with the next one that it may not. */
  isLazy?: boolean | undefined;
  /** Whether it goes before all that waits, in a transaction of its own. */
  isAlone?: boolean | undefined;
  /** How long a busy file is waited for. */
  limitMs?: number | undefined;
}

/**
 * The writes of one connection. Those that are asked for in one turn of the event loop share a
 * transaction, each behind a savepoint: what one throws undoes that one. They settle after COMMIT;
 * when that fails, all of them do. A busy file is waited for without holding up the event loop.
 */
export interface Writes {
  add<T>(work: () => T, options: WriteOptions): Promise<T>;
  /** Tries once more to write what waits; the rest fails as anything does on a closed file. */
  close(): void;
}

interface Write {
  work(): unknown;
  isLazy: boolean;
  isAlone: boolean;
  /** By `performance.now()`. */
  deadline: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What the writes of one connection share. */
interface Writer {
  readonly database: DatabaseSync;
  readonly turns: FairTurns;
  /** What waits; those that are alone go first. */
  readonly queue: Write[];
  /** Since when the file is found busy. */
  busySince: number | undefined;
  /** The last transaction of ours. */
  last: { endedAt: number; tookMs: number; count: number };
  /** Whether a power cut may take the next commit back, as the connection is set now. */
  isLazy: boolean;
  /** Drops the transaction that is to come; absent where none is. */
  drop: (() => void) | undefined;
}

export function createWrites(
  database: DatabaseSync,
  { turns, limitMs: defaultLimitMs }: { turns: FairTurns; limitMs: number },
): Writes {
  const queue: Write[] = [];
  const writer: Writer = {
    database,
    turns,
    queue,
    busySince: undefined,
    last: { endedAt: -Infinity, tookMs: 0, count: 0 },
    isLazy: false,
    drop: undefined,
  };
  return {
    add(work, { isLazy = false, isAlone = false, limitMs = defaultLimitMs }) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const deadline = performance.now() + limitMs;
      const write = { work, isLazy, isAlone, deadline, resolve, reject };
      if (isAlone) queue.splice(queue.filter((other) => other.isAlone).length, 0, write);
      else queue.push(write);
      if (isAlone && writer.busySince === undefined) writeSome(writer);
      else schedule(writer);
      return promise as Promise<ReturnType<typeof work>>;
    },
    close() {
      writer.drop?.();
      writer.drop = undefined;
      writeRest(writer);
      refuseAll(queue, closedError());
      turns.close();
    },
  };
}

/** Has the next transaction come by itself, where something waits for one. */
function schedule(writer: Writer): void {
  const { queue, busySince, last } = writer;
  if (writer.drop !== undefined || queue.length === 0) return;
  if (busySince === undefined && last.count < CROWD) {
    const immediate = setImmediate(writeSome, writer);
    writer.drop = () => clearImmediate(immediate);
  } else {
    const timer = setTimeout(writeSome, delayFrom(busySince, last), writer);
    writer.drop = () => clearTimeout(timer);
  }
}

function writeSome(writer: Writer): void {
  writer.drop?.();
  writer.drop = undefined;
  try {
    writeGroup(writer);
  } catch (error) {
    refuseAll(writer.queue, error);
  }
  if (writer.queue.length === 0) writer.busySince = undefined;
  schedule(writer);
}

/** One transaction, where the file is free: of what waits, or of the first part of it. */
function writeGroup(writer: Writer): void {
  const { database, turns, queue } = writer;
  const group = nextGroup(queue);
  if (group.length === 0) return;
  const busy = enter(writer, group);
  if (busy !== undefined) {
    writer.busySince ??= performance.now();
    refuseLate(queue, busy.error);
    if (queue.length === 0) turns.leave();
    return;
  }
  writer.busySince = undefined;
  queue.splice(0, group.length);
  const begunAt = performance.now();
  queue.unshift(...commit(database, group));
  const endedAt = performance.now();
  writer.last = { endedAt, tookMs: endedAt - begunAt, count: group.length };
}

/** One transaction after another, until there is nothing left or the file is busy. */
function writeRest(writer: Writer): void {
  const { queue } = writer;
  try {
    for (let before = 0; before !== queue.length;) {
      before = queue.length;
      writeGroup(writer);
    }
  } catch (error) {
    refuseAll(queue, error);
  }
}

/** Begins a transaction, with the turn to wait before the lock; what it returns is why not yet. */
function enter(writer: Writer, group: readonly Write[]): { error: unknown } | undefined {
  const { database, turns, busySince } = writer;
  const waitedMs = busySince === undefined ? 0 : performance.now() - busySince;
  if (!turns.take(busySince !== undefined) && waitedMs < TURN_LIMIT_MS) {
    return { error: Object.assign(new Error("database is locked"), { errcode: 5 }) };
  }
  const mayBeLazy = group.every((write) => write.isLazy);
  try {
    // Not within a transaction, which is why a group is chosen before.
    if (writer.isLazy !== mayBeLazy) {
      database.exec(`PRAGMA synchronous = ${mayBeLazy ? "NORMAL" : "FULL"}`);
      writer.isLazy = mayBeLazy;
    }
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    // The turn is kept while the lock is waited for: nobody is to come between.
    if (isBusy(error)) return { error };
    turns.leave();
    undo(database);
    throw error;
  }
  turns.leave();
  return undefined;
}

/**
 * How soon a busy file is looked at again: often at first, so that a turn is not missed. Who has
 * just had one leaves those who wait as much time as it took.
 */
function delayFrom(
  busySince: number | undefined,
  last: { endedAt: number; tookMs: number },
): number {
  // In a crowd, what comes in as much time as the last one took goes along.
  if (busySince === undefined) return Math.min(Math.max(last.tookMs, 1), GROUP_MS);
  const waitedMs = performance.now() - busySince;
  const isFirst = waitedMs < 1 && busySince - last.endedAt < last.tookMs;
  if (isFirst) return Math.min(Math.max(last.tookMs, 1), LONGEST_LEAVE_MS);
  if (waitedMs < 1_000) return 1;
  return waitedMs < 5_000 ? 5 : 20;
}

function nextGroup(queue: readonly Write[]): Write[] {
  if (queue[0]?.isAlone === true) return queue.slice(0, 1);
  return queue.slice(0, GROUP_SIZE);
}

function closedError(): Error {
  return Object.assign(new Error("It is closed"), { code: "ERR_INVALID_STATE" });
}

function refuseAll(queue: Write[], error: unknown): void {
  for (const { reject } of queue.splice(0)) reject(error);
}

function refuseLate(queue: Write[], error: unknown): void {
  const now = performance.now();
  const late = queue.filter(({ deadline }) => deadline <= now);
  if (late.length === 0) return;
  const left = queue.filter(({ deadline }) => deadline > now);
  queue.splice(0, queue.length, ...left);
  for (const { reject } of late) reject(error);
}

/** Undoes what the transaction is left with, if it is. */
function undo(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec("ROLLBACK");
  } catch {
    // Then there is none any more, or the next one says what is wrong.
  }
}

/** @returns false where only the whole can be undone */
function undoOne(database: DatabaseSync): boolean {
  try {
    if (database.isTransaction) database.exec("ROLLBACK TO one; RELEASE one");
    return database.isTransaction;
  } catch {
    return false;
  }
}

/**
 * Commits the transaction that was begun for a group.
 *
 * @returns the writes that are still to be done: there was no time, or they were undone with another
 */
function commit(database: DatabaseSync, group: readonly Write[]): Write[] {
  const settle: (() => void)[] = [];
  const end = performance.now() + GROUP_MS;
  const isLone = group.length === 1;
  let done = 0;
  for (const write of group) {
    if (done > 0 && performance.now() >= end) break;
    done += 1;
    try {
      if (!isLone) database.exec("SAVEPOINT one");
      const value = write.work();
      if (!isLone) database.exec("RELEASE one");
      settle.push(() => write.resolve(value));
    } catch (error) {
      // A full disk, for one, has undone everything: the others are not to pay for it.
      if (isLone || !undoOne(database)) {
        undo(database);
        write.reject(error);
        return group.filter((other) => other !== write);
      }
      settle.push(() => write.reject(error));
    }
  }
  try {
    database.exec("COMMIT");
  } catch (error) {
    undo(database);
    for (const { reject } of group.slice(0, done)) reject(error);
    return group.slice(done);
  }
  for (const each of settle) each();
  return group.slice(done);
}
