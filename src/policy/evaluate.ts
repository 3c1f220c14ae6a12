import { isAbsolute, join, matchesGlob, relative, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { ArgumentCondition, PolicyRule, PolicyVerdict } from "./policy.ts";

/** A call as rules see it. */
export interface PolicyCall {
  readonly agent: string;
  /** The MCP server that has the tool; absent for tools of code. */
  readonly server?: string | undefined;
  readonly tool: string;
  /** `undefined` when they could not be read. */
  readonly arguments: JsonValue | undefined;
}

export interface PolicyAnswer {
  readonly verdict: PolicyVerdict;
  /** The rule that decided; `undefined` when none matched. */
  readonly rule: PolicyRule | undefined;
}

/** Where a path leads, `..` and symbolic links followed; `undefined` when that cannot be told. */
export type ResolvePath = (path: string) => string | undefined;

const STRICTEST: readonly PolicyVerdict[] = ["deny", "ask", "allow"];

/**
 * The verdict on a call: of all rules that match, the strictest, whatever their order; without
 * one, `fallback`. A condition that cannot be judged holds for `deny` and `ask`, and fails for
 * `allow`: doubt never frees a call.
 */
export function evaluatePolicy(
  rules: readonly PolicyRule[],
  call: PolicyCall,
  { fallback, resolvePath }: { fallback: PolicyVerdict; resolvePath: ResolvePath },
): PolicyAnswer {
  for (const verdict of STRICTEST) {
    const rule = rules.find((each) => each.verdict === verdict && matches(each, call, resolvePath));
    if (rule !== undefined) return { verdict, rule };
  }
  return { verdict: fallback, rule: undefined };
}

/**
 * Every answer that calls of a tool can get, the strictest first; the last one is that of a call
 * which no condition holds for. Rules with conditions on arguments, or for some agents, may or may
 * not hold.
 */
export function possibleAnswers(
  rules: readonly PolicyRule[],
  { server, tool }: Pick<PolicyCall, "server" | "tool">,
  fallback: PolicyVerdict,
): PolicyAnswer[] {
  const answers: PolicyAnswer[] = [];
  for (const verdict of STRICTEST) {
    for (const rule of rules) {
      if (rule.verdict !== verdict || !matchesPlace(rule, { server, tool })) continue;
      answers.push({ verdict, rule });
      if (rule.agent === undefined && Object.keys(rule.arguments ?? {}).length === 0)
        return answers;
    }
  }
  return [...answers, { verdict: fallback, rule: undefined }];
}

function matchesPlace(rule: PolicyRule, call: Pick<PolicyCall, "server" | "tool">): boolean {
  if (!matchesName(rule.tool, call.tool)) return false;
  if (rule.server !== undefined && call.server === undefined) return false;
  return matchesName(rule.server, call.server ?? "");
}

function matches(rule: PolicyRule, call: PolicyCall, resolvePath: ResolvePath): boolean {
  if (!matchesName(rule.agent, call.agent) || !matchesPlace(rule, call)) return false;
  const inDoubt = rule.verdict !== "allow";
  return Object.entries(rule.arguments ?? {}).every(([name, condition]) => {
    if (call.arguments === undefined) return inDoubt;
    return holds(condition, memberOf(call.arguments, name), resolvePath) ?? inDoubt;
  });
}

/** Whether a name is one of globs in which `*` also crosses slashes and dots; without one, yes. */
export function matchesName(
  patterns: string | readonly string[] | undefined,
  name: string,
): boolean {
  if (patterns === undefined) return true;
  return [patterns].flat().some((pattern) => toPattern(pattern).test(name));
}

function toPattern(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[\\^$+?.()|[\]{}]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`, "su");
}

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const key of name.split(".")) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** Whether a condition holds; `undefined` when that cannot be told. */
function holds(
  condition: ArgumentCondition,
  value: JsonValue | undefined,
  resolvePath: ResolvePath,
): boolean | undefined {
  const { exists, equals, in: oneOf, matches: source, min, max } = condition;
  const parts: (boolean | undefined)[] = [];
  if (exists !== undefined) parts.push((value !== undefined) === exists);
  if (equals !== undefined) parts.push(known(value, () => isDeepStrictEqual(value, equals)));
  if (oneOf !== undefined) {
    parts.push(known(value, () => oneOf.some((each) => isDeepStrictEqual(value, each))));
  }
  if (source !== undefined) {
    parts.push(typeof value === "string" ? new RegExp(source, "u").test(value) : undefined);
  }
  if (min !== undefined) parts.push(typeof value === "number" ? value >= min : undefined);
  if (max !== undefined) parts.push(typeof value === "number" ? value <= max : undefined);
  if (condition.under !== undefined || condition.path !== undefined) {
    parts.push(
      holdsOfPaths(value, (path) => holdsOfPath(condition, path, resolvePath), resolvePath),
    );
  }
  const { outside } = condition;
  if (outside !== undefined) {
    const isOutside = (path: string): boolean | undefined =>
      opposite(holdsOfPath({ under: outside }, path, resolvePath));
    parts.push(holdsOfPaths(value, isOutside, resolvePath));
  }
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function known(value: JsonValue | undefined, judge: () => boolean): boolean | undefined {
  return value === undefined ? undefined : judge();
}

function opposite(verdict: boolean | undefined): boolean | undefined {
  return verdict === undefined ? undefined : !verdict;
}

/** A list of paths counts as a whole; one that is partly where the condition says cannot be told. */
function holdsOfPaths(
  value: JsonValue | undefined,
  holdsOf: (path: string) => boolean | undefined,
  resolvePath: ResolvePath,
): boolean | undefined {
  const paths = Array.isArray(value) ? value : [value];
  if (paths.length === 0) return undefined;
  const verdicts = paths.map((path) => {
    if (typeof path !== "string" || path.includes("\0")) return undefined;
    const resolved = resolvePath(path);
    return resolved === undefined ? undefined : holdsOf(resolved);
  });
  const [first] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : undefined;
}

function holdsOfPath(
  { under, path: patterns }: ArgumentCondition,
  resolved: string,
  resolvePath: ResolvePath,
): boolean | undefined {
  const folders = under === undefined ? undefined : [under].flat().map((each) => resolvePath(each));
  if (folders?.includes(undefined)) return undefined;
  const roots = (folders ?? ["/"]).filter((folder) => folder !== undefined);
  const inside = roots.filter((folder) => isInside(resolved, folder));
  if (inside.length === 0) return false;
  if (patterns === undefined) return true;
  return inside.some((folder) =>
    [patterns].flat().some((pattern) => {
      const whole = isAbsolute(pattern) ? pattern : join(folder, pattern);
      return matchesGlob(resolved, whole);
    }),
  );
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
