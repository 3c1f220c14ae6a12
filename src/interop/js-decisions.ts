import * as z from "zod";

import type { FunctionCallItem } from "../agents/items.ts";
import { callsOf, type ForeignDecision, type ForeignRun } from "./foreign-run.ts";
import { jsFingerprint, toolKey } from "./js-fingerprint.ts";
import { jsRecord, type JsState } from "./js-shapes.ts";
import { entriesOf, text } from "./shapes.ts";
import { decisionsIn } from "./tool-record.ts";

type JsRecord = z.infer<typeof jsRecord>;

/** The first schema with approvals by agent, and the first that binds them to their calls. */
const FIRST_BY_AGENT = 16;
const FIRST_BOUND = 18;

interface Scope {
  agent: string | undefined;
  tool: string;
  record: JsRecord;
  messages: ReadonlyMap<string, string>;
}

/** What was decided in a state, calls and whole tools, and what of it is not proven. */
export function readJsDecisions(
  state: JsState,
  run: ForeignRun,
  schema: string,
): { decisions: ForeignDecision[]; notices: string[] } {
  const { context } = state;
  const minor = Number(schema.slice(2));
  const scopes = [
    ...(context.functionApprovals ?? []).flatMap(({ agentIdentity, approvals }, index) =>
      toScopes(approvals, `context.functionApprovals.${index}.approvals`, agentIdentity),
    ),
    ...toScopes(context.legacyFunctionApprovals, "context.legacyFunctionApprovals", undefined),
    // From then on these are of tools that are no functions.
    ...(minor < FIRST_BY_AGENT ? toScopes(context.approvals, "context.approvals", undefined) : []),
  ];
  const proofs = minor < FIRST_BOUND ? undefined : readProofs(state);
  const calls = callsOf(run);
  const notices: string[] = [];
  const decisions = scopes
    .flatMap(({ record, ...scope }) =>
      decisionsIn(record, { ...scope, stickyMessage: record.stickyRejectMessage }),
    )
    .filter((decision) => {
      if (decision.callId === undefined || proofs === undefined) return true;
      const proof = proofs.get(proofKey(decision.agent ?? "", decision.callId));
      const meant = calls.filter(
        ({ callId, name }) => callId === decision.callId && name === decision.tool,
      );
      if (proof !== undefined && meant.every((call) => proves(proof, call))) return true;
      notices.push(
        "A decision in it is about other arguments than its call has: that call is asked about again.",
      );
      return false;
    });
  return { decisions, notices };
}

function toScopes(value: unknown, place: string, agent: string | undefined): Scope[] {
  return entriesOf(jsRecord.loose(), value, place).flatMap(([key, record]) => {
    const tool = toolOf(key);
    if (tool === undefined) return [];
    const messages = new Map(entriesOf(text, record["messages"], `${place}.*.messages`));
    return [{ agent, tool, record, messages }];
  });
}

/** The tool of a key: a plain name, or JSON that says of which kind it is. Only plain ones count. */
function toolOf(key: string): string | undefined {
  if (!key.startsWith("[")) return key;
  const parsed = z.tuple([z.literal("bare"), text]).safeParse(tryJson(key));
  return parsed.success ? parsed.data[1] : undefined;
}

function proofKey(agent: string, callId: string): string {
  return JSON.stringify([agent, callId]);
}

/** What each decided call asked for, by agent and call. */
function readProofs({ context }: JsState): Map<string, string> {
  const proofs = new Map<string, string>();
  (context.approvalInvocations ?? []).forEach(({ agentIdentity, invocations }, index) => {
    const place = `context.approvalInvocations.${index}.invocations`;
    for (const [callId, proof] of entriesOf(text, invocations, place)) {
      proofs.set(proofKey(agentIdentity, callId), proof);
    }
  });
  return proofs;
}

function proves(proof: string, call: FunctionCallItem): boolean {
  return proof === jsFingerprint(toolKey(call.name), call.arguments);
}

function tryJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}
