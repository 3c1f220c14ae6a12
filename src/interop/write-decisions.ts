import { isFunctionCall, type FunctionCallItem } from "../agents/items.ts";
import { reaches } from "../engine/vocabulary.ts";
import type { EntryDraft } from "../agents/entries.ts";
import { cannotRead, runsOf, type ForeignDecision, type ForeignRun } from "./foreign-run.ts";
import type { AskedHere, DefinedTool, RunCode } from "./run-code.ts";

export interface Drafts {
  readonly code: RunCode;
  readonly drafts: EntryDraft[];
  readonly notices: string[];
  readonly decisions: Decisions;
  /** The run that all are in. */
  readonly root: ForeignRun;
  /** Tools whose definition is written. */
  readonly defined: Set<string>;
}

/** What was decided in a run and in those inside it. */
export interface Decisions {
  readonly exact: readonly Exact[];
  readonly sticky: Sticky[];
}

/** A decision on one call, and the run whose state has it. */
interface Exact extends ForeignDecision {
  readonly from: ForeignRun;
}

/** A decision on all later calls of one agent's tool, and its entry once it is written. */
interface Sticky {
  readonly agent: string;
  readonly tool: string;
  readonly decision: ForeignDecision["decision"];
  readonly message: string | undefined;
  seq: number | undefined;
}

/**
 * Sorts the decisions of a state by whom they are for. One that stood for a tool whoever called it
 * approves for one agent at most, and rejects for all: it never gets wider than it was.
 */
export function planDecisions(run: ForeignRun, code: RunCode): Decisions {
  const all = decisionsOf(run);
  const exact = all.filter(({ callId }) => callId !== undefined);
  const sticky = all
    .filter(({ callId }) => callId === undefined)
    .flatMap(({ agent, tool, decision, message }): Sticky[] => {
      const agents = agent === undefined ? agentsMeant(run, code, { tool, decision }) : [agent];
      return agents.map((name) => ({ agent: name, tool, decision, message, seq: undefined }));
    });
  return { exact, sticky };
}

function decisionsOf(run: ForeignRun): Exact[] {
  return runsOf(run).flatMap((from) => from.decisions.map((decision) => ({ ...decision, from })));
}

function agentsMeant(
  run: ForeignRun,
  code: RunCode,
  { tool, decision }: Pick<ForeignDecision, "tool" | "decision">,
): string[] {
  const owners = code.ownersOf(tool);
  if (decision === "rejected" || owners.length < 2) return owners;
  // Only whoever was asked about it can have been meant, and only where that was one.
  const asked = new Set(askedAgents(run, tool));
  return asked.size === 1 ? [...asked] : [];
}

function askedAgents(run: ForeignRun, tool: string): string[] {
  const now = run.step.type === "waiting" ? run.step.asked : [];
  const before = run.items.filter(
    ({ type, raw }) => type === "asked" && "name" in raw && raw.name === tool,
  );
  return [
    ...now.filter(({ name }) => name === tool).map(({ agent }) => agent),
    ...before.map(({ agent }) => agent),
    ...[...run.nested.values()].flatMap((inner) => askedAgents(inner, tool)),
  ];
}

export interface DecidedCall {
  add: (draft: EntryDraft) => number;
  path: readonly string[];
  agent: string;
  call: FunctionCallItem;
  /** The run that made it. */
  run: ForeignRun;
  /** `over`: it has a result; `inside`: a run inside it goes on; `open`: nothing came of it yet. */
  state: "over" | "inside" | "open";
  /** Whether the tool's body ran, where that is known. */
  ran: boolean | undefined;
  /** What the model was told, of a call that is over. */
  told: string | undefined;
  /** Whether it is one that the run stopped for. */
  asked: boolean;
}

/**
 * Writes the request and the decision on a call, where there were such.
 *
 * @returns the decision that the call stands under, by the number of its entry
 */
export function writeDecision(
  out: Drafts,
  of: DecidedCall,
): { decision: ForeignDecision["decision"]; seq: number } | undefined {
  const { agent, call, state, asked } = of;
  const { decisions } = out;
  const exact = decisions.exact.find((one) => isAbout(one, out.root, of));
  const sticky = decisions.sticky.find((one) => one.agent === agent && one.tool === call.name);
  const isSticky = exact === undefined && sticky !== undefined && fits(sticky, of);
  if (isSticky && sticky.seq !== undefined && !asked) {
    return { decision: sticky.decision, seq: sticky.seq };
  }
  const decision = exact ?? (isSticky ? sticky : undefined);
  if (!asked && decision === undefined) return undefined;
  const request = writeRequest(out, of, state === "open" && decision?.decision === "approved");
  if (request === undefined || decision === undefined || request.isVoid) return undefined;
  const { approvalId } = request;
  const scope = isSticky && (sticky.decision === "rejected" || request.counts) ? "always" : "once";
  const seq = of.add({
    type: "approval_decided",
    approvalId,
    decision: decision.decision,
    ...decidedBy(out),
    scope,
    ...(decision.message === undefined ? {} : { message: decision.message }),
  });
  if (isSticky && scope === "always") sticky.seq = seq;
  return { decision: decision.decision, seq };
}

