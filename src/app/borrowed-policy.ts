import type { Ruling } from "../engine/tool.ts";
import type { BorrowedPolicy, BorrowedTool, PreparedCall } from "../downstream/borrowed-parts.ts";
import type { PreviewPlan } from "../downstream/preview-plan.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import {
  evaluatePolicy,
  possibleAnswers,
  previewOf,
  speaksOfPaths,
  type PolicyAnswer,
} from "../policy/evaluate.ts";
import { fillPlaces, placesIn, valueAt } from "../policy/json-place.ts";
import { changesNothing, previewingRules } from "../policy/named-tools.ts";
import type { PolicyRule, PolicyVerdict } from "../policy/policy.ts";
import type { PreviewRule } from "../policy/preview-rule.ts";
import { judgeRead } from "../policy/read-request.ts";
import type { ResolvePath } from "../policy/real-path.ts";
import { sendPaths, type SentArguments } from "../policy/sent-paths.ts";
import type { ServerPaths } from "../policy/server-paths.ts";

export interface BorrowedPolicyOptions {
  /** What the paths in the arguments of a server's tools mean. */
  pathsOf: (server: string) => ServerPaths;
  /** How folders of rules are resolved. */
  resolvePath: ResolvePath;
}

const MOVED =
  "a path of this call leads elsewhere than when it was judged. Propose the call again, with the path that is meant";

/**
 * Rules over borrowed tools. What no rule matches asks, unless its server is trusted and says that
 * the tool changes nothing.
 */
export function createBorrowedPolicy(
  rules: readonly PolicyRule[],
  { pathsOf, resolvePath }: BorrowedPolicyOptions,
): BorrowedPolicy {
  const read = ({ server, tool }: BorrowedTool, args: JsonObject): SentArguments | undefined => {
    if (!rules.some((rule) => speaksOfPaths(rule, server))) return undefined;
    const paths = pathsOf(server);
    const declared = paths.argumentsOf(tool);
    return declared === undefined ? undefined : sendPaths(args, declared, paths);
  };
  return {
    prepare(borrowed, args): PreparedCall {
      const { sent = args, changed = [] } = read(borrowed, args) ?? {};
      return { sent, changed };
    },
    judge(borrowed, { agent, arguments: args }) {
      const { server, tool } = borrowed;
      const prepared = isJsonObject(args) ? read(borrowed, args) : undefined;
      // What is judged was prepared already: it changes only where a link was put in its way.
      if ((prepared?.changed.length ?? 0) > 0) return { verdict: "deny", reason: MOVED };
      const call = { agent, server, tool, arguments: args, places: prepared?.places };
      const options = { fallback: fallbackOf(borrowed), resolvePath };
      const verdict = toGateVerdict(rules, evaluatePolicy(rules, call, options));
      return prepared?.isElsewhere === true ? withNote(verdict) : verdict;
    },
    judgeRead: (request, { isTrusted }) => {
      const fallback = isTrusted ? "allow" : "ask";
      return toGateVerdict(rules, judgeRead(rules, request, { fallback, resolvePath }));
    },
    previewRules: (borrowed) =>
      previewingRules(rules, borrowed).flatMap(({ preview }) => preview ?? []),
    planPreview(borrowed, { agent, arguments: args }, builtIn) {
      const { server, tool } = borrowed;
      const places = isJsonObject(args) ? read(borrowed, args)?.places : undefined;
      const call = { agent, server, tool, arguments: args, places };
      const rule = previewOf(rules, call, resolvePath);
      if (rule === undefined) return builtIn;
      return rule.off === true ? undefined : toPlan(rule, args ?? {}, builtIn);
    },
    changesNothing: (borrowed) => changesNothing(rules, borrowed),
    outlook(borrowed) {
      const answers = possibleAnswers(rules, borrowed, fallbackOf(borrowed));
      const free = answers.filter(({ verdict }) => verdict === "allow").length;
      if (free === answers.length) return "never";
      return free === 0 ? "always" : "sometimes";
    },
  };
}

