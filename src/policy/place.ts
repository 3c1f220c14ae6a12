import { statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, sep } from "node:path";

import { contains } from "../lib/paths.ts";
import { createPathGlob } from "./glob.ts";

/** What a path in the arguments of a call leads to. */
export interface JudgedPlace {
  /** Absolute; `undefined` when it cannot be told. */
  readonly path: string | undefined;
  /** Whether what lies below is touched too. */
  readonly reach: "one" | "tree";
  /** On another file system its text is all there is to judge by. */
  readonly on: "here" | "elsewhere";
}

/** Yes, no, or that it cannot be told. */
export type TriState = boolean | undefined;

/** What a rule says of paths; folders are absolute. */
export interface PathCondition {
  readonly under?: string | readonly string[] | undefined;
  readonly outside?: string | readonly string[] | undefined;
  readonly path?: string | readonly string[] | undefined;
}

/** Whether a condition holds of a place, the real paths of its folders given by `resolve`. */
export function holdsOfPlace(
  { under, outside, path: globs }: PathCondition,
  place: JudgedPlace,
  resolve: (folder: string) => string | undefined,
): TriState {
  if (place.path === undefined) return undefined;
  const foldersOf = (folders: string | readonly string[]): (string | undefined)[] =>
    [folders].flat().map((each) => (place.on === "here" ? resolve(each) : posix.normalize(each)));
  const parts: TriState[] = [];
  if (under !== undefined || globs !== undefined) {
    const roots = under === undefined ? [rootOf(place.path)] : foldersOf(under);
    parts.push(anyOf(roots.map((root) => isWithin(place, root, globs))));
  }
  if (outside !== undefined) {
    const folders = foldersOf(outside);
    const inside = anyOf(folders.map((folder) => isInside(place, folder)));
    const isAround = place.reach === "tree" && folders.some((each) => isBelow(each, place));
    parts.push(inside === false && isAround ? undefined : opposite(inside));
  }
  return allOf(parts);
}

/** The strictest of several: what holds of some and not of others cannot be told. */
export function agreed(answers: readonly TriState[]): TriState {
  const [first] = answers;
  return answers.every((answer) => answer === first) ? first : undefined;
}

export function allOf(parts: readonly TriState[]): TriState {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function anyOf(parts: readonly TriState[]): TriState {
  return opposite(allOf(parts.map((part) => opposite(part))));
}

function opposite(told: TriState): TriState {
  return told === undefined ? undefined : !told;
}

function isWithin(
  place: JudgedPlace,
  root: string | undefined,
  globs: PathCondition["path"],
): TriState {
  const inside = isInside(place, root);
  if (inside === false) {
    return place.reach === "tree" && isBelow(root, place) ? undefined : false;
  }
  if (globs === undefined || root === undefined || place.path === undefined) return inside;
  // Somewhere below a tree there may be what the glob means.
  if (place.reach === "tree") return undefined;
  return allOf([inside, matchesGlobs(place, { root, globs: [globs].flat() })]);
}

function matchesGlobs(
  { path = "", on }: JudgedPlace,
  { root, globs }: { root: string; globs: readonly string[] },
): TriState {
  // The folder stands for itself, whatever characters it is called by.
  const literal = toSlashes(root).replaceAll(/[\\*?[\]{}!]/g, String.raw`\$&`);
  const answers = globs.map((glob) => {
    const whole = isAbsolute(glob) ? toSlashes(glob) : posix.join(literal, toSlashes(glob));
    const exact = createPathGlob(whole).test(toSlashes(path));
    if (exact !== false) return exact;
    const fold = folding(path, on);
    const folded = createPathGlob(fold(whole)).test(fold(toSlashes(path)));
    return folded === false ? false : undefined;
  });
  return anyOf(answers);
}

function toSlashes(path: string): string {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}

/**
 * Whether a place is in a folder or is that folder. That the two are the same by number, or are
 * spelled alike, is reason for doubt and never for freedom.
 */
function isInside({ path, on }: JudgedPlace, folder: string | undefined): TriState {
  if (path === undefined || folder === undefined) return undefined;
  if (contains(folder, path)) return true;
  const fold = folding(path, on);
  if (contains(fold(folder), fold(path))) return undefined;
  return on === "here" && isSameAbove(path, folder) ? undefined : false;
}

/** Whether something of the folder may lie below the place. */
function isBelow(folder: string | undefined, { path, on }: JudgedPlace): boolean {
  if (path === undefined || folder === undefined) return true;
  return isInside({ path: folder, on, reach: "one" }, path) !== false;
}

/** Whether the folder, known by its number, is the place or one of those above it. */
function isSameAbove(path: string, folder: string): boolean {
  const wanted = numberOf(folder);
  if (wanted === undefined) return false;
  for (let each = path; ; each = dirname(each)) {
    if (numberOf(each) === wanted) return true;
    if (dirname(each) === each) return false;
  }
}

function numberOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** How spellings are made equal that a file system takes for equal. */
function folding(path: string, on: JudgedPlace["on"]): (text: string) => string {
  if (on === "here" && !ignoresCase(path)) return (text) => text.normalize("NFC");
  return (text) => text.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** Whether the file system of a path takes `A` for `a`: tried on the nearest name that is there. */
function ignoresCase(path: string): boolean {
  for (let each = path; dirname(each) !== each; each = dirname(each)) {
    const name = basename(each);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    const number = numberOf(each);
    if (number === undefined || other === name) continue;
    return numberOf(join(dirname(each), other)) === number;
  }
  return process.platform === "win32" || process.platform === "darwin";
}

function rootOf(path: string): string {
  const parent = dirname(path);
  return parent === path ? path : rootOf(parent);
}
