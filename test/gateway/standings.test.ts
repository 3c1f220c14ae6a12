import { expect, it } from "vitest";

import { createStandings } from "../../src/gateway/standings.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;

it("a call has stood since it came, and not since it was held against the ledger", () => {
  const standings = createStandings(() => 40_000);
  standings.add(runId, 1, { since: 5_000 });
  expect(standings.here(runId, 40_000)).toMatchObject({ type: "waited_for", sinceMs: 35_000 });
});

it("what was told again counts for what came after it, and not for what came before", () => {
  let now = 1_000;
  const standings = createStandings(() => now);
  const standing = standings.add(runId, 1, { isRetry: true });
  expect(standings.here(runId, 1_500)).toMatchObject({ type: "waited_for", isRetry: true });
  now = 2_000;
  standings.written(1);
  expect(standings.here(runId, 1_500)).toMatchObject({ type: "waited_for", isRetry: true });
  expect(standings.here(runId, 2_400)).toMatchObject({ type: "answered" });
  standings.read(standing);
  standings.recorded(standing);
  expect(standings.here(runId, 1_500)).toMatchObject({ type: "waited_for", isRetry: true });
  expect(standings.here(runId, 2_400)).toEqual({ type: "none" });
});
