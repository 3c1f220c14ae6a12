import { strictest } from "../engine/vocabulary.ts";
import { ConflictError, HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunCode } from "../interop/run-code.ts";
import type { RunConfig } from "../agents/face/config.ts";
import { levelOf } from "../agents/gate.ts";
import { takeInForeign, type TakeIn } from "../agents/face/foreign-state.ts";
import { startRun } from "../engine/open-run.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import type { RunGates } from "./go-on.ts";
import type { RunStore } from "./run-store.ts";
import type { Recorders } from "./recorders.ts";

export interface ImportRequest {
  /** The agent that the run was started with; where only one reaches its agents, that one. */
  agent?: string | undefined;
  /** In whose name the decisions of the state stand. */
  decidedBy: RunCode["decidedBy"];
  /**
   * Whether approvals that were not acted on count. Without it they are asked again: a state is a
   * text, and whoever wrote it is not who approves here.
   */
  takesApprovals: boolean;
}

export interface ImportedRun {
  runId: RunId;
  /** What of the state is not carried over, a sentence each. */
  notices: string[];
}

/**
 * Stores a run that the OpenAI Agents SDK interrupted; nothing of it runs here.
 *
 * @throws HoldpointError `state_incompatible`, `unknown_agent`, `conflict` when it is stored already
 */
export async function importRun(
  text: string,
  request: ImportRequest,
  parts: {
    store: RunStore;
    recorders: Recorders;
    registry: AgentRegistry;
    config: RunConfig;
    gates: RunGates | undefined;
  },
): Promise<ImportedRun> {
  const { store, registry } = parts;
  const { source, plan } = await chooseAgent(text, registry, request.agent);
  const { runId, drafts, notices } = await takeInForeign(text, {
    graph: plan.graph,
    source,
    decidedBy: request.decidedBy,
    takesApprovals: request.takesApprovals,
    rules: rulesOf(parts),
  });
  if ((await store.getRun(runId)) !== undefined) throw isStored(runId);
  try {
    await startRun(parts.recorders.opening, { runId, drafts });
  } catch (error) {
    throw error instanceof ConflictError ? isStored(runId) : error;
  }
  return { runId, notices };
}

function isStored(runId: RunId): HoldpointError {
  return new HoldpointError("conflict", `This state is imported already: it is run ${runId}`);
}

/** A state does not say with which agent its run was started, only whose turn it is. */
async function chooseAgent(
  text: string,
  registry: AgentRegistry,
  name: string | undefined,
): Promise<RegisteredAgent> {
  if (name !== undefined || registry.agents.length < 2) return registry.choose(name);
  const { readForeignState } = await import("../interop/read-foreign-state.ts");
  const { agent } = readForeignState(text);
  const able = registry.agents.filter(({ plan }) => plan.graph.agents.has(agent));
  const [only] = able;
  if (only !== undefined && able.length === 1) return only;
  const names = (able.length > 0 ? able : registry.agents).map((one) => `"${one.agent.name}"`);
  throw new HoldpointError(
    "unknown_agent",
    `Cannot import this state: say with --agent which agent its run was started with: ${names.join(", ")}`,
  );
}

/** What the rules of this process say of a call, as far as they can be asked outside a run. */
function rulesOf({
  config,
  gates,
}: {
  config: RunConfig;
  gates: RunGates | undefined;
}): NonNullable<TakeIn["rules"]> {
  return ({ agent, tool, arguments: args }) => {
    // A tool's own policy is asked when the call goes on; until then its strictest answer stands.
    const own = tool.approvalRule.type === "policy" ? ("person" as const) : undefined;
    const ruled = gates?.policy?.({ agent: agent.name, tool: tool.name, arguments: args });
    if (ruled?.verdict === "deny") return "denied";
    const asked = ruled?.verdict === "ask" ? ruled : undefined;
    const wanted = [levelOf(config, agent, tool.name), own, asked?.approver];
    return { approver: strictest(wanted), reason: asked?.reason };
  };
}
