import { toolsOf } from "../agents/agent.ts";
import { fallbackOf, nameRule } from "./borrowed-policy.ts";
import type { BorrowedServer } from "../downstream/tool-source.ts";
import { possibleAnswers, type PolicyAnswer } from "../policy/evaluate.ts";
import type { PolicyRule, PolicyVerdict } from "../policy/policy.ts";
import type { AgentEntry } from "../runs/agent-registry.ts";

/** One tool, and what becomes of its calls. */
export interface ToolRow {
  /** Absent for a tool of code. */
  server?: string | undefined;
  tool: string;
  /** What models call it. */
  name: string;
  /** Of a call that no condition holds for. */
  verdict: PolicyVerdict;
  /** What says so. */
  rule: string;
  /** Verdicts on calls that conditions hold for, or by some agents; the strictest first. */
  exceptions: { verdict: PolicyVerdict; rule: string }[];
}

/** The tools of a server, in its order. */
export function toToolRows(
  { name: server, tools }: BorrowedServer,
  { rules, isTrusted }: { rules: readonly PolicyRule[]; isTrusted: boolean },
): ToolRow[] {
  return tools.map(({ definition, tool, drifted }) => {
    const isReadOnly = definition.annotations["readOnlyHint"] === true;
    const isTrustedReadOnly = isTrusted && isReadOnly;
    const borrowed = { server, tool: definition.name, isTrustedReadOnly };
    const why = isTrusted ? "default: not said to be read-only" : "default: server not trusted";
    const says = ({ verdict, rule }: PolicyAnswer): { verdict: PolicyVerdict; rule: string } => ({
      verdict,
      rule:
        rule === undefined
          ? verdict === "allow"
            ? "default: trusted, read-only"
            : why
          : nameRule(rules, rule),
    });
    const answers = possibleAnswers(rules, borrowed, fallbackOf(borrowed)).map(says);
    const general = answers.at(-1) ?? { verdict: "ask", rule: why };
    const asked =
      drifted === undefined || general.verdict === "deny"
        ? general
        : { verdict: "ask" as const, rule: drifted };
    const exceptions = answers
      .slice(0, -1)
      .filter(({ verdict }) => drifted === undefined || verdict !== "allow");
    return { server, tool: definition.name, name: tool.name, ...asked, exceptions };
  });
}

/** The tools of code, whose gates the code itself says; rules may be stricter. */
export function toCodeRows(
  entries: readonly AgentEntry[],
  rules: readonly PolicyRule[],
): ToolRow[] {
  const rows = entries.flatMap(({ agent }) =>
    toolsOf(agent).flatMap((tool): ToolRow[] => {
      if (tool.type !== "function" || tool.approvalRule.type === "policy") return [];
      const { name, approvalRule } = tool;
      const own: PolicyVerdict = approvalRule.type === "never" ? "allow" : "ask";
      const answers = possibleAnswers(rules, { tool: name }, own);
      const stricter = answers.filter(
        ({ rule, verdict }) => rule !== undefined && verdict !== "allow",
      );
      const exceptions = stricter.map(({ verdict, rule }) => ({
        verdict,
        rule: rule === undefined ? "" : nameRule(rules, rule),
      }));
      const rule = `needsApproval of agent "${agent.name}": ${approvalRule.type}`;
      return [{ tool: name, name, verdict: own, rule, exceptions }];
    }),
  );
  return rows;
}

/** Rows as lines of equal columns. */
export function renderRows(rows: readonly ToolRow[]): string[] {
  const cells = rows.map(({ server = "(code)", tool, verdict, rule, exceptions }) => [
    server,
    tool,
    verdict,
    [rule, ...exceptions.map((each) => `${each.verdict} by ${each.rule}`)].join("; "),
  ]);
  const all = [["server", "tool", "verdict", "because"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
