import { describe, expect, it } from "vitest";

import type { RunReport } from "../../src/index.ts";
import {
  approve,
  entriesOf,
  openOvertakenSite,
  outputOf,
  reject,
  standingAnswers,
  standingEntries,
  until,
  untilAsked,
  type OvertakenSite,
  type Place,
} from "../support/overtaken.ts";
import { placeKinds } from "../support/places.ts";
import { sample } from "../support/thorough.ts";

const denials = /denied|rejected|invalid|expired|withheld|not found|was not run|Saturday/i;
const lateNews = "was stated as not done; it was done";
const statement = "It was not paid, says the bank";

interface Case {
  place: Place;
  /** Whether the call was approved before the first process came to the place. */
  isGated: boolean;
  isIdempotent?: boolean;
  /** When the first process wakes: while the body runs in the second one, or after the run's end. */
  wakes: "while the body runs" | "after the end";
}

const free = { isGated: false, wakes: "while the body runs" } as const;
const gated = { isGated: true, wakes: "while the body runs" } as const;

const cases: Case[] = [
  { place: "input guardrail", ...gated },
  { place: "input guardrail", ...free },
  { place: "input guardrail", ...gated, wakes: "after the end" },
  { place: "needsApproval", ...free },
  { place: "policy", ...free },
  { place: "policy", ...gated },
  { place: "policy", ...gated, wakes: "after the end" },
  { place: "asking policy", ...free },
  { place: "asking policy", ...gated },
  { place: "isEnabled", ...free },
  { place: "isEnabled", ...gated },
  { place: "unknown tool formatter", ...free },
  { place: "output guardrail", ...gated, isIdempotent: true },
  { place: "output guardrail", ...free, isIdempotent: true, wakes: "after the end" },
];

const onPlaces = placeKinds.flatMap((kind) =>
  (kind === "SQLite" ? cases : sample(cases, 5)).map((each) => ({ ...each, kind })),
);

describe.concurrent("an overtaken process", { timeout: 120_000 }, () => {
  it.for(onPlaces)(
    "that says no in $place changes nothing (approved: $isGated, woken $wakes, $kind)",
    async ({ kind, place, isGated, isIdempotent = false, wakes }, { onTestFinished }) => {
      const site = await openOvertakenSite(kind);
      onTestFinished(() => site.close());
      const common = { amounts: [100], isGated, isIdempotent };
      const first = await site.start({
        ...common,
        name: "first",
        holdsAt: place,
        isArmedAtOnce: !isGated,
      });
      first.tell("start");
      const runId = await first.said("run");
      if (isGated) {
        const asked = await untilAsked(site, runId);
        first.tell("arm");
        await first.said("armed");
        await approve(site, asked);
      }
      await first.said("holding");
      first.stop();

      const second = await site.start({ ...common, name: "second", waitsInBody: true });
      await second.said("in body");
      const wake = async (): Promise<void> => {
        await first.wake();
        await first.close();
      };
      if (wakes === "while the body runs") await wake();
      second.tell("go");
      const { output } = await until(site.desk, runId, ({ status }) => status === "completed");
      if (wakes === "after the end") await wake();
      await second.close();

      expect(output).toBe("Done.");
      expect(site.effects()).toHaveLength(1);
      expect(outputOf(second.requests().at(-1), "c1")).toContain("Paid 100 by");
      const entries = await entriesOf(site, runId);
      expect(entries).toContainEqual(
        expect.objectContaining({ type: "tool_finished", callId: "c1", outcome: "ran" }),
      );
      expect(standingAnswers(entries)).toEqual([]);
      const counted = standingEntries(entries);
      expect(counted.filter(({ type }) => type === "approval_requested")).toHaveLength(
        isGated ? 1 : 0,
      );
      expect(counted.filter(({ replacement }) => replacement !== undefined)).toEqual([]);
      expect(counted.filter(({ type }) => type.endsWith("_failed"))).toEqual([]);
      await expectNoDenial(site, runId);
    },
  );

  it("that words a rejection adds no second answer", async ({ onTestFinished }) => {
    const site = await openOvertakenSite();
    onTestFinished(() => site.close());
    const common = { amounts: [100], isGated: true };
    const first = await site.start({ ...common, name: "first", holdsAt: "rejection formatter" });
    first.tell("start");
    const runId = await first.said("run");
    const asked = await untilAsked(site, runId);
    first.tell("arm");
    await first.said("armed");
    await reject(site, asked);
    await first.said("holding");
    first.stop();

    const second = await site.start({ ...common, name: "second" });
    await until(site.desk, runId, ({ status }) => status === "completed");
    await first.wake();
    await first.close();
    await second.close();

    expect(site.effects()).toEqual([]);
    expect(outputOf(second.requests().at(-1), "c1")).toContain("So says second.");
    const answers = standingAnswers(await entriesOf(site, runId));
    expect(answers).toMatchObject([{ callId: "c1", outcome: "rejected" }]);
    expect(JSON.stringify(answers)).toContain("So says second.");
    expect((await site.desk.get(id(runId))).steps).toEqual([
      expect.stringMatching(/^c1 pay .*rejected by Ada /),
    ]);
  });
});

