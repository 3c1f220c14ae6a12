import type { JsonValue } from "../lib/json.ts";
import type { ConfigProblem } from "./problem.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Texts for people and patterns, in which `${` means itself. */
const literal = new Set(["instructions", "description", "reason", "matches"]);
const reference = /\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Puts the environment in: `${NAME}`, and `${NAME:-default}` for one that is not set or empty.
 * Pure; what is not set is a problem, and stands as it was.
 */
export function substitute(
  value: JsonValue,
  env: Environment,
): { value: JsonValue; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const replaced = (text: string, path: readonly PropertyKey[]): string =>
    text.replaceAll(reference, (whole, name: string, fallback: string | undefined) => {
      const set = env[name];
      if (set !== undefined && set !== "") return set;
      if (fallback !== undefined) return fallback;
      const message = `the environment has no ${name}: set it, or write \${${name}:-default}`;
      problems.push({ path, message });
      return whole;
    });
  const walk = (node: JsonValue, path: readonly PropertyKey[]): JsonValue => {
    if (typeof node === "string") return replaced(node, path);
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    const members = Object.entries(node).map(([key, member]): [string, JsonValue] => [
      key,
      literal.has(key) && typeof member === "string" ? member : walk(member, [...path, key]),
    ]);
    return Object.fromEntries(members);
  };
  return { value: walk(value, []), problems };
}
