import { openContext, savedContext } from "../agents/saved-context.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { Journal } from "../engine/journal.ts";
import { writeOpenAiState } from "../agents/face/export-state.ts";
import { RunState } from "../agents/face/run-state.ts";
import type { AgentRegistry } from "./agent-registry.ts";

/**
 * The text of a stored run as `@openai/agents` reads it.
 *
 * @throws HoldpointError `unknown_agent` where the run's agent is not here, `state_incompatible`
 */
export async function exportRun(journal: Journal, registry: AgentRegistry): Promise<string> {
  const { source } = journal.state;
  const graph = registry.withSource(source)?.plan.graph;
  if (graph === undefined) {
    throw new HoldpointError(
      "unknown_agent",
      `Cannot write this run for the OpenAI Agents SDK: its agent is ${source}, which is not here`,
    );
  }
  return writeOpenAiState(
    RunState.at(journal, graph, openContext(savedContext(journal.state), {})),
  );
}
