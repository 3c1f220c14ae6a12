import { matchesName } from "./glob.ts";
import type { PolicyRule } from "./policy.ts";

interface Called {
  readonly server: string;
  readonly tool: string;
}

/** Whether a rule says of all calls of a tool that they change nothing. */
export function changesNothing(rules: readonly PolicyRule[], called: Called): boolean {
  return rules.some(
    (rule) =>
      rule.effect === "none" &&
      rule.agent === undefined &&
      rule.arguments === undefined &&
      rule.paths === undefined &&
      names(rule, called),
  );
}

/** The members of a tool's arguments that do not tell calls apart. */
export function ignoredMembers(rules: readonly PolicyRule[], called: Called): string[] {
  return rules.flatMap((rule) => (names(rule, called) ? (rule.intent?.ignore ?? []) : []));
}

/** The rules that say how calls of a tool are shown. */
export function previewingRules(rules: readonly PolicyRule[], called: Called): PolicyRule[] {
  return rules.filter((rule) => rule.preview !== undefined && names(rule, called));
}

/** Whether a rule is about a tool by name: one that names none is not. */
function names({ server, tool }: PolicyRule, called: Called): boolean {
  if (server === undefined && tool === undefined) return false;
  return matchesName(server, called.server) && matchesName(tool, called.tool);
}
