import type { Call } from "../engine/state.ts";
import type { AgentActivation, RunHookEvents } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { callAsRun } from "./tool-arguments.ts";
import { frameContext } from "./context.ts";
import type { Frame } from "./conversation.ts";
import { Hooks } from "./hooks.ts";
import type { RunnableTool } from "./function-tool.ts";
import { asGiven } from "./given-tool.ts";

const nobody = new Hooks<RunHookEvents>();

/** The hooks that hear of a frame besides those of its agents: the runner's, of the root run. */
export function runHooks({ own }: AgentActivation, frame: Frame): Hooks<RunHookEvents> {
  return frame.path.length === 0 ? own.hooks : nobody;
}

/** A call of a tool, in the activation that is at it. */
export interface ToolCall {
  readonly activation: AgentActivation;
  readonly frame: Frame;
  readonly call: Call;
  readonly agent: AnyAgent;
  readonly tool: RunnableTool;
}

export function tellToolStart(of: ToolCall): void {
  const { activation, frame, call, agent } = of;
  const tool = asGiven(of.tool);
  const context = frameContext(activation, frame);
  const details = { toolCall: callAsRun(call) };
  runHooks(activation, frame).emit("agent_tool_start", context, agent, tool, details);
  agent.emit("agent_tool_start", context, tool, details);
}

/** @param result the output as text, or the error that the tool ended with */
export function tellToolEnd(of: ToolCall, result: string): void {
  const { activation, frame, call, agent } = of;
  const tool = asGiven(of.tool);
  const context = frameContext(activation, frame);
  const details = { toolCall: callAsRun(call) };
  runHooks(activation, frame).emit("agent_tool_end", context, agent, tool, result, details);
  agent.emit("agent_tool_end", context, tool, result, details);
}
