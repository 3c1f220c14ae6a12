import type { RunFilter, RunStore, RunSummary } from "./run-store.ts";

const PAGE = 500;

/** Every run of a store that a filter leaves, newest first. */
export async function allRuns(
  store: RunStore,
  filter: Omit<RunFilter, "limit" | "cursor"> = {},
): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listRuns({ ...filter, limit: PAGE, cursor });
    found.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}
