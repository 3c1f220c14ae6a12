import { framesOf, rootFrame, sharedOf } from "../agents/conversation.ts";
import { finalText } from "../agents/output-text.ts";
import { argumentsText } from "../engine/arguments.ts";
import { decisionOf, isOpen, openApprovals, stickyKey } from "../engine/approvals.ts";
import { describeLate } from "../engine/fold.ts";
import type { Approval, Call, Frame, Run } from "../engine/state.ts";
import { callOf, definitionOf } from "../engine/frames.ts";
import type { ApprovalKind, ApproverLevel, RunStatus } from "../engine/vocabulary.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import { describeDecision, nameOf, toDecision, type DecisionReport } from "./decision-report.ts";
import { actionOf, agentPath, foldedLine } from "./action.ts";
import { present, titleOf } from "./hold/present.ts";
import type { Presentation } from "./hold/presentation.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { rewrittenTexts } from "./rewritten-texts.ts";
import type { RewrittenText } from "./shown-text.ts";

/** How many calls a report tells of: every report of a long run would cost its length. */
const STEP_LIMIT = 20;

/** A pending approval as every face shows it. */
export interface ApprovalReport {
  approvalId: ApprovalId;
  runId: RunId;
  kind: ApprovalKind;
  /** Where the agents of its run come from. */
  source: string;
  /** Who started its run, and through which channel; absent where the program itself did. */
  startedBy?: { by: string; channel: string } | undefined;
  /** The agent that asks. */
  agent: string;
  /** Agents from the root to the asking one. */
  path: string[];
  /** Absent where the request is about the run. */
  tool?: string | undefined;
  callId?: string | undefined;
  /** Of the tool's definition, as the approval is bound to it. */
  toolDigest?: string | undefined;
  /** What the tool says it does. */
  description?: string | undefined;
  /** JSON text, whole. */
  arguments: string;
  /** One line that says exactly what will run. */
  action: string;
  actionTruncated: boolean;
  /** The same for a person who decides: what will happen, how dangerous it is, for what. */
  presentation: Presentation;
  reason?: string | undefined;
  approver: ApproverLevel;
  /** Whether it still waits for a decision. */
  isOpen: boolean;
  /** ISO 8601 UTC. */
  createdAt: string;
  expiresAt?: string | undefined;
  /** Texts of the arguments that are sent in other words than the model's: real paths. */
  rewritten?: RewrittenText[] | undefined;
  /** Once decided: what, by whom, through which channel and when; and the arguments given instead. */
  decision?: DecisionReport | undefined;
  /** JSON Schema of the arguments, where somebody looks at this one. */
  schema?: JsonValue | undefined;
  /** What a yes for all calls of this tool would let run besides, where somebody looks at this one. */
  alsoWaiting?: ApprovalReport[] | undefined;
  /** What came of the call after it was answered: "was stated as not done; it was done". */
  late?: string | undefined;
}

/** A run as every face shows it. */
export interface RunReport {
  runId: RunId;
  agent: string;
  source: string;
  /** What it was started for: the first line of the request. */
  title?: string | undefined;
  status: RunStatus;
  createdAt: string;
  updatedAt: string;
  sessionId?: string | undefined;
  /** Why nobody goes on with it until a person says so. */
  hold?: string | undefined;
  /** Only when completed. */
  output?: string | undefined;
  /** Only when failed; `resumable` when `resume` goes on. */
  error?: { code: string; message: string; resumable: boolean } | undefined;
  approvals: ApprovalReport[];
  turns: number;
  usage: { requests: number; inputTokens: number; outputTokens: number; totalTokens: number };
  /** The last 20 calls, oldest first, one line each: what, how far, who decided; empty where they are not asked for. */
  steps: string[];
}

/** @param options `steps`: whether the last calls are told too */
export function toRunReport(
  summary: RunSummary,
  state: Run,
  { steps }: { steps: boolean },
): RunReport {
  const root = rootFrame(state);
  const { requests, inputTokens, outputTokens, totalTokens } = sharedOf(state).usage;
  return {
    runId: summary.runId,
    agent: summary.agent,
    source: summary.source,
    title: titleOf(state),
    status: summary.status,
    createdAt: summary.createdAt,
    updatedAt: state.updatedAt,
    sessionId: summary.sessionId,
    output: root === undefined ? undefined : finalText(root),
    error: toError(state, root),
    approvals: openApprovals(state).map((approval) => toApprovalReport(state, approval)),
    turns: [...framesOf(state).values()].reduce((turns, { data }) => turns + data.turns, 0),
    usage: { requests, inputTokens, outputTokens, totalTokens },
    steps: steps ? toSteps(state) : [],
  };
}

