import { randomBytes, randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
  linkSync,
} from "node:fs";
import { join } from "node:path";

import { makeDirectory } from "../lib/make-directory.ts";
import { toSealKey, type SealKey } from "../lib/digest.ts";
import { linkOf, toCommitValues, type SealedCommit } from "./commit-chain.ts";
import { errorCode } from "../lib/errors.ts";

/** The last commit of a store that somebody has seen. */
export interface Anchor {
  readonly storeId: string;
  /** 0 where none was seen by then. */
  readonly number: number;
  readonly mac: string;
  /** `linkOf` it; absent where the version before noted it. */
  readonly link?: string | undefined;
}

/** More files than this are of processes that are gone. */
const MOST_FILES = 32;
const LINE = /^([\w-]+) +(\d+) +([\w-]{43})(?: +([\w-]{43}))?\s*$/;
const KEY_BYTES = 32;
/** Who wrote less long ago has one of the newest files. */
const SELDOM_MS = 1_000;
const SOON_MS = 20;
/** In place of a mac, of number 0. */
const NOTHING = "-".repeat(43);

interface OwnFile {
  file: number;
  /** The number of the last commit that it names. */
  noted: number;
  /** When that was made; milliseconds since 1970, by the store's clock. */
  at: number;
}

/**
 * What this machine has seen of a store, outside of it: a file for each process that wrote to it,
 * `<directory>/anchors/<store id>/<random>`, with one line that is written anew after commits.
 * It is not synced: a power cut leaves it older, which harms nothing. Where the directory cannot be
 * written to there are no anchors, and nothing else changes.
 */
export interface Anchors {
  /** The key of this user on this machine; made when it is missing. */
  readonly key: SealKey | undefined;
  /** The newest that any process noted; `undefined` where the store is not known here. */
  newest(): Anchor | undefined;
  /**
   * To be called before a commit: a store that was written to here, and of which nothing is noted,
   * may be an older copy. A process that is killed behind its first commit leaves none.
   */
  begin(): void;
  /**
   * Notes a commit that is on disk: at once, or, where no body runs behind it, within 20 ms. Each
   * write costs the next commit time.
   */
  note(commit: SealedCommit, when?: "at once" | "soon"): void;
  /** Forgets what others noted, of a store that has gone another way. */
  forget(): void;
  close(): void;
}

/** @param directory the state directory of the user */
export function openAnchors(directory: string, storeId: string): Anchors {
  const folder = join(directory, "anchors", storeId);
  const key = findKey(directory);
  let own: OwnFile | undefined;
  let isBroken = false;
  let waiting: SealedCommit | undefined;
  let timer: NodeJS.Timeout | undefined;
  const closeOwn = (): void => {
    if (own !== undefined) closeSync(own.file);
    own = undefined;
  };
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === undefined || isBroken) return;
    const { number, mac, at } = waiting;
    try {
      // One that writes seldom may have been taken for one that is gone.
      const isOld = own !== undefined && Math.abs(at - own.at) > SELDOM_MS;
      if (isOld && own !== undefined && fstatSync(own.file).nlink === 0) closeOwn();
      own ??= openOwn(folder, storeId);
      if (own === undefined) return;
      const link = linkOf(toCommitValues(waiting));
      writeSync(own.file, lineOf({ storeId, number, mac, link }), 0);
      own.noted = number;
      own.at = at;
    } catch {
      isBroken = true;
    }
    waiting = undefined;
  };
  return {
    key,
    newest() {
      write();
      return findNewest(folder, storeId);
    },
    begin() {
      if (!isBroken) own ??= openOwn(folder, storeId);
    },
    note(commit, when = "at once") {
      const newest = waiting?.number ?? own?.noted ?? 0;
      if (commit.number > newest) waiting = commit;
      if (when === "at once") write();
      else timer ??= setTimeout(write, SOON_MS).unref();
    },
    forget() {
      waiting = undefined;
      closeOwn();
      rmSync(folder, { recursive: true, force: true });
    },
    close() {
      write();
      closeOwn();
      isBroken = true;
    },
  };
}

/** A file whose line says no more than that the store is known here; none where none can be. */
function openOwn(folder: string, storeId: string): OwnFile | undefined {
  try {
    makeDirectory(folder);
    removeOldest(folder);
    const file = openSync(join(folder, randomUUID()), "wx", 0o600);
    writeSync(file, lineOf({ storeId, number: 0, mac: NOTHING, link: NOTHING }), 0);
    return { file, noted: 0, at: 0 };
  } catch {
    return undefined;
  }
}

/** As long as any: what was there before is written over. */
function lineOf({ storeId, number, mac, link }: Required<Anchor>): string {
  return `${storeId} ${String(number).padEnd(16)} ${mac} ${link}\n`;
}

/** What a file says that somebody keeps elsewhere. */
export function parseAnchor(text: string): Anchor | undefined {
  const [, storeId, number, mac, link] = LINE.exec(text) ?? [];
  if (storeId === undefined || number === undefined || mac === undefined) return undefined;
  return { storeId, number: Number(number), mac, ...(link === undefined ? {} : { link }) };
}

export function formatAnchor({ storeId, number, mac, link = "" }: Anchor): string {
  return `${`${storeId} ${number} ${mac} ${link}`.trimEnd()}\n`;
}

function findNewest(folder: string, storeId: string): Anchor | undefined {
  let newest: Anchor | undefined;
  for (const name of namesIn(folder)) {
    const anchor = parseAnchor(readText(join(folder, name)) ?? "");
    if (anchor?.storeId !== storeId) continue;
    if (newest === undefined || anchor.number > newest.number) newest = anchor;
  }
  return newest;
}

/** Keeps the newest files; a process whose file is gone makes another. */
function removeOldest(folder: string): void {
  const names = namesIn(folder);
  if (names.length < MOST_FILES) return;
  const files = names.map((name) => {
    const path = join(folder, name);
    const number = parseAnchor(readText(path) ?? "")?.number ?? 0;
    return { path, number, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  const byAge = files.toSorted((a, b) => b.number - a.number || b.at - a.at);
  for (const { path } of byAge.slice(MOST_FILES / 2)) rmSync(path, { force: true });
}

/** The key of a user on this machine, made when it is missing; `undefined` where it cannot be. */
export function findKey(directory: string): SealKey | undefined {
  const file = join(directory, "commit-key");
  try {
    const found = readSecret(file) ?? makeSecret(directory, file);
    if (found === undefined) return undefined;
    return toSealKey(found);
  } catch {
    return undefined;
  }
}

function readSecret(file: string): Buffer | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  const secret = Buffer.from(text.trim(), "hex");
  return secret.length === KEY_BYTES ? secret : undefined;
}

/** Of two processes that make one at once, the first has made it. */
function makeSecret(directory: string, file: string): Buffer | undefined {
  makeDirectory(directory);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    // What is there and is no key is put aside, and not used; by now another may have made one.
    if (readText(file) !== undefined && readSecret(file) === undefined) {
      renameSync(file, `${file}.unreadable`);
    }
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecret(file);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
