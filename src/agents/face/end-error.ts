import {
  InputGuardrailTripwireTriggered,
  MaxTurnsExceededError,
  ModelBehaviorError,
  OutputGuardrailTripwireTriggered,
  ToolCallError,
  UserError,
  type AgentsError,
} from "../errors.ts";
import { rootFrame, type Frame } from "../conversation.ts";
import type { RunState } from "./run-state.ts";

/** What a run that is over without an output ended by: the same however often it is asked. */
export function endError(state: RunState): AgentsError | undefined {
  const frame = rootFrame(state.fold);
  if (frame?.end?.type === "run_cancelled") {
    return new UserError(`Cannot go on with run ${state.runId}: it was cancelled`, state);
  }
  if (frame?.end?.type !== "run_failed") return undefined;
  const { code, message } = frame.end;
  switch (code) {
    case "max_turns_exceeded":
      return new MaxTurnsExceededError(message, state);
    case "model_behavior":
      return new ModelBehaviorError(message, state);
    case "tool_failed":
      return new ToolCallError(message, new Error(message), state);
    case "guardrail_tripped":
      return tripwireError(frame, message, state) ?? new UserError(message, state);
    default:
      return new UserError(message, state);
  }
}

function tripwireError(frame: Frame, message: string, state: RunState): AgentsError | undefined {
  const last = frame.guardrails.findLast(({ tripped }) => tripped);
  if (last === undefined) return undefined;
  const { kind, guardrail: name, info: outputInfo } = last;
  const output = { tripwireTriggered: true, outputInfo };
  if (kind === "input") {
    const result = { guardrail: { type: kind, name }, output };
    return new InputGuardrailTripwireTriggered(message, result, state);
  }
  if (kind !== "output") return undefined;
  // What it looked at may be of no item: it is not kept.
  const seen = { agent: { name: frame.data.agent }, agentOutput: undefined };
  const result = { guardrail: { type: kind, name }, output, ...seen };
  return new OutputGuardrailTripwireTriggered(message, result, state);
}
