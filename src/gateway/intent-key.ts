import { sha256 } from "../lib/digest.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** Whose call, of which tool, with what. */
export interface Wish {
  /** `gateway:<real path of the configuration>`. */
  readonly source: string;
  /** The client by the name it gives itself, without its version. */
  readonly principal: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Members of the arguments that two like calls may differ in: `$.requestId`. */
  readonly ignore: readonly string[];
}

/** What a wish is found by: equal for calls that only a retry would send, and for no others. */
export function intentKey({
  source,
  principal,
  server,
  tool,
  arguments: args,
  ignore,
}: Wish): string {
  const counted = ignore.reduce<JsonValue>((left, path) => without(left, pathOf(path)), args);
  return sha256(canonicalJson([source, principal, server, tool, counted]));
}

/** Which ignored members differ between two calls of one wish, by name. */
export function differingMembers(
  one: JsonObject,
  other: JsonObject,
  ignore: readonly string[],
): string[] {
  return ignore.filter((path) => {
    const [a, b] = [memberAt(one, pathOf(path)), memberAt(other, pathOf(path))];
    return canonicalJson(a ?? null) !== canonicalJson(b ?? null);
  });
}

function pathOf(text: string): string[] {
  return text
    .replace(/^\$\.?/, "")
    .split(".")
    .filter((part) => part !== "");
}

function memberAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (at, name) => (isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    value,
  );
}

function without(value: JsonValue, [name, ...rest]: readonly string[]): JsonValue {
  if (name === undefined || !isJsonObject(value) || !Object.hasOwn(value, name)) return value;
  const { [name]: member, ...others } = value;
  if (rest.length === 0 || member === undefined) return others;
  return { ...others, [name]: without(member, rest) };
}
