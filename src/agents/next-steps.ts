import { isAssistantMessage, messageText } from "./items.ts";
import type { AnyAgent } from "./agent.ts";
import type { InputGuardrail } from "./guardrail.ts";
import type { Approval, Sticky } from "../engine/approvals.ts";
import { stickyKey } from "../engine/approvals.ts";
import { decisionOf, rootFrame, type RunFold } from "./fold.ts";
import { isOver, type Call, type Frame, type Turn } from "./conversation.ts";
import { findTarget, type AgentGraph, type CallTarget } from "./graph.ts";

/**
 * What can be done with a call:
 * `gate` find out whether it must wait, and run it if not; `run` it was approved; `refuse` it was
 * rejected or expired; `doubt` an attempt may or may not have had its effect; `state` a person said
 * what came of it; `collect` its nested run is over.
 */
export type CallAction = "gate" | "run" | "refuse" | "doubt" | "state" | "collect";

export type Step =
  | { type: "guard_input"; frame: Frame; guardrail: InputGuardrail }
  | { type: "take_turn"; frame: Frame }
  | { type: "complete"; frame: Frame; turn: Turn }
  | {
      type: "call";
      frame: Frame;
      call: Call;
      action: CallAction;
      target: CallTarget;
      /** The decision that it runs or is refused by. */
      decision?: Sticky | undefined;
    }
  | { type: "hand_off"; frame: Frame; call: Call }
  | { type: "ask_about_model"; frame: Frame }
  | { type: "save_session"; frame: Frame }
  | { type: "fail"; frame: Frame; message: string };

export type CallStep = Extract<Step, { type: "call" }>;

/** What the code says about a run: agents, and settings that bear on what comes next. */
export interface Plan {
  readonly graph: AgentGraph;
  /** Besides those of the first agent. */
  readonly inputGuardrails: readonly InputGuardrail[];
  /** Whether an unknown tool name fails the run, or is told to the model. */
  readonly toolNotFound: "raise_error" | "return_error_to_model";
}

/**
 * Names everything that can be done now, over all nested runs; looks at open calls only. Pure.
 *
 * @param epoch the claim to judge by: what was started under an earlier one is in doubt
 */
export function nextSteps(state: RunFold, plan: Plan, epoch = state.epoch): Step[] {
  if (state.failure !== undefined && epoch === state.epoch) return [];
  const steps: Step[] = [];
  for (const key of state.live) {
    const frame = state.frames.get(key);
    if (frame !== undefined) steps.push(...frameSteps({ state, plan, epoch }, frame));
  }
  return steps.length > 0 ? steps : pauseSteps(state, plan);
}

/** Whether a step is still what is to be done with its call, by the same decision. */
export function isStillNext(state: RunFold, plan: Plan, step: CallStep): boolean {
  const frame = state.frames.get(step.frame.key);
  if (frame === undefined || !state.live.has(frame.key)) return false;
  return frameSteps({ state, plan, epoch: state.epoch }, frame).some(
    (next) =>
      next.type === "call" &&
      next.call.item.callId === step.call.item.callId &&
      next.action === step.action &&
      next.decision?.seq === step.decision?.seq,
  );
}

/** A run that is about to wait, or is over, leaves in its session what there is by now. */
function pauseSteps(state: RunFold, plan: Plan): Step[] {
  const frame = rootFrame(state);
  if (frame === undefined || state.sessionId === undefined) return [];
  if (frame.turn === undefined || frame.savedTo >= frame.transcript.length) return [];
  if (countRunning(state) > 0) return [];
  if (!isOver(frame) && pendingInputGuardrails(plan, frame).length > 0) return [];
  return [{ type: "save_session", frame }];
}

/** Calls that run now, as far as the journal tells. */
function countRunning(state: RunFold): number {
  let running = 0;
  for (const key of state.live) {
    for (const call of state.frames.get(key)?.turn?.calls ?? []) {
      if (isOpen(call) && !call.nested && isRunning(call, state.epoch)) running += 1;
    }
  }
  return running;
}

interface Situation {
  state: RunFold;
  plan: Plan;
  epoch: number;
}

function frameSteps(situation: Situation, frame: Frame): Step[] {
  const { plan, epoch } = situation;
  const agent = plan.graph.agents.get(frame.agent);
  if (agent === undefined) {
    return [{ type: "fail", frame, message: `Agent ${frame.agent} not found` }];
  }
  const guards = pendingInputGuardrails(plan, frame);
  const blocking = guards.filter(({ runInParallel }) => runInParallel === false);
  const now = blocking.length > 0 ? blocking : guards;
  const steps = now.map((guardrail): Step => ({ type: "guard_input", frame, guardrail }));
  // Beside parallel guardrails the first model call is made; what it answers waits for them.
  if (blocking.length > 0 || (guards.length > 0 && frame.turn !== undefined)) return steps;
  if (frame.requested !== undefined && frame.requested.epoch < epoch) {
    return [...steps, ...modelDoubtSteps(frame, frame.requested.seq)];
  }
  if (frame.turn === undefined) return [...steps, ...nextTurn(frame)];
  return turnSteps(situation, { frame, agent, turn: frame.turn });
}

