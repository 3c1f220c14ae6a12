import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import { numberText, roleOf, valueText, type Role } from "../hold/members.ts";
import { visibleLine, visibleText } from "../shown-text.ts";
import { realFolderOf } from "./real-folder.ts";

/** So many values can be described to a person; calls with more have nothing that is like them. */
const VALUE_LIMIT = 20;

/** What may stand in one place of the arguments of a call that is like another. */
export type Condition =
  | { readonly at: string; readonly is: "same"; readonly value: string | number | boolean | null }
  | {
      readonly at: string;
      readonly is: "inside";
      readonly folder: string;
      /** Where that was when it was shown; absent in what older versions wrote. */
      readonly real?: string | undefined;
    }
  | { readonly at: string; readonly is: "at_most"; readonly most: number }
  | { readonly at: string; readonly is: "any_text" | "any_number" };

/** Which calls are like one: the same members in the same places, each within its condition. */
export interface Likeness {
  /** The arguments without their values. */
  readonly shape: string;
  /** One for each value, in the order of `shape`. */
  readonly conditions: readonly Condition[];
}

/** Names of members that are written to be read. */
const PROSE =
  /text|body|message|content|subject|title|description|comment|note|summary|reason|caption|prompt|question|answer/i;

/** Names of members that tell one thing from the next, and not one kind from another. */
const COUNTS = /(?:^|[a-z_.-])ids?$|number$|^(?:ref|key)$/i;

interface Leaf {
  at: string;
  name: string;
  value: string | number | boolean | null;
}

/** What is like a call with these arguments (JSON text); `undefined` where nothing can be said. */
export function likenessOf(json: string): Likeness | undefined {
  const read = leavesOf(json);
  if (read === undefined || read.leaves.length > VALUE_LIMIT) return undefined;
  return { shape: read.shape, conditions: read.leaves.map((leaf) => conditionOf(leaf)) };
}

/** Whether a call with these arguments is one that was described. */
export function isLike({ shape, conditions }: Likeness, json: string): boolean {
  const read = leavesOf(json);
  if (read === undefined || read.shape !== shape) return false;
  return conditions.every((condition, index) => {
    const leaf = read.leaves[index];
    return leaf !== undefined && holds(condition, leaf);
  });
}

/** The same for people: a line for each value. */
export function likenessLines({ conditions }: Likeness): string[] {
  if (conditions.length === 0) return ["without any arguments"];
  return conditions.map((condition) => {
    const at = visibleLine(condition.at);
    switch (condition.is) {
      case "same":
        return `${at} is ${valueText(condition.value)}`;
      case "inside":
        return `${at} is anything in ${valueText(condition.folder)}, not deeper`;
      case "at_most":
        return `${at} is ${numberText(condition.most)} at most`;
      case "any_text":
        return `${at} is any text`;
      case "any_number":
        return `${at} is any number`;
    }
  });
}

function conditionOf({ at, name, value }: Leaf): Condition {
  const role: Role = roleOf(name, value);
  if (typeof value === "number") {
    if (role === "amount" && value > 0) return { at, is: "at_most", most: value };
    return COUNTS.test(name) ? { at, is: "any_number" } : { at, is: "same", value };
  }
  if (typeof value !== "string") return { at, is: "same", value };
  const folder = role === "place" ? folderOf(value) : undefined;
  const real = folder === undefined ? undefined : realFolderOf(value);
  if (folder !== undefined && real !== undefined) return { at, is: "inside", folder, real };
  const isFree = role === "text" ? isProse(name, value) : role === "id" && COUNTS.test(name);
  return isFree ? { at, is: "any_text" } : { at, is: "same", value };
}

/** A word by itself may be what is to be done: another one is another call. */
function isProse(name: string, value: string): boolean {
  return PROSE.test(name) || value.length > 200 || /\S\s+\S+\s+\S/.test(value);
}

function holds(condition: Condition, { value, at }: Leaf): boolean {
  if (condition.at !== at) return false;
  switch (condition.is) {
    case "same":
      return value === condition.value;
    case "inside":
      return typeof value === "string" && isInside(value, condition);
    case "at_most":
      return typeof value === "number" && value >= 0 && value <= condition.most;
    case "any_text":
      return typeof value === "string";
    case "any_number":
      return typeof value === "number";
  }
}

/** By its text, and by where that leads now: a link put in the way leads out. */
function isInside(path: string, { folder, real }: { folder: string; real?: string | undefined }) {
  if (folderOf(path) !== folder) return false;
  const now = realFolderOf(path);
  return now !== undefined && (real === undefined || now === real);
}

/** The folder of a path that says what it means; `undefined` of any other. */
function folderOf(path: string): string | undefined {
  const [, folder, file] = /^(.*[\\/])([^\\/]+)$/s.exec(path) ?? [];
  if (folder === undefined || file === undefined || /^\.+$/.test(file)) return undefined;
  const isPlain = visibleText(path) === path && !/[\n\t\0%*?]/.test(path);
  return isPlain && !/(?:^|[\\/])\.{1,2}[\\/]|[\\/]{2}/.test(folder) ? folder : undefined;
}

function leavesOf(json: string): { shape: string; leaves: Leaf[] } | undefined {
  let value: JsonValue;
  try {
    value = parseStrictJson(json);
  } catch {
    return undefined;
  }
  const leaves: Leaf[] = [];
  return { shape: shapeOf(value, { at: "", name: "" }, leaves), leaves };
}

/** Members are sorted: in which order they were written says nothing. */
function shapeOf(value: JsonValue, { at, name }: Omit<Leaf, "value">, leaves: Leaf[]): string {
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      shapeOf(item, { at: `${at}[${index}]`, name }, leaves),
    );
    return `[${items.join()}]`;
  }
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .toSorted()
      .map((each) => {
        const place = { at: at === "" ? each : `${at}.${each}`, name: each };
        return `${JSON.stringify(each)}:${shapeOf(value[each] ?? null, place, leaves)}`;
      });
    return `{${members.join()}}`;
  }
  leaves.push({ at, name, value });
  return value === null ? "null" : typeof value;
}
