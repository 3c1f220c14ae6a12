import type { RunFilter, RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";

const PAGE = 500;

/** Every run of a store that a filter leaves, newest first, a page in memory at a time. */
export async function* eachRun(
  store: RunStore,
  filter: Omit<RunFilter, "limit" | "cursor"> = {},
): AsyncGenerator<RunSummary, void> {
  let cursor: string | undefined;
  do {
    const page = await store.listRuns({ ...filter, limit: PAGE, cursor });
    yield* page.runs;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
