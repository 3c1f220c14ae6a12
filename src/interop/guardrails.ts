import type * as z from "zod";

import type { ForeignGuardrail } from "./foreign-run.ts";
import type { guardrailResult, toolGuardrailResult } from "./shapes.ts";

type PlainResult = z.infer<typeof guardrailResult>;
type ToolResult = z.infer<typeof toolGuardrailResult>;

/** What the guardrails of a run said, by their kinds. */
export function guardrailAnswers(results: {
  input: readonly PlainResult[];
  toolInput: readonly ToolResult[] | null | undefined;
  toolOutput: readonly ToolResult[] | null | undefined;
  output: readonly PlainResult[];
}): ForeignGuardrail[] {
  return [
    ...plainAnswers("input", results.input),
    ...toolAnswers("tool_input", results.toolInput),
    ...toolAnswers("tool_output", results.toolOutput),
    ...plainAnswers("output", results.output),
  ];
}

/** Answers of guardrails of a run's input or output. */
function plainAnswers(
  kind: "input" | "output",
  results: readonly PlainResult[],
): ForeignGuardrail[] {
  return results.map(({ guardrail, output }) => ({
    kind,
    name: guardrail.name,
    tripped: output.tripwireTriggered,
    info: output.outputInfo,
    replacement: undefined,
  }));
}

/** Answers of guardrails of a tool; the libraries spell the same behaviours in two ways. */
function toolAnswers(
  kind: "tool_input" | "tool_output",
  results: readonly ToolResult[] | null | undefined,
): ForeignGuardrail[] {
  return (results ?? []).map(({ guardrail, output: { outputInfo, behavior } }) => ({
    kind,
    name: guardrail.name,
    tripped: behavior.type === "throwException" || behavior.type === "raise_exception",
    info: outputInfo,
    replacement:
      behavior.type === "rejectContent" || behavior.type === "reject_content"
        ? behavior.message
        : undefined,
  }));
}
