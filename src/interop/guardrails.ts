import type { JsonValue } from "../lib/json.ts";
import type { ForeignGuardrail } from "./foreign-run.ts";

interface PlainResult {
  guardrail: { name: string };
  output: { tripwireTriggered: boolean; outputInfo?: JsonValue | undefined };
}

interface ToolResult {
  guardrail: { name: string };
  output: {
    outputInfo?: JsonValue | undefined;
    behavior: { type: string; message?: string | undefined };
  };
}

/** Answers of guardrails of a run's input or output. */
export function plainAnswers(
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
export function toolAnswers(
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
