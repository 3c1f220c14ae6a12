import { isFunctionCall } from "../agents/items.ts";
import { HoldpointError } from "../lib/errors.ts";
import { cannotRead, type ForeignRun } from "./foreign-run.ts";
import type { RunCode } from "./run-code.ts";

/** @throws HoldpointError `unknown_agent`, naming all agents that are not there */
export function checkAgents(code: RunCode, run: ForeignRun): void {
  const asked = run.step.type === "waiting" ? run.step.asked : [];
  const named = [run.agent, ...[...run.items, ...asked].map(({ agent }) => agent)];
  const lost = [...new Set(named)].filter((name) => !code.hasAgent(name));
  if (lost.length === 0) return;
  const problem = lost.map((name) => `Agent ${name.slice(0, 80)} not found`).join("; ");
  throw new HoldpointError(
    "unknown_agent",
    `Cannot load this state of the OpenAI Agents SDK: ${problem}. Give the agent that its run was started with; "${code.root}" does not reach all of its agents`,
  );
}

/** @throws HoldpointError when a call waits that neither the run made nor one inside it */
export function checkAsked(run: ForeignRun): void {
  if (run.step.type !== "waiting") return;
  const own = (run.responses.at(-1)?.output ?? []).filter((item) => isFunctionCall(item));
  const inner = [...run.nested.values()].flatMap(({ step }) =>
    step.type === "waiting" ? step.asked : [],
  );
  const known = new Set([...own, ...inner].map(({ callId }) => callId));
  if (run.step.asked.every(({ callId }) => known.has(callId))) return;
  throw cannotRead(
    "a call waits in it that none of its responses made; it is of a run inside it that the state does not hold, so finish it where it was written",
  );
}
