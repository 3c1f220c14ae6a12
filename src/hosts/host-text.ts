import { isDeepStrictEqual } from "node:util";

import { HoldpointError, errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { HostFile } from "./host-files.ts";
import { exchangeMembers, findMember, parseObject, replaceMember } from "./json-members.ts";
import { parseServers, replaceTables } from "./toml-tables.ts";

/** What was exchanged in a host's file, so that it can be exchanged back. */
export interface Exchange {
  readonly before: string;
  readonly after: string;
  /** What stands there now in the place of what was taken. */
  readonly put: string;
  readonly taken: string;
}

type Place = Pick<HostFile, "file" | "format" | "key">;

/** The servers in a host's file, by their names. @throws HoldpointError `config_invalid` */
export function readHostText(text: string, { file, format, key }: Place): JsonObject {
  try {
    if (format === "toml") return parseServers(text, key);
    if (text.trim() === "") return {};
    const servers = parseObject(text)[key];
    return isJsonObject(servers) ? servers : {};
  } catch (error) {
    throw cannotRead(file, error);
  }
}

/** Says why, and never quotes: such files hold secrets. */
function cannotRead(file: string, error: unknown): HoldpointError {
  // What the library for TOML says ends with the lines around.
  const [why = ""] = errorMessage(error).split("\n");
  const { line, column } = error as { line?: unknown; column?: unknown };
  const place = typeof line === "number" ? `line ${line}, column ${String(column)}: ` : "";
  return new HoldpointError("config_invalid", `Cannot read ${file}: ${place}${why}`);
}

/** Puts one server in the place of some. @throws HoldpointError `config_invalid` */
export function exchange(
  text: string,
  { place, moved, entry }: { place: Place; moved: readonly string[]; entry: JsonObject },
): Exchange {
  const { file, format, key } = place;
  if (format === "toml") {
    const replaced = replaceTables(text, { key, moved, entry });
    if (replaced !== undefined) return { before: text, after: replaced.text, ...replaced };
    throw new HoldpointError(
      "config_invalid",
      `Cannot change ${file}: its servers are not tables of their own ([${key}.NAME])`,
    );
  }
  const left = Object.entries(readHostText(text, place)).filter(([name]) => !moved.includes(name));
  const servers = { ...Object.fromEntries(left), holdpoint: entry };
  const after = exchangeMembers(text, key, { moved, put: { name: "holdpoint", value: entry } });
  // Of a name that stands twice, hosts read the last.
  if (!isDeepStrictEqual(parseObject(after), { ...parseObject(text), [key]: servers })) {
    throw new HoldpointError("config_invalid", `Cannot change ${file}: it has "${key}" twice`);
  }
  return { before: text, after, put: valueOf(after, key), taken: valueOf(text, key) };
}

/**
 * The text with what was taken back in its place: letter for letter where nobody changed that part
 * meanwhile. `undefined` where the place is not found.
 */
export function exchangeBack(
  text: string,
  { place, done }: { place: Place; done: Exchange },
): { text: string; isExact: boolean } | undefined {
  if (text === done.after) return { text: done.before, isExact: true };
  const { format, key } = place;
  if (format === "toml") {
    if (text.split(done.put).length !== 2) return undefined;
    return { text: text.replace(done.put, () => done.taken), isExact: true };
  }
  const span = findMember(text, key);
  if (span === undefined) return undefined;
  if (text.slice(span.start, span.end) === done.put) {
    return { text: text.slice(0, span.start) + done.taken + text.slice(span.end), isExact: true };
  }
  // Servers were added, taken away or changed by somebody: theirs stay as they are now.
  const now = readHostText(text, place);
  const put = parseObject(`{${JSON.stringify(key)}: ${done.put}}`)[key];
  const taken = parseObject(`{${JSON.stringify(key)}: ${done.taken}}`)[key];
  const ours = isJsonObject(put) ? put : {};
  const moved = Object.entries(isJsonObject(taken) ? taken : {}).filter(
    ([name]) => !(name in ours),
  );
  const { holdpoint: _ours, ...rest } = now;
  return {
    text: replaceMember(text, key, { ...Object.fromEntries(moved), ...rest }),
    isExact: false,
  };
}

function valueOf(text: string, key: string): string {
  const span = findMember(text, key);
  return span === undefined ? "" : text.slice(span.start, span.end);
}
