import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { cannotRead, type ForeignRun } from "./foreign-run.ts";
import { JS_SCHEMA } from "./js-shapes.ts";
import { PYTHON_SCHEMA } from "./python-shapes.ts";
import { readJsState } from "./read-js.ts";
import { readPythonState } from "./read-python.ts";

/** The most characters of a state; that of a long run with large outputs has a tenth of it. */
const SIZE_LIMIT = 32_000_000;
/** The most levels of objects and lists, and of runs inside runs. */
const DEPTH_LIMIT = 200;
const NESTING_LIMIT = 8;

/**
 * Reads a state that the OpenAI Agents SDK wrote, in JavaScript (schema 1.0 to 1.22) or in Python
 * (1.0 to 1.17).
 *
 * @param given its text, or the value of that
 * @throws HoldpointError `state_incompatible` that says what does not fit, and nothing of the content
 */
export function readForeignState(given: unknown): ForeignRun {
  return read(given, 0);
}

function read(given: unknown, nesting: number): ForeignRun {
  if (nesting > NESTING_LIMIT)
    throw cannotRead(`it has more than ${NESTING_LIMIT} runs inside each other`);
  const value = typeof given === "string" ? parse(given) : given;
  if (!isJsonObject(value)) throw cannotRead("a run state is an object");
  checkDepth(value);
  const version: unknown = value["$schemaVersion"];
  const inner = (nested: unknown): ForeignRun => read(nested, nesting + 1);
  if (dialectOf(value, version) === "python") {
    const schema = checkVersion(version, { library: "Python", newest: PYTHON_SCHEMA });
    return readPythonState(value, schema, inner);
  }
  const schema = checkVersion(version, { library: "JavaScript", newest: JS_SCHEMA });
  return readJsState(value, schema, inner);
}

function parse(text: string): unknown {
  if (text.length > SIZE_LIMIT) {
    throw cannotRead(
      `it has ${text.length} characters, and ${SIZE_LIMIT} is the most that is read`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    const hint = /[:[,]\s*-?(?:NaN|Infinity)\b/.test(text)
      ? "; it has NaN or Infinity, which Python writes and JSON does not know"
      : "; it may be cut off";
    throw cannotRead(`the text is not JSON${hint}`);
  }
}

/** Both libraries number their schemas alike; which one wrote a state is told by its keys. */
function dialectOf(value: JsonObject, version: unknown): "js" | "python" {
  const isJs = "currentTurn" in value && "currentAgent" in value;
  const isPython = "current_turn" in value && "current_agent" in value;
  if (isJs === isPython) {
    checkVersion(version, { library: "JavaScript", newest: JS_SCHEMA });
    throw cannotRead(
      'it is of neither library: JavaScript\'s has "currentAgent" and "currentTurn", Python\'s "current_agent" and "current_turn"',
    );
  }
  return isJs ? "js" : "python";
}

function checkVersion(
  version: unknown,
  { library, newest }: { library: string; newest: string },
): string {
  const [, minor] = /^1\.(0|[1-9]\d?)$/.exec(String(version)) ?? [];
  const last = Number(newest.slice(2));
  if (typeof version === "string" && minor !== undefined && Number(minor) <= last) return version;
  const shown = typeof version === "string" && /^[\w.]{1,20}$/.test(version) ? ` ${version}` : "";
  throw cannotRead(
    `its schema${shown} is not one of ${library}'s 1.0 to ${newest}, which this version of holdpoint reads`,
  );
}

/** Looks without recursion: what is too deep for that is too deep for all that comes after. */
function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_LIMIT) throw cannotRead(`it is nested deeper than ${DEPTH_LIMIT} levels`);
    level = level.flatMap((one) => {
      if (typeof one !== "object" || one === null) return [];
      return Object.values(one).filter((inner) => typeof inner === "object" && inner !== null);
    });
  }
}
