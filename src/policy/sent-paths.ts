import { join, posix, relative, sep } from "node:path";

import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { contains } from "../lib/paths.ts";
import type { PathArgument } from "./path-declaration.ts";
import type { JudgedPlace } from "./place.ts";
import { absolutePath, realName, realPath } from "./real-path.ts";
import type { ServerPaths } from "./server-paths.ts";

/** Of more paths in one call it is not told where they lead: following them keeps everybody waiting. */
const MOST_PLACES = 1_000;

/** A path that goes to the server in other words than were proposed. */
export interface PathChange {
  readonly at: string;
  readonly proposed: string;
  readonly sent: string;
}

/** Arguments as a server gets them, and what rules see of their paths. */
export interface SentArguments {
  readonly sent: JsonObject;
  readonly changed: readonly PathChange[];
  /** By the name that rules have for an argument. */
  readonly places: ReadonlyMap<string, readonly JudgedPlace[]>;
  /** Some of them are on another file system. */
  readonly isElsewhere: boolean;
}

/**
 * Puts real paths in the place of the declared ones: the path that is judged is the path that the
 * server gets. What cannot be told stays as it was proposed, and is judged as that. Pure but for
 * looking at the file system; what it was given once, it leaves as it is.
 */
export function sendPaths(
  args: JsonObject,
  declared: readonly PathArgument[],
  paths: ServerPaths,
): SentArguments {
  const changed: PathChange[] = [];
  const places = new Map<string, JudgedPlace[]>();
  let isElsewhere = false;
  let sent: JsonValue = args;
  for (const argument of declared) {
    const on = argument.on ?? paths.on;
    const found: JudgedPlace[] = [];
    sent = replaceAt(sent, stepsOf(argument.at), (value) => {
      if (value === undefined && argument.optional === true) return value;
      const unknown: JudgedPlace = { path: undefined, reach: "one", on };
      const isRead = typeof value === "string" && found.length < MOST_PLACES;
      const read = isRead ? readPath(value, { argument, paths, on }) : undefined;
      found.push(...(read?.places ?? [unknown]));
      isElsewhere ||= on === "elsewhere";
      if (read === undefined || typeof value !== "string" || read.sent === value) return value;
      changed.push({ at: argument.at, proposed: value, sent: read.sent });
      return read.sent;
    });
    const name = argument.at.slice(2).replaceAll("[*]", "");
    places.set(name, [...(places.get(name) ?? []), ...found]);
  }
  return { sent: isJsonObject(sent) ? sent : args, changed, places, isElsewhere };
}

interface Reading {
  argument: PathArgument;
  paths: ServerPaths;
  on: JudgedPlace["on"];
}

interface ReadPath {
  sent: string;
  places: JudgedPlace[];
}

/** `undefined` when it cannot be told what a text leads to. */
function readPath(text: string, reading: Reading): ReadPath | undefined {
  const { argument, on } = reading;
  if (argument.reach !== "glob") {
    const read = on === "here" ? readHere(text, reading) : readElsewhere(text, reading);
    const decoded = on === "here" ? decodedPlaces(text, reading) : [];
    return read === undefined ? undefined : { ...read, places: [...read.places, ...decoded] };
  }
  // The folder before the first name with a special character is walked; the rest says what of it.
  const [head = ""] = /^(?:[^*?[\]{}!()+@\\]*\/)?/.exec(text) ?? [];
  const rest = text.slice(head.length);
  if (/(?:^|\/)\.\.(?:\/|$)/.test(rest) || /[*?[\]{}!()+@\\]/.test(baseOf(reading)))
    return undefined;
  const walked: Reading = { ...reading, argument: { ...argument, reach: "tree" } };
  const read = readPath(head === "" ? "." : head, walked);
  if (read === undefined || /[*?[\]{}!()+@\\]/.test(read.sent)) return undefined;
  return { places: read.places, sent: `${read.sent.replace(/\/$/, "")}/${rest}` };
}

