import { UserError } from "../errors.ts";
import type { Run } from "../../engine/state.ts";
import { isOver } from "../../engine/frames.ts";
import { rootFrame, turnLimit } from "../conversation.ts";
import type { AgentGraph } from "../graph.ts";
import { currentAgent } from "./run-view.ts";

/** @throws UserError when the run may end before the input could be sent to a model */
export function checkCanAddInput(state: Run, graph: AgentGraph): void {
  const frame = rootFrame(state);
  if (frame === undefined || isOver(frame)) {
    throw new UserError("Cannot add input to a terminal RunState");
  }
  const { name, toolUseBehavior } = currentAgent(state, graph);
  const { turn } = frame.data;
  const limit = turnLimit(frame);
  const isWaiting = turn !== undefined && turn.open > 0;
  if (!isWaiting && limit !== null && frame.data.turns >= limit) {
    throw new UserError("Cannot add input to a RunState with no remaining model turns");
  }
  const calls = turn?.agent === name ? turn.calls : [];
  if (calls.length === 0 || toolUseBehavior === "run_llm_again") return;
  if (!isWaiting && typeof toolUseBehavior !== "function") return;
  if (typeof toolUseBehavior === "object") {
    const { stopAtToolNames } = toolUseBehavior;
    if (!calls.some(({ item }) => stopAtToolNames.includes(item.name))) return;
  }
  throw new UserError(
    "Cannot add input to an interrupted RunState whose tool result may end the run",
  );
}