/** A call as it would be sent, and what the rules say of that; for commands that only look. */
export function judgeProposed(
  rules: readonly PolicyRule[],
  call: { agent: string; server: string | undefined; tool: string; arguments: JsonValue },
  { fallback, pathsOf, resolvePath }: BorrowedPolicyOptions & { fallback: PolicyVerdict },
): PolicyAnswer {
  const { server, tool, arguments: args } = call;
  const speaks = server !== undefined && rules.some((rule) => speaksOfPaths(rule, server));
  const paths = speaks ? pathsOf(server) : undefined;
  const declared = paths?.argumentsOf(tool);
  if (paths === undefined || declared === undefined || !isJsonObject(args)) {
    return evaluatePolicy(rules, call, { fallback, resolvePath });
  }
  const { sent, places } = sendPaths(args, declared, paths);
  return evaluatePolicy(rules, { ...call, arguments: sent, places }, { fallback, resolvePath });
}

/** How a rule shows a call. What takes the place of what is read may be known without it. */
function toPlan(
  { tool = "", arguments: template = {}, bind, becomes }: PreviewRule,
  args: JsonValue,
  builtIn: PreviewPlan | undefined,
): PreviewPlan {
  const looks: PreviewPlan["looks"] = [{ tool, args: fillPlaces(template, args) as JsonObject }];
  const common = { looks, bind, part: bind };
  if (becomes !== undefined) {
    const value = valueAt(args, becomes);
    const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
    return { ...common, after: () => text };
  }
  if (builtIn?.looks[0].tool === tool) return { ...common, after: builtIn.after };
  return {
    ...common,
    shown: (text) => (isJsonObject(parsed(text)) ? asRecord(parsed(text)) : text),
    after: (text) => withMembers(text, { template, args }),
  };
}

/** A record with the members of a call in it; `undefined` where it is none, or has none of them. */
function withMembers(
  before: string,
  { template, args }: { template: JsonObject; args: JsonValue },
): string | undefined {
  const record = parsed(before);
  if (!isJsonObject(record) || !isJsonObject(args)) return undefined;
  const used = new Set(placesIn(template).map(({ text }) => text));
  const same = Object.entries(args).filter(
    ([name]) => Object.hasOwn(record, name) && !used.has(`$.${name}`),
  );
  if (same.length === 0) return undefined;
  return asRecord({ ...record, ...Object.fromEntries(same) });
}

/** A line for each member. */
function asRecord(value: JsonValue | undefined): string {
  return JSON.stringify(value, undefined, 2);
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** What the card says where there is nothing but a text to judge by. */
function withNote(verdict: Ruling): Ruling {
  if (verdict.verdict !== "ask") return verdict;
  const note =
    "Its path is on another file system and was judged by its text alone: links there are not seen";
  const { reason } = verdict;
  return { ...verdict, reason: reason === undefined ? note : `${reason}. ${note}` };
}

/** The verdict on what no rule matches. */
export function fallbackOf({ isTrustedReadOnly }: BorrowedTool): PolicyVerdict {
  return isTrustedReadOnly ? "allow" : "ask";
}

/** A rule by its place, and its reason where it has one. */
export function nameRule(rules: readonly PolicyRule[], rule: PolicyRule): string {
  const place = `policy[${rules.indexOf(rule)}]`;
  return rule.reason === undefined ? place : `${place}: ${rule.reason}`;
}

export function toGateVerdict(
  rules: readonly PolicyRule[],
  { verdict, rule }: PolicyAnswer,
): Ruling {
  switch (verdict) {
    case "allow":
      return { verdict, rule: rule === undefined ? "trusted, read-only" : nameRule(rules, rule) };
    case "deny":
      return { verdict, reason: rule?.reason ?? "a rule forbids it" };
    case "ask": {
      const seconds = rule?.timeoutSeconds;
      return {
        verdict,
        reason: rule?.reason,
        approver: rule?.approver,
        timeout: seconds === undefined ? undefined : { seconds },
      };
    }
  }
}
