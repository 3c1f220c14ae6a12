import { expect, it } from "vitest";

import { countHolds } from "../../../src/runs/stats/stats.ts";
import type { HoldRecord } from "../../../src/runs/stats/hold-record.ts";
import { createStillClock } from "../../support/run-stores.ts";
import { createPayments } from "../../support/payments.ts";
import { no, startPaused, useSite, waitFor, yes } from "../../support/run-services.ts";

const openSite = useSite("memory");

it("counts from the journals what was asked, by whom and how fast it was decided", async () => {
  const clock = createStillClock();
  const service = await (await openSite({ clock })).open([createPayments().agent], { clock });
  const ask = async () => {
    const paused = await startPaused(service, 'pay {"amount": 5}');
    return { ...paused, look: { by: "tester", channel: "terminal", level: "confirm" } as const };
  };
  const quick = await ask();
  await service.noteShown(quick.approvalId, quick.look);
  clock.pass(1);
  await service.decide(quick.approvalId, yes());
  const written = (await service.journal(quick.runId)).map(({ entry }) => entry);
  const shown = written.filter(({ type }) => type === "approval_shown");
  expect(shown).toMatchObject([{ by: "tester", channel: "terminal", level: "confirm" }]);
  const slow = await ask();
  await service.noteShown(slow.approvalId, { ...slow.look, unfolded: ["conversation"] });
  clock.pass(9);
  await service.decide(slow.approvalId, yes({ arguments: { amount: 4 } }));
  const refused = await ask();
  clock.pass(100);
  await service.decide(refused.approvalId, no());
  await ask();
  for (const { runId } of [quick, slow, refused]) await waitFor(service, runId, "completed");
  const stats = await service.stats({ days: 2 });
  expect(stats).toMatchObject({
    runs: 4,
    calls: 2,
    questionsPerHundredCalls: 200,
    all: {
      questions: 4,
      approved: 1,
      edited: 1,
      rejected: 1,
      open: 1,
      secondsToDecision: { p50: 9, p90: 100 },
      looked: 2,
      quick: 1,
      neverUnfolded: 1,
    },
    byTier: [{ tier: "normal", questions: 4 }],
    byRule: [
      { rule: "pay asks by itself", questions: 4, questionsPerHundredCalls: 200, approved: 1 },
    ],
    byPerson: [{ by: "tester", questions: 3, questionsPerHundredCalls: 150 }],
    byChannel: [{ channel: "terminal", questions: 3 }],
  });
  const waits = stats.waits.flatMap(({ withinSeconds, decisions }) =>
    decisions === 0 ? [] : [[withinSeconds, decisions]],
  );
  expect(waits).toEqual([
    [2, 1],
    [10, 1],
    [600, 1],
  ]);
  expect(stats.waits.at(-1)).toEqual({ decisions: 0 });
  expect(stats.days.map(({ questions }) => questions)).toEqual([0, 4]);
  // What waits no more is not noted.
  const before = (await service.journal(quick.runId)).length;
  await service.noteShown(quick.approvalId, quick.look);
  expect((await service.journal(quick.runId)).length).toBe(before);
  await expect(service.stats({ days: 0 })).rejects.toMatchObject({ code: "invalid_input" });
});

it("has a day for each since, and leaves out what was asked before", () => {
  const hold = (askedAt: string): HoldRecord => ({
    tier: "high",
    rule: "because",
    askedAt,
    outcome: "open",
    isUnfolded: false,
  });
  const holds = ["2026-01-01T23:59:59.999Z", "2026-01-02T00:00:00.000Z"].map(hold);
  const since = "2026-01-02T00:00:00.000Z";
  const now = Date.parse("2026-01-04T12:00:00.000Z");
  const stats = countHolds([{ holds, starts: [] }], { since, now });
  expect(stats).toMatchObject({ calls: 0, all: { questions: 1, open: 1 } });
  expect(stats).not.toHaveProperty("questionsPerHundredCalls");
  expect(stats.all).not.toHaveProperty("secondsToDecision");
  expect(stats.days).toEqual(
    ["2026-01-02", "2026-01-03", "2026-01-04"].map((day, at) => ({
      day,
      questions: at === 0 ? 1 : 0,
      calls: 0,
    })),
  );
});

it("counts together what comes after the first twenty of a list, and says how many", () => {
  const askedAt = "2026-01-02T00:00:00.000Z";
  const holds = Array.from({ length: 23 }, (_, index): HoldRecord => {
    const rule = `rule ${index}`;
    return { tier: "high", rule, askedAt, outcome: "open", isUnfolded: false };
  });
  const terms = { since: askedAt, now: Date.parse(askedAt) };
  const { byRule } = countHolds([{ holds, starts: [] }], terms);
  expect(byRule).toHaveLength(21);
  expect(byRule.at(-1)).toMatchObject({ rule: "(3 others)", questions: 3 });
});
