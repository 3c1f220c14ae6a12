import type { RunState } from "./run-state.ts";

/**
 * The text of a state as `@openai/agents` 0.20 reads it (schema 1.22): a run that waits, or is
 * completed, can be gone on with there.
 *
 * @throws HoldpointError `state_incompatible` for a run that could not go on there as it would here
 */
export async function exportOpenAI(state: RunState): Promise<string> {
  const { writeOpenAiState } = await import("./export-state.ts");
  return writeOpenAiState(state);
}