/** Input guardrails of a run that have not answered yet. */
export function pendingInputGuardrails(plan: Plan, frame: Frame): InputGuardrail[] {
  if (frame.turns > 1) return [];
  const own = plan.graph.agents.get(frame.startedAgent)?.inputGuardrails ?? [];
  const all = frame.path.length === 0 ? [...plan.inputGuardrails, ...own] : own;
  if (all.length === 0) return [];
  // Several of one name answer in their order, one after the other.
  const answers = new Map<string, number>();
  for (const { kind, guardrail } of frame.guardrails) {
    if (kind === "input") answers.set(guardrail, (answers.get(guardrail) ?? 0) + 1);
  }
  return all.filter(({ name }) => {
    const left = answers.get(name) ?? 0;
    answers.set(name, left - 1);
    return left <= 0;
  });
}

function modelDoubtSteps(frame: Frame, requestedSeq: number): Step[] {
  const { asked } = frame;
  if (asked === undefined || asked.seq < requestedSeq) return [{ type: "ask_about_model", frame }];
  if (asked.decision === undefined) return [];
  if (asked.decision.decision === "approved") return [{ type: "take_turn", frame }];
  return [{ type: "fail", frame, message: "The model call in doubt was not to be repeated" }];
}

function turnSteps(
  situation: Situation,
  { frame, agent, turn }: { frame: Frame; agent: AnyAgent; turn: Turn },
): Step[] {
  if (turn.violation !== undefined) return [{ type: "fail", frame, message: turn.violation }];
  if (turn.open === 0) return closedTurnSteps(agent, frame, turn);
  const open = turn.calls.filter((call) => isOpen(call));
  const targets = open.map((call) => findTarget(agent, call.item.name));
  const lost = open.find(
    (_, index) => targets[index] === undefined && situation.plan.toolNotFound === "raise_error",
  );
  if (lost !== undefined) {
    return [
      { type: "fail", frame, message: `Tool ${lost.item.name} not found in agent ${agent.name}.` },
    ];
  }
  const isHandoff = (index: number): boolean => targets[index]?.type === "handoff";
  const calls = open.filter((_, index) => !isHandoff(index));
  if (calls.length === 0) {
    return open.slice(0, 1).map((call): Step => ({ type: "hand_off", frame, call }));
  }
  return open.flatMap((call, index) =>
    isHandoff(index) ? [] : callSteps(situation, { frame, call, target: targets[index] }),
  );
}

function closedTurnSteps(agent: AnyAgent, frame: Frame, turn: Turn): Step[] {
  const again = nextTurn(frame);
  if (turn.calls.length > 0 || turn.repeats) return again;
  const message = turn.items.findLast((item) => isAssistantMessage(item));
  if (message === undefined || !isAssistantMessage(message)) return again;
  const isRefusal = message.content.some((part) => part.type === "refusal");
  if (!isRefusal && messageText(message) === "") {
    // Nothing was said, or nothing that could be the structured output.
    if (message.content.length === 0 || agent.outputType !== "text") return again;
  }
  return [{ type: "complete", frame, turn }];
}

/** The next turn, unless somebody is asked whether there shall be one. */
function nextTurn(frame: Frame): Step[] {
  const budget = frame.budgets.at(-1);
  return budget !== undefined && budget.decision === undefined
    ? []
    : [{ type: "take_turn", frame }];
}

function callSteps(
  { state, epoch }: Situation,
  { frame, call, target }: { frame: Frame; call: Call; target: CallTarget },
): Step[] {
  const step = (action: CallAction, decision?: Sticky): Step[] => [
    { type: "call", frame, call, action, target, decision },
  ];
  if (call.nested) {
    const child = state.frames.get(JSON.stringify([...frame.path, call.item.callId]));
    return child !== undefined && isOver(child) ? step("collect") : [];
  }
  if (call.started !== undefined) {
    if (isRunning(call, epoch)) return [];
    const asked = askedAgain(call);
    if (asked === undefined) return step("doubt");
    if (asked.decision === undefined) return [];
    return step(asked.decision.decision === "approved" ? "run" : "state", asked.decision);
  }
  const digest = target?.type === "tool" ? target.tool.digest : undefined;
  const { approval } = call;
  // A tool that is not there now says nothing against what was asked about it.
  const isThere = target?.type !== "missing";
  if (approval !== undefined && (!isThere || approval.toolDigest === digest)) {
    const decision = decisionOf(state, approval);
    if (decision === undefined) return [];
    return step(decision.decision === "approved" ? "run" : "refuse", decision);
  }
  const covered = state.sticky.get(
    stickyKey({ agent: call.agent, tool: call.item.name, toolDigest: digest }),
  );
  if (covered === undefined) return step("gate");
  return step(covered.decision === "approved" ? "run" : "refuse", covered);
}

function isOpen(call: Call): boolean {
  return call.finished === undefined && call.handoff === undefined;
}

function isRunning(call: Call, epoch: number): boolean {
  return call.started !== undefined && call.error === undefined && call.started.epoch === epoch;
}

/** The request that asks what came of the last attempt. */
function askedAgain(call: Call): Approval | undefined {
  const { approval, started } = call;
  return approval?.kind === "outcome_unknown" && started !== undefined && approval.seq > started.seq
    ? approval
    : undefined;
}