/** The record says that a state says so: nobody decided it here. */
function decidedBy({ code, root }: Drafts): RunCode["decidedBy"] {
  const { by, channel, level } = code.decidedBy;
  return { by: `${by}, by a state of ${root.writtenBy}`, channel, level };
}

/** Without an agent a decision is for the run that has it, or for the only call of its id. */
function isAbout(one: Exact, root: ForeignRun, { run, agent, call }: DecidedCall): boolean {
  if (one.callId !== call.callId || one.tool !== call.name) return false;
  if (one.agent !== undefined) return one.agent === agent;
  if (one.from === run) return true;
  const holders = runsOf(root).filter(({ responses }) =>
    responses.some(({ output }) =>
      output.some((item) => isFunctionCall(item) && item.callId === call.callId),
    ),
  );
  return holders.length === 1;
}

/** Whether an approval of the state counts here for such a call; a rejection always does. */
function takes({ takesApprovals, decidedBy: { level } }: RunCode, request: AskedHere): boolean {
  return takesApprovals && reaches(level, request.approver);
}

/** Whether a call can stand under a sticky decision: what may have run was not rejected. */
function fits({ decision, message }: Sticky, { state, ran, told, asked }: DecidedCall): boolean {
  if (state === "open") return asked;
  if (decision === "approved") return ran !== false;
  return ran === false || (ran === undefined && told === (message ?? NOT_APPROVED));
}

/** What both libraries tell a model of a call that was rejected without a text. */
const NOT_APPROVED = "Tool execution was not approved.";

/**
 * @param isApproved whether an approval of the state is still to be acted on
 * @returns the id of the request, whether that approval is void, and whether approvals of the state
 * count for such a call; `undefined` where nobody is asked about the call here
 */
function writeRequest(
  out: Drafts,
  of: DecidedCall,
  isApproved: boolean,
): { approvalId: string; isVoid: boolean; counts: boolean } | undefined {
  const { path, agent, call, state } = of;
  const { code } = out;
  const found = code.ask(agent, call);
  if (found === undefined) {
    if (state !== "open" || code.targetOf(agent, call.name) !== undefined) return undefined;
    throw cannotRead(`tool ${call.name} not found in agent ${agent}`);
  }
  const { definition, request } = found;
  defineOnce(out, definition, (draft) => of.add(draft));
  const approvalId = code.approvalId(path, call.callId);
  const counts = takes(code, request);
  const isVoid = isApproved && !counts;
  of.add({
    type: "approval_requested",
    approvalId,
    callId: call.callId,
    ...request,
    ...(isVoid ? { reason: [request.reason ?? [], VOID].flat().join(". ") } : {}),
  });
  return { approvalId, isVoid, counts };
}

/** Writes a tool's definition before it is first asked about. */
function defineOnce(
  { defined }: Drafts,
  definition: DefinedTool,
  add: (draft: EntryDraft) => void,
): void {
  const key = `${definition.tool}:${definition.digest}`;
  if (!defined.has(key)) add(definition);
  defined.add(key);
}

const VOID =
  "The state says that this call was approved where it was written; that does not count here";

/** Sticky decisions that no call of the state shows are written by themselves. */
export function placeLeftOver(out: Drafts): void {
  for (const sticky of out.decisions.sticky) {
    if (sticky.seq !== undefined) continue;
    const { agent, tool, decision, message } = sticky;
    const found = out.code.ask(agent, { name: tool, arguments: "{}" });
    if (found === undefined) continue;
    if (decision === "approved" && !takes(out.code, found.request)) continue;
    const { arguments: _arguments, ...request } = found.request;
    defineOnce(out, found.definition, (draft) => out.drafts.push(draft));
    const approvalId = out.code.approvalId(["always", agent], tool);
    out.drafts.push({ type: "approval_requested", approvalId, ...request });
    out.drafts.push({
      type: "approval_decided",
      approvalId,
      decision,
      ...decidedBy(out),
      scope: "always",
      ...(message === undefined ? {} : { message }),
    });
  }
}
