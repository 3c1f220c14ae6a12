import { chmodSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

import type { Log } from "../lib/log.ts";

/**
 * Takes a store's files from the reach of other users, and says so. A directory is never changed:
 * one that others may write to, who could put another file in its place, is named.
 */
export function narrowFiles(path: string, log: Log): void {
  const { getuid, getgid } = process;
  // Elsewhere modes say nothing.
  if (getuid === undefined || getgid === undefined) return;
  const narrowed = [path, `${path}-wal`, `${path}-shm`].filter((file) => narrow(file, getuid()));
  if (narrowed.length > 0) {
    log.info(`other users could read ${narrowed.join(", ")}: only this user can now`);
  }
  const directory = dirname(path);
  const found = look(directory);
  if (found !== undefined && mayOthersReplace(found, getgid())) {
    log.warn(
      `other users may write to "${directory}", and so put another store there: take that right from them (chmod go-w)`,
    );
  }
}

function narrow(file: string, uid: number): boolean {
  const found = look(file);
  if (found === undefined || !found.isFile() || found.uid !== uid) return false;
  if ((found.mode & 0o077) === 0) return false;
  try {
    chmodSync(file, found.mode & 0o700);
    return true;
  } catch {
    return false;
  }
}

/** A group of the user's own is nobody else; a sticky directory keeps files to their owners. */
function mayOthersReplace({ mode, gid }: Stats, ownGid: number): boolean {
  if ((mode & 0o1000) !== 0) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== ownGid);
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
