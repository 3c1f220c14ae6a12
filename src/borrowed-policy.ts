import type { GateVerdict } from "./agents/gate.ts";
import type { BorrowedPolicy, BorrowedTool } from "./downstream/borrowed-tool.ts";
import { evaluatePolicy, possibleAnswers, type PolicyAnswer } from "./policy/evaluate.ts";
import type { ResolvePath } from "./policy/evaluate.ts";
import type { PolicyRule, PolicyVerdict } from "./policy/policy.ts";

/** How paths in the arguments of a server's tools are resolved; without a server, of code's. */
export type PathResolvers = (server: string | undefined) => ResolvePath;

/**
 * Rules over borrowed tools. What no rule matches asks, unless its server is trusted and says that
 * the tool changes nothing.
 */
export function createBorrowedPolicy(
  rules: readonly PolicyRule[],
  resolvers: PathResolvers,
): BorrowedPolicy {
  return {
    judge(borrowed, { agent, arguments: args }) {
      const { server, tool } = borrowed;
      const call = { agent, server, tool, arguments: args };
      const options = { fallback: fallbackOf(borrowed), resolvePath: resolvers(server) };
      return toGateVerdict(rules, evaluatePolicy(rules, call, options));
    },
    outlook(borrowed) {
      const answers = possibleAnswers(rules, borrowed, fallbackOf(borrowed));
      const free = answers.filter(({ verdict }) => verdict === "allow").length;
      if (free === answers.length) return "never";
      return free === 0 ? "always" : "sometimes";
    },
  };
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
): GateVerdict {
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
