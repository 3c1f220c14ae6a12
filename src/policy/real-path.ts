import { lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";

import { readWindowsPath } from "./windows-path.ts";
import { errorCode } from "../lib/errors.ts";

/** Where a path leads, `..` and symbolic links followed; `undefined` when that cannot be told. */
export type ResolvePath = (path: string) => string | undefined;

/** As many links as a system follows. */
const MOST_LINKS = 40;

/** Resolves paths that count from `folder`. */
export function createPathResolver(folder: string): ResolvePath {
  return (text) => {
    const path = absolutePath(text, folder);
    return path === undefined ? undefined : realPath(path);
  };
}

/**
 * The path that a text says, counted from `folder`, `.` and `..` taken by their text; `undefined`
 * for what no file can be called, or what programs understand in several ways.
 */
export function absolutePath(text: string, folder: string): string | undefined {
  if (text.includes("\0")) return undefined;
  const isHome = text === "~" || text.startsWith("~/");
  const expanded = isHome ? join(homedir(), text.slice(1)) : text;
  if (process.platform === "win32") return readWindowsPath(expanded, folder);
  // A drive where there are none: to some it is a name, to others a mistake.
  if (/^[A-Za-z]:[\\/]/.test(expanded)) return undefined;
  return resolve(folder, expanded);
}

/**
 * The real path of what is there; of what is not there yet, that of the nearest folder that is, and
 * the rest. A link to what is not there is followed too, since writing would follow it, and a name
 * in another Unicode form than the one in its folder is taken for that one.
 */
export function realPath(path: string): string | undefined {
  return follow(path, 0);
}

/**
 * The real path of a folder, and a name in it that may be a link itself: for tools that act on the
 * name and not on what it leads to.
 */
export function realName(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return realPath(path);
  const above = realPath(parent);
  if (above === undefined) return undefined;
  const name = nameThere(above, basename(path));
  return name === undefined ? undefined : join(above, name);
}

function follow(path: string, links: number): string | undefined {
  if (links > MOST_LINKS) return undefined;
  try {
    return realpathSync.native(path);
  } catch (error) {
    // What is not there cannot lead elsewhere; what cannot be read might.
    if (errorCode(error) !== "ENOENT") return undefined;
  }
  const parent = dirname(path);
  if (parent === path) return undefined;
  const above = follow(parent, links);
  if (above === undefined) return undefined;
  const target = readLink(path);
  if (target !== undefined) {
    return follow(isAbsolute(target) ? target : resolve(above, target), links + 1);
  }
  const name = nameThere(above, basename(path));
  if (name === undefined) return undefined;
  const there = join(above, name);
  return there === path || !isThere(there) ? there : follow(there, links + 1);
}

/** The name of an entry, in the Unicode form that it has in its folder; `undefined` where two do. */
function nameThere(folder: string, name: string): string | undefined {
  if (isThere(join(folder, name))) return name;
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? name : undefined;
  }
  const form = name.normalize("NFC");
  const same = entries.filter((entry) => entry.normalize("NFC") === form);
  if (same.length > 1) return undefined;
  return same[0] ?? name;
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
