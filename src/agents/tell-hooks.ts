import { Hooks } from "./hooks.ts";
import type { Frame } from "./conversation.ts";
import type { Activation, RunHookEvents } from "./activation.ts";
import { callAsRun } from "./call-arguments.ts";
import { frameContext } from "./context.ts";
import type { CallSite } from "./settle-call.ts";

const nobody = new Hooks<RunHookEvents>();

/** The hooks that hear of a frame besides those of its agents: the runner's, of the root run. */
export function runHooks({ hooks }: Activation, frame: Frame): Hooks<RunHookEvents> {
  return frame.path.length === 0 ? hooks : nobody;
}

export function tellToolStart(activation: Activation, site: CallSite): void {
  const { frame, call, agent, tool } = site;
  const context = frameContext(activation, frame);
  const details = { toolCall: callAsRun(call) };
  runHooks(activation, frame).emit("agent_tool_start", context, agent, tool, details);
  agent.emit("agent_tool_start", context, tool, details);
}

/** @param result the output as text, or the error that the tool ended with */
export function tellToolEnd(activation: Activation, site: CallSite, result: string): void {
  const { frame, call, agent, tool } = site;
  const context = frameContext(activation, frame);
  const details = { toolCall: callAsRun(call) };
  runHooks(activation, frame).emit("agent_tool_end", context, agent, tool, result, details);
  agent.emit("agent_tool_end", context, tool, result, details);
}
