import { expect, it } from "vitest";

import {
  approvalTable,
  describeSummary,
  runTable,
  type ListedRun,
} from "../../src/cli/describe.ts";
import { createRunId } from "../../src/lib/ids.ts";

const now = Date.parse("2026-11-29T12:00:00Z");
const long =
  "Ask every customer of the last three years whether the lamp that they bought still works";

function listed(more: Partial<ListedRun> = {}): ListedRun {
  return {
    runId: createRunId(),
    agent: "Support",
    source: "demo#Support",
    status: "awaiting_approval",
    createdAt: "2026-11-26T12:00:00Z",
    updatedAt: "2026-11-29T11:40:00Z",
    ...more,
  } as ListedRun;
}

it.each([60, 80, 120, 200])("a table of runs fits a terminal of %i columns", (width) => {
  const runs = [listed({ title: long }), listed({ status: "completed", title: "顧客".repeat(60) })];
  const lines = runTable(runs, { now, width }).split("\n");
  expect(lines).toHaveLength(3);
  const wide = lines.map((line) => line.length + (line.match(/[顧客]/g)?.length ?? 0));
  expect(wide.filter((columns) => columns > Math.max(width, 68))).toEqual([]);
  for (const [index, { runId }] of runs.entries()) {
    expect(lines[index + 1]).toMatch(new RegExp(` ${runId}$`));
  }
  expect(lines[1]).toMatch(/^awaiting_approval Ask every .* {1,4}20 min run_/);
});

it("a run without a title is listed by its agent, and one that fits is not cut", () => {
  const table = runTable([listed(), listed({ title: "Pay Ada" })], { now, width: 80 });
  expect(table).toMatch(/^awaiting_approval Support /m);
  expect(table).toMatch(/^awaiting_approval Pay Ada /m);
  expect(table).not.toContain("…");
});

it("where there is no terminal a run and an approval are told whole", () => {
  expect(describeSummary(listed({ title: long }))).toContain(long);
  const approval = {
    approvalId: "apr_1",
    createdAt: "2026-11-29T11:40:00Z",
    presentation: { tier: "normal", headline: long },
  };
  const approvals = [approval] as unknown as Parameters<typeof approvalTable>[0];
  const [head = "", row = ""] = approvalTable(approvals, { now }).split("\n");
  expect(row).toContain(long);
  expect(head.indexOf("APPROVAL")).toBe(row.indexOf("apr_1"));
  expect(approvalTable(approvals, { now, width: 80 })).not.toContain(long);
});
