import { ruleVerdicts } from "../engine/vocabulary.ts";
import { holdsOfCondition, memberOf } from "./conditions.ts";
import { matchesName } from "./glob.ts";
import { agreed, holdsOfPlace, type JudgedPlace, type TriState } from "./place.ts";
import type { ResolvePath } from "./real-path.ts";
import type { JsonValue } from "../lib/json.ts";
import type { ArgumentCondition, PolicyRule, PolicyVerdict } from "./policy.ts";

/** A call as rules see it. */
export interface PolicyCall {
  readonly agent: string;
  /** The MCP server that has the tool; absent for tools of code. */
  readonly server?: string | undefined;
  readonly tool: string;
  /** As they are sent; `undefined` when they could not be read. */
  readonly arguments: JsonValue | undefined;
  /**
   * Of a server's tool whose paths are known: what they lead to, by the name of the argument.
   * `undefined` where nothing is known of them: then nothing that a rule says of paths can be told.
   */
  readonly places?: ReadonlyMap<string, readonly JudgedPlace[]> | undefined;
}

export interface PolicyAnswer {
  readonly verdict: PolicyVerdict;
  /** The rule that decided; `undefined` when none matched. */
  readonly rule: PolicyRule | undefined;
}

const STRICTEST: readonly PolicyVerdict[] = ruleVerdicts.toReversed();

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

/** What a rule says of showing what a call would change: the first one that holds for it. */
export function previewOf(
  rules: readonly PolicyRule[],
  call: PolicyCall,
  resolvePath: ResolvePath,
): PolicyRule["preview"] {
  return rules.find((rule) => rule.preview !== undefined && matches(rule, call, resolvePath))
    ?.preview;
}

/** The strictest of several answers to one call. */
export function strictest(answers: readonly PolicyAnswer[]): PolicyAnswer | undefined {
  return STRICTEST.flatMap((verdict) => answers.filter((each) => each.verdict === verdict)).at(0);
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
      if (rule.verdict !== verdict || !matchesTool(rule, { server, tool })) continue;
      answers.push({ verdict, rule });
      const isPlain = rule.paths === undefined && Object.keys(rule.arguments ?? {}).length === 0;
      if (rule.agent === undefined && isPlain) return answers;
    }
  }
  return [...answers, { verdict: fallback, rule: undefined }];
}

/** Whether a rule says anything of the paths in the arguments of a server's tools. */
export function speaksOfPaths(rule: PolicyRule, server: string): boolean {
  if (!matchesName(rule.server, server)) return false;
  return rule.paths !== undefined || Object.values(rule.arguments ?? {}).some(isOfPaths);
}

/** The arguments of a tool that rules take for paths; `*` where they mean any. */
export function pathNames(
  rules: readonly PolicyRule[],
  called: Pick<PolicyCall, "server" | "tool">,
): string[] {
  return rules
    .filter((rule) => matchesTool(rule, called))
    .flatMap((rule) => [
      ...(rule.paths === undefined ? [] : ["*"]),
      ...Object.entries(rule.arguments ?? {}).flatMap(([name, each]) =>
        isOfPaths(each) ? [name] : [],
      ),
    ]);
}

function isOfPaths({ under, outside, path }: ArgumentCondition): boolean {
  return under !== undefined || outside !== undefined || path !== undefined;
}

function matchesTool(rule: PolicyRule, call: Pick<PolicyCall, "server" | "tool">): boolean {
  if (!matchesName(rule.tool, call.tool)) return false;
  // Tools of code declare no paths.
  if ((rule.server ?? rule.paths) !== undefined && call.server === undefined) return false;
  return matchesName(rule.server, call.server ?? "");
}

function matches(rule: PolicyRule, call: PolicyCall, resolvePath: ResolvePath): boolean {
  if (!matchesName(rule.agent, call.agent) || !matchesTool(rule, call)) return false;
  const inDoubt = rule.verdict !== "allow";
  const conditions = Object.entries(rule.arguments ?? {});
  if (!conditions.every((each) => holds(each, { call, resolvePath }) ?? inDoubt)) return false;
  const { paths } = rule;
  if (paths === undefined) return true;
  if (call.places === undefined || call.arguments === undefined) return inDoubt;
  const places = [...call.places.values()].flat();
  // A tool that touches no path is none that a rule for paths means.
  if (call.places.size === 0) return false;
  return agreed(places.map((place) => holdsOfPlace(paths, place, resolvePath))) ?? inDoubt;
}

interface Judged {
  call: PolicyCall;
  resolvePath: ResolvePath;
}

/** Whether what a rule says of one argument holds. */
function holds(
  [name, condition]: [string, ArgumentCondition],
  { call, resolvePath }: Judged,
): TriState {
  if (call.arguments === undefined) return undefined;
  const value = memberOf(call.arguments, name);
  const told = holdsOfCondition(condition, value);
  if (told === false || !isOfPaths(condition)) return told;
  const places = placesOf(name, { call, resolvePath });
  // Where all paths of a tool are known, an argument that it has not leads nowhere.
  if (places === undefined) {
    return call.places !== undefined && value === undefined ? false : undefined;
  }
  const ofPaths = agreed(places.map((place) => holdsOfPlace(condition, place, resolvePath)));
  return ofPaths === true ? told : ofPaths;
}

function placesOf(name: string, { call, resolvePath }: Judged): readonly JudgedPlace[] | undefined {
  if (call.server !== undefined) return call.places?.get(name);
  const value = memberOf(call.arguments, name);
  const paths = Array.isArray(value) ? value : [value];
  return paths.map((path) => ({
    path: typeof path === "string" ? resolvePath(path) : undefined,
    reach: "one",
    on: "here",
  }));
}
