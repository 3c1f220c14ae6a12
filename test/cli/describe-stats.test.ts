import { expect, it } from "vitest";

import { describeStats } from "../../src/cli/describe-stats.ts";
import type { Counted } from "../../src/runs/stats/stats.ts";

const counted: Counted = {
  questions: 3,
  questionsPerHundredCalls: 150,
  approved: 2,
  edited: 0,
  rejected: 1,
  expired: 0,
  open: 0,
  looked: 0,
  quick: 0,
  neverUnfolded: 0,
  secondsToDecision: { p50: 12.5, p90: 40 },
};

it("has its columns apart, within 80, and its days from the first question on", () => {
  const text = describeStats({
    since: "2026-11-01T00:00:00.000Z",
    runs: 3,
    calls: 2,
    byGrant: 0,
    all: counted,
    byTier: [{ tier: "normal", ...counted }],
    byRule: [],
    byPerson: [],
    byChannel: [],
    waits: [],
    days: [
      { day: "2026-11-01", questions: 0, calls: 0 },
      { day: "2026-11-02", questions: 3, calls: 2 },
      { day: "2026-11-03", questions: 0, calls: 0 },
    ],
  });
  const lines = text.split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const head = lines.find((line) => line.startsWith("RISK")) ?? "";
  expect(head).toMatch(/^RISK +ASKED +PER 100 +YES +EDITED +NO +OPEN {2}HALF IN$/);
  expect(text).toMatch(/^normal +3 +150 +2 /m);
  expect(head.length).toBe(lines.find((line) => line.startsWith("normal"))?.length);
  expect(text).toMatch(/QUESTIONS A DAY \(UTC\)\n2026-11-02 .* 3\n2026-11-03 .* 0$/);
});
