import type { DriverStep, Target } from "../engine/driver.ts";
import type { Call, Run } from "../engine/state.ts";
import type { Plan } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { weakAnswer } from "./ask.ts";
import { askedOf, budgetOf, rootFrame, type Frame, type Turn } from "./conversation.ts";
import { configOf } from "./frame-config.ts";
import { levelOf } from "./gate.ts";
import { targetIn } from "./graph.ts";
import type { InputGuardrail } from "./guardrail.ts";
import { isAssistantMessage, messageText } from "./items.ts";

/** What the driver of agents can do now, besides settling calls. */
export type TurnStep = DriverStep & { readonly frame: Frame } & (
    | { readonly type: "guard_input"; readonly guardrail: InputGuardrail }
    | { readonly type: "take_turn" }
    | { readonly type: "complete" }
    | { readonly type: "hand_off"; readonly call: Call }
    | { readonly type: "ask_about_model" }
    | { readonly type: "save_session" }
    | { readonly type: "fail"; readonly message: string }
  );

interface NextSteps {
  steps: TurnStep[];
  calls: "go" | "hold";
}

/** @param epoch the claim to judge by: a model asked under an earlier one is in doubt */
export function nextOf(plan: Plan, frame: Frame, epoch: number): NextSteps {
  const { data } = frame;
  const agent = plan.graph.agents.get(data.agent);
  if (agent === undefined) return hold(failStep(frame, `Agent ${data.agent} not found`));
  const guards = pendingInputGuardrails(plan, frame);
  const blocking = guards.filter(({ runInParallel }) => runInParallel === false);
  const now = blocking.length > 0 ? blocking : guards;
  const steps = now.map((guardrail) => guardStep(frame, guardrail));
  // Beside parallel guardrails the first model call is made; what it answers waits for them.
  if (blocking.length > 0 || (guards.length > 0 && data.turn !== undefined)) return hold(...steps);
  if (data.requested !== undefined && data.requested.epoch < epoch) {
    return hold(...steps, ...modelDoubtSteps(plan, frame, data.requested.seq));
  }
  if (data.turn === undefined) return hold(...steps, ...nextTurn(frame));
  return turnSteps(plan, frame, { agent, turn: data.turn });
}

function hold(...steps: TurnStep[]): NextSteps {
  return { steps, calls: "hold" };
}

function guardStep(frame: Frame, guardrail: InputGuardrail): TurnStep {
  const key = `guard ${frame.key} ${guardrail.name}`;
  return { type: "guard_input", key, frame, kind: "propose", guardrail };
}

function failStep(frame: Frame, message: string): TurnStep {
  return { type: "fail", key: `fail ${frame.key}`, frame, kind: "propose", message };
}

/** Input guardrails of a run that have not answered yet. */
export function pendingInputGuardrails(plan: Plan, frame: Frame): InputGuardrail[] {
  if (frame.data.turns > 1) return [];
  const own = plan.graph.agents.get(frame.startedBy)?.inputGuardrails ?? [];
  const all = [...(configOf(plan, frame).inputGuardrails ?? []), ...own];
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

function modelDoubtSteps(plan: Plan, frame: Frame, requestedSeq: number): TurnStep[] {
  const asked = askedOf(frame);
  const isUnasked = asked === undefined || asked.seq < requestedSeq;
  if (isUnasked || weakAnswer(asked, plan.config) !== undefined) {
    return [
      { type: "ask_about_model", key: `ask_about_model ${frame.key}`, frame, kind: "propose" },
    ];
  }
  if (asked.decision === undefined) return [];
  if (asked.decision.decision === "approved") return [turnStep("take_turn", frame)];
  return [failStep(frame, "The model call in doubt was not to be repeated")];
}

/** A turn ends with the last step of its calls: hooks hear of an output before the next turn. */
function turnStep(type: "take_turn" | "complete", frame: Frame): TurnStep {
  return { type, key: `${type} ${frame.key}`, frame, kind: "propose", after: "calls" };
}

function turnSteps(
  plan: Plan,
  frame: Frame,
  { agent, turn }: { agent: AnyAgent; turn: Turn },
): NextSteps {
  if (turn.violation !== undefined) return hold(failStep(frame, turn.violation));
  if (turn.open === 0) return hold(...closedTurnSteps(agent, frame, turn));
  let handoff: Call | undefined;
  let areOthers = false;
  for (const call of frame.open) {
    const target = targetIn(plan.graph, frame, { agent, name: call.item.name });
    if (target === undefined && raisesNotFound(plan, frame)) {
      return hold(failStep(frame, `Tool ${call.item.name} not found in agent ${agent.name}.`));
    }
    if (target?.type === "handoff") handoff ??= call;
    else areOthers = true;
  }
  if (areOthers || handoff === undefined) return { steps: [], calls: "go" };
  const key = `hand_off ${frame.key}`;
  return hold({ type: "hand_off", key, frame, kind: "propose", after: "calls", call: handoff });
}

/** Whether an unknown tool name fails the run, or is told to the model. */
export function raisesNotFound(plan: Plan, frame: Frame): boolean {
  return configOf(plan, frame).toolNotFoundBehavior !== "return_error_to_model";
}

function closedTurnSteps(agent: AnyAgent, frame: Frame, turn: Turn): TurnStep[] {
  const again = nextTurn(frame);
  if (turn.calls.length > 0 || turn.repeats) return again;
  const message = turn.items.findLast((item) => isAssistantMessage(item));
  if (message === undefined) return again;
  const isRefusal = message.content.some((part) => part.type === "refusal");
  if (!isRefusal && messageText(message) === "") {
    // Nothing was said, or nothing that could be the structured output.
    if (message.content.length === 0 || agent.outputType !== "text") return again;
  }
  return [turnStep("complete", frame)];
}

/** The next turn, unless somebody is asked whether there shall be one. */
function nextTurn(frame: Frame): TurnStep[] {
  const budget = budgetOf(frame);
  return budget !== undefined && budget.decision === undefined
    ? []
    : [turnStep("take_turn", frame)];
}

/** A run that is about to wait, or is over, leaves in its session what there is by now. */
export function restOf(plan: Plan, run: Run): TurnStep[] {
  const frame = rootFrame(run);
  if (frame === undefined || run.sessionId === undefined) return [];
  const { turn, savedTo, transcript } = frame.data;
  if (turn === undefined || savedTo >= transcript.length) return [];
  if (frame.end === undefined && pendingInputGuardrails(plan, frame).length > 0) return [];
  return [{ type: "save_session", key: "save_session", frame, kind: "settle" }];
}

/** What a call's name stands for, for the agent that proposed it. */
export function targetOf(plan: Plan, frame: Frame, call: Call): Target {
  const agent = plan.graph.agents.get(frame.data.agent);
  const target = agent && targetIn(plan.graph, frame, { agent, name: call.item.name });
  switch (target?.type) {
    case "tool": {
      const { digest, agentTool, previews } = target.tool;
      const binds = previews?.()?.binds;
      return { type: agentTool === undefined ? "tool" : "nested", digest, binds };
    }
    case "handoff":
      return { type: "own" };
    case "missing":
      return {
        type: "missing",
        reason: target.reason,
        level: () => agent && levelOf(plan.config, agent, call.item.name),
      };
    case undefined:
      return { type: "unknown" };
  }
}