function toError(state: Run, root: Frame | undefined): RunReport["error"] {
  if (root?.end?.type === "run_failed") {
    const { code, message } = root.end;
    return { code, message, resumable: false };
  }
  if (root?.end !== undefined || state.failure === undefined) return undefined;
  const { code, message } = state.failure;
  return { code, message, resumable: true };
}

export function toApprovalReport(state: Run, approval: Approval): ApprovalReport {
  const call = callOf(state, approval);
  const late = call && describeLate(call);
  const text = argumentsText(approval, call);
  const rewritten =
    call === undefined ? [] : rewrittenTexts(call.item.arguments, approval.arguments);
  const { tool } = approval;
  const { startedBy } = state;
  const definition = definitionOf(state, approval);
  const decision = decisionOf(state, approval);
  const action = actionOf(state, approval);
  const presentation = present(state, approval, text, definition);
  const isOneCall = presentation.times !== undefined;
  return {
    approvalId: approval.approvalId as ApprovalId,
    runId: state.runId ?? ("" as RunId),
    kind: approval.kind,
    source: state.source,
    ...(startedBy === undefined
      ? {}
      : { startedBy: { by: startedBy.by, channel: startedBy.channel } }),
    agent: approval.agent,
    path: agentPath(state, approval.path, approval.agent),
    tool,
    callId: approval.callId,
    toolDigest: approval.toolDigest,
    description: definition?.description,
    arguments: text,
    action: action.text,
    actionTruncated: action.truncated,
    presentation,
    reason: approval.reason,
    approver: approval.approver,
    isOpen: isOpen(state, approval),
    createdAt: approval.at,
    expiresAt: approval.expiresAt,
    ...(rewritten.length === 0 ? {} : { rewritten }),
    ...(decision === undefined
      ? {}
      : { decision: toDecision(decision, { approval, call, isOneCall }) }),
    ...(late === undefined ? {} : { late }),
  };
}

/** The same with what else waits that a decision for all calls of its tool is about. */
export function toWholeReport(state: Run, approval: Approval): ApprovalReport {
  const { schema } = definitionOf(state, approval) ?? {};
  const report = {
    ...toApprovalReport(state, approval),
    ...(schema === undefined ? {} : { schema }),
  };
  if (!report.isOpen || approval.kind !== "tool_call") return report;
  const key = stickyKey(approval);
  const others = openApprovals(state).filter(
    (each) => each !== approval && each.kind === "tool_call" && stickyKey(each) === key,
  );
  if (others.length === 0) return report;
  return { ...report, alsoWaiting: others.map((each) => toApprovalReport(state, each)) };
}

/** The approvals that were decided, the last decision first. */
export function decidedApprovals(state: Run): ApprovalReport[] {
  return [...state.approvals.values()]
    .flatMap((approval) => {
      const { at, seq } = decisionOf(state, approval) ?? {};
      return at === undefined || seq === undefined ? [] : [{ approval, seq }];
    })
    .toSorted((a, b) => b.seq - a.seq)
    .map(({ approval }) => toApprovalReport(state, approval));
}

function toSteps(state: Run): string[] {
  const made: { path: readonly string[]; call: Call; to: string | undefined }[] = [];
  for (const { path, key, calls } of state.frames.values()) {
    const handoffs = framesOf(state).get(key)?.data.handoffs;
    for (const call of [...calls.values()].slice(-STEP_LIMIT)) {
      made.push({ path, call, to: handoffs?.get(call)?.to });
    }
  }
  const steps: string[] = [];
  for (const { path, call, to } of made.slice(-STEP_LIMIT)) {
    const where = [...path, call.item.callId].join("/");
    const what = foldedLine(`${call.item.name} ${call.item.arguments}`, 120).text;
    const progress = to === undefined ? progressOf(call) : `handed off to ${to}`;
    const late = describeLate(call);
    steps.push(`${where} ${what}: ${progress}${late === undefined ? "" : `; ${late}`}`);
  }
  return steps;
}

function progressOf(call: Call): string {
  const decision = call.approval?.decision;
  const decided = decision === undefined ? [] : [describeDecision(decision)];
  const reason = decision?.message ?? "";
  const why = reason === "" ? "" : `: ${foldedLine(reason, 120).text}`;
  if (call.finished !== undefined) {
    const { outcome } = call.finished;
    // A rejection says itself what came of the call.
    const came = outcome === decision?.decision ? [] : [nameOf(outcome)];
    return `${[...came, ...decided].join(", ")}${why}`;
  }
  if (call.nested) return "its own run goes on";
  if (call.error !== undefined) return ["failed", ...decided].join(", ");
  if (call.started !== undefined) return [`started at ${call.started.at}`, ...decided].join(", ");
  if (decision !== undefined) return `${describeDecision(decision)}${why}`;
  return call.approval === undefined ? "proposed" : "waits for a decision";
}