function readHere(text: string, reading: Reading): ReadPath | undefined {
  const { argument } = reading;
  const base = baseOf(reading);
  const path = absolutePath(text, base);
  if (path === undefined) return undefined;
  const real = realPath(path);
  const named = argument.itself === true ? realName(path) : real;
  if (real === undefined || named === undefined) return undefined;
  const reach = argument.reach === undefined ? "one" : "tree";
  const all = [...new Set([named, real])];
  const isRelative = argument.sent === "relative";
  const shortened = isRelative ? relative(realPath(base) ?? base, named) || "." : named;
  // A name that begins so is somebody's home to some.
  if (shortened.startsWith("~")) return undefined;
  return {
    sent: shortened,
    places: all.map((each) => ({ path: each, reach, on: "here" })),
  };
}

/** A server that takes a path for part of an address reads it so: then that must be right as well. */
function decodedPlaces(text: string, reading: Reading): JudgedPlace[] {
  if (!/%[\da-f]{2}/i.test(text)) return [];
  const reach = reading.argument.reach === undefined ? "one" : "tree";
  try {
    const path = absolutePath(decodeURIComponent(text), baseOf(reading));
    return [{ path: path === undefined ? undefined : realPath(path), reach, on: "here" }];
  } catch {
    return [{ path: undefined, reach, on: "here" }];
  }
}

/** By its text alone, but where a folder of ours is mounted there. */
function readElsewhere(text: string, reading: Reading): ReadPath | undefined {
  const { argument, paths } = reading;
  if (text.includes("\0") || text.startsWith("~") || text.includes("\\")) return undefined;
  const base = posix.resolve("/", baseOf(reading));
  const whole = posix.resolve(base, text);
  const reach = argument.reach === undefined ? "one" : "tree";
  const mount = paths.mounts.find(({ there }) => isBelow(there, whole));
  const mapped = mount === undefined ? whole : throughMount(whole, mount);
  if (mapped === undefined) return undefined;
  const sent = argument.sent === "relative" ? posix.relative(base, mapped) || "." : mapped;
  if (mount === undefined) return { sent, places: [{ path: whole, reach, on: "elsewhere" }] };
  const here = join(mount.here, posix.relative(mount.there, mapped));
  const real = realPath(here);
  return { sent, places: [{ path: real, reach, on: "here" }] };
}

/** The same place there, links of ours followed; `undefined` where they lead out of the mount. */
function throughMount(
  path: string,
  { there, here }: { there: string; here: string },
): string | undefined {
  const root = realPath(here);
  const real = realPath(join(here, posix.relative(there, path)));
  if (root === undefined || real === undefined) return undefined;
  if (!contains(root, real)) return undefined;
  return posix.join(there, relative(root, real).replaceAll(sep, "/"));
}

function isBelow(folder: string, path: string): boolean {
  const way = posix.relative(folder, path);
  return way !== ".." && !way.startsWith("../");
}

function baseOf({ argument, paths, on }: Reading): string {
  if (argument.base === undefined) return paths.base;
  return on === "here" ? (absolutePath(argument.base, paths.base) ?? paths.base) : argument.base;
}

type Steps = readonly string[];

/** `$.edits[*].path` as the names and the stars on the way. */
function stepsOf(at: string): Steps {
  return at.slice(2).replaceAll("[*]", ".*").split(".");
}

/** A copy with another value at a place; where there is none, it is as it was. */
function replaceAt(
  value: JsonValue,
  [step, ...rest]: Steps,
  replace: (value: JsonValue | undefined) => JsonValue | undefined,
): JsonValue {
  if (step === "*") {
    if (!Array.isArray(value)) return tellMissing(value, replace);
    return value.map((item) =>
      rest.length === 0 ? (replace(item) ?? item) : replaceAt(item, rest, replace),
    );
  }
  if (step === undefined || !isJsonObject(value)) return tellMissing(value, replace);
  const member = Object.hasOwn(value, step) ? value[step] : undefined;
  if (rest.length > 0 && member !== undefined) {
    return { ...value, [step]: replaceAt(member, rest, replace) };
  }
  const next = replace(member);
  return member === undefined || next === undefined ? value : { ...value, [step]: next };
}

/** The place is not there: rules hear of it, and nothing changes. */
function tellMissing(
  value: JsonValue,
  replace: (value: undefined) => JsonValue | undefined,
): JsonValue {
  replace(undefined);
  return value;
}