describe.concurrent("a call that was stated as not done", { timeout: 120_000 }, () => {
  it("is shown as done once the stopped body has said so", async ({ onTestFinished }) => {
    const site = await openOvertakenSite();
    onTestFinished(() => site.close());
    const { runId, first, second } = await stateAsNotDone(site, [100]);
    const ended = await until(site.desk, runId, ({ status }) => status === "completed");
    const before = await entriesOf(site, runId);
    await first.wake();
    await first.close();
    await second.close();

    expect(site.effects()).toHaveLength(1);
    const entries = await entriesOf(site, runId);
    expect(entries.slice(0, before.length)).toEqual(before);
    const added = entries.slice(before.length).filter(({ type }) => type !== "guardrail_ran");
    expect(added).toMatchObject([
      { type: "tool_finished", callId: "c1", attempt: 1, outcome: "ran", output: paidByFirst },
    ]);
    expect(standingAnswers(entries)).toMatchObject([{ callId: "c1", outcome: "stated" }]);
    // What the model was told, and what came of it, is as it was.
    expect(await site.desk.get(id(runId))).toMatchObject({
      status: "completed",
      output: ended.output,
      approvals: [],
    });
    expect(second.requests()).toHaveLength(1);
    expect(outputOf(second.requests()[0], "c1")).toContain(statement);
    await expectLateNews(site, runId);
  });

  it("is told as done to the model with the next input", async ({ onTestFinished }) => {
    const site = await openOvertakenSite();
    onTestFinished(() => site.close());
    const { runId, first, second } = await stateAsNotDone(site, [100, 1]);
    const other = await untilAsked(site, runId, ({ callId }) => callId === "c2");
    const toldBefore = second.requests().at(-1) ?? [];
    await first.wake();
    await first.close();
    await expectLateNews(site, runId);
    await approve(site, other);
    await until(site.desk, runId, ({ status }) => status === "completed");
    await second.close();

    expect(site.effects()).toHaveLength(2);
    const told = second.requests().at(-1) ?? [];
    expect(told.slice(0, toldBefore.length)).toEqual(toldBefore);
    expect(outputOf(told, "c1")).toContain(statement);
    expect(outputOf(told, "c2")).toContain("Paid 1 by second");
    const news = told.slice(toldBefore.length).filter((item) => item["callId"] !== "c2");
    expect(JSON.stringify(news)).toMatch(/stated as not done/);
    expect(JSON.stringify(news)).toMatch(/was done/);
    expect(JSON.stringify(news)).toContain(paidByFirst);
    // Once: the late news is no new news each turn.
    expect(JSON.stringify(told).split("stated as not done")).toHaveLength(2);
    expect(JSON.stringify(toldBefore)).not.toContain(paidByFirst);
    await expectLateNews(site, runId);
  });
});

const paidByFirst = "Paid 100 by first";

function id(runId: string): RunReport["runId"] {
  return runId as RunReport["runId"];
}

/** A run whose first process is stopped inside the body, before the effect, and stated not to be. */
async function stateAsNotDone(site: OvertakenSite, amounts: number[]) {
  const common = { amounts, isGated: true };
  const first = await site.start({ ...common, name: "first", holdsAt: "body" });
  first.tell("start");
  const runId = await first.said("run");
  const asked = await untilAsked(site, runId);
  first.tell("arm");
  await first.said("armed");
  await approve(site, asked);
  await first.said("holding");
  first.stop();

  const second = await site.start({ ...common, name: "second" });
  const doubt = await untilAsked(site, runId, ({ kind }) => kind === "outcome_unknown");
  expect(site.effects()).toEqual([]);
  await reject(site, doubt, statement);
  return { runId, first, second };
}

/** The report, the cards and the audit say nothing of a no. */
async function expectNoDenial({ desk }: OvertakenSite, runId: string): Promise<void> {
  const report = await desk.get(id(runId));
  expect(report).toMatchObject({ status: "completed", error: undefined, approvals: [] });
  expect(report.steps).toEqual([expect.stringMatching(/^c1 pay .*: ran\b/)]);
  expect(report.steps.join("\n")).not.toMatch(denials);
  const cards = await desk.decided(id(runId));
  expect(cards.map(({ decision }) => decision?.text).join("\n")).not.toMatch(denials);
  const audits = await desk.audit(id(runId));
  expect(audits).toMatchObject([{ runId }]);
  expect(audits[0]?.problem).toBeUndefined();
  expect(JSON.stringify(audits)).not.toMatch(denials);
}

/** The run's steps, the doubt's card and the audit say what was stated, and that it was done. */
async function expectLateNews({ desk }: OvertakenSite, runId: string): Promise<void> {
  const { steps } = await desk.get(id(runId));
  expect(steps[0]).toMatch(/^c1 pay /);
  expect(steps[0]).toContain(lateNews);
  const [audit] = await desk.audit(id(runId));
  expect(audit?.problem).toBeUndefined();
  expect(audit).toMatchObject({ note: expect.stringContaining(lateNews) });
}
