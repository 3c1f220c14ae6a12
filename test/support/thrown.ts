import { isRunState, type RunState } from "../../src/agents/face/run-state.ts";

/** What a run throws. */
export async function thrownBy(running: Promise<unknown>): Promise<Error & { state: RunState }> {
  const error: unknown = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("Nothing was thrown");
  const state: unknown = "state" in error ? error.state : undefined;
  if (!isRunState(state)) throw new Error("The error has no state", { cause: error });
  return Object.assign(error, { state });
}
