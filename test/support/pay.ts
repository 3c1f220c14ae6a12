import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { tool, type ToolParameters } from "../../src/agents/tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import type { Decide, Execution, Scenario, Stage } from "./scenario.ts";

/** The fixed line, and what it says the arguments became. */
export const changedTo = (args: unknown): string =>
  `The approver changed the arguments of this call to: ${JSON.stringify(args)}`;

/** Approves the first call with these arguments. */
export const edit =
  (args: unknown): Decide =>
  (state, [item]) =>
    state.approve(item!, { arguments: args });

/** A gated tool `pay` with these parameters; logs what its body gets. */
export function pay(
  stage: Stage,
  parameters: ToolParameters,
  execute: (args: unknown) => unknown = () => "Paid.",
): FunctionTool {
  return tool({
    name: "pay",
    description: "Pays.",
    parameters,
    needsApproval: true,
    execute: (args: unknown, _context, details) => {
      stage.executions.push({ tool: "pay", args, callId: details?.toolCall?.callId ?? "" });
      return execute(args);
    },
  });
}

/** One call of `pay`. */
export function paying(
  parameters: ToolParameters,
  { args, decide, execute }: { args: unknown; decide: Decide[]; execute?: () => unknown },
): Scenario {
  return {
    script: [[call("pay", args, "c1")], [message("Done.")]],
    agent: (stage) => stage.agent({ tools: [pay(stage, parameters, execute)] }),
    decide,
  };
}

/** A run of its body. */
export const paid = (args: unknown): Execution => ({ tool: "pay", args, callId: "c1" });
