import type * as z from "zod";

import type { FunctionCallItem } from "../agents/items.ts";
import { sha256Hex } from "../lib/digest.ts";
import { canonicalJson } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { callsOf, type ForeignDecision, type ForeignRun } from "./foreign-run.ts";
import { pythonRecord, toolInvocation, type PythonState } from "./python-shapes.ts";
import { entriesOf, text } from "./shapes.ts";
import { decisionsIn } from "./tool-record.ts";

type PythonRecord = z.infer<typeof pythonRecord>;

/** The first schema that binds decisions to what they were about. */
const FIRST_BOUND = 15;

/** What was decided in a state, calls and whole tools, and what of it is not proven. */
export function readPythonDecisions(
  { context }: PythonState,
  run: ForeignRun,
  schema: string,
): { decisions: ForeignDecision[]; notices: string[] } {
  const isBound = Number(schema.slice(2)) >= FIRST_BOUND;
  const proofs = new Map(
    entriesOf(toolInvocation, context.tool_invocations, "context.tool_invocations"),
  );
  const calls = callsOf(run);
  const notices: string[] = [];
  const isProven = (decision: ForeignDecision, record: PythonRecord): boolean => {
    if (!isBound) return true;
    const { callId, tool } = decision;
    if (callId === undefined) return record.sticky_scope === scopeOf(tool);
    const meant = calls.filter((call) => call.callId === callId && call.name === tool);
    const fingerprint = proofs.get(callId)?.fingerprint;
    return meant.every((call) => fingerprint === fingerprintOf(call));
  };
  const records = entriesOf(pythonRecord, context.approvals, "context.approvals");
  const decisions = records.flatMap(([tool, record]) =>
    decisionsOf(tool, record).filter((decision) => {
      if (isProven(decision, record)) return true;
      notices.push(
        "A decision in it cannot be shown to be about its call or tool: it is asked about again.",
      );
      return false;
    }),
  );
  return { decisions, notices };
}

function decisionsOf(tool: string, record: PythonRecord): ForeignDecision[] {
  const place = "context.approvals.*.rejection_messages";
  const messages = new Map(entriesOf(text, record.rejection_messages, place));
  const stickyMessage = record.sticky_rejection_message;
  return decisionsIn(record, { agent: undefined, tool, messages, stickyMessage });
}

/** Calls that were begun and have no result. */
export function beganIn({ context }: PythonState): Set<string> {
  const all = entriesOf(toolInvocation, context.tool_invocations, "context.tool_invocations");
  return new Set(
    all.flatMap(([id, { executed, completed }]) => (executed && !completed ? [id] : [])),
  );
}

function scopeOf(tool: string): string {
  return sha256Hex(canonicalJson({ tool_lookup_key: ["bare", tool], type: "function_call" }));
}

/** As Python writes it; numbers that it writes otherwise than JavaScript prove nothing. */
function fingerprintOf({ name, arguments: given }: FunctionCallItem): string | undefined {
  try {
    const parsed = parseStrictJson(given);
    const bound = { approval_scope: scopeOf(name), arguments: parsed, type: "function_call" };
    return sha256Hex(canonicalJson(bound));
  } catch {
    return undefined;
  }
}
