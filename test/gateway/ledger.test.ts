import { describe, expect, it } from "vitest";

import { intentKey } from "../../src/gateway/intent-key.ts";
import {
  judgeRepetition,
  PATIENCE_MS,
  REJECTION_MS,
  type Earlier,
  type Outcome,
} from "../../src/gateway/ledger.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;
const replayMs = 900_000;
const allowed = { asks: false, replayMs };
const asked = { asks: true, replayMs };

function earlier(changes: Partial<Earlier> = {}): Earlier {
  return {
    runId,
    place: 0,
    isCurrent: true,
    settled: undefined,
    isHeld: false,
    isRetriedElsewhere: false,
    mayRepeat: false,
    asksAgain: false,
    here: { type: "none" },
    ...changes,
  };
}

const settled = (agoMs: number, outcome: Outcome = "done") => ({
  settled: { outcome, agoMs },
});
const begin = { type: "begin", place: 0, closes: [], mustAsk: undefined, before: undefined };

describe("a call that was never made", () => {
  it("begins, and asks as its rules say", () => {
    expect(judgeRepetition([], allowed)).toEqual(begin);
  });
});

describe("a call that stands open", () => {
  it("is waited for by a retry: nobody waits for it on this connection", () => {
    expect(judgeRepetition([earlier()], allowed)).toEqual({ type: "attach", runId });
  });

  it("is waited for by a retry after half a minute, since its client may have given it up", () => {
    const old = earlier({ here: { type: "waited_for", sinceMs: PATIENCE_MS } });
    expect(judgeRepetition([old], allowed)).toEqual({ type: "attach", runId });
  });

  it("runs besides a like one that is allowed, while a call of this connection waits for it", () => {
    const here = { type: "waited_for", sinceMs: PATIENCE_MS - 1 } as const;
    expect(judgeRepetition([earlier({ here })], allowed)).toEqual({ ...begin, place: 1 });
    const both = [earlier({ here }), earlier({ runId: otherId, place: 1, here })];
    expect(judgeRepetition(both, allowed)).toEqual({ ...begin, place: 2 });
  });

  it("shares its question with a like one that would ask", () => {
    const here = { type: "waited_for", sinceMs: 10 } as const;
    const held = earlier({ here, isHeld: true });
    expect(judgeRepetition([held], asked)).toEqual({ type: "share", runId });
    expect(judgeRepetition([earlier({ here })], asked)).toMatchObject({ type: "begin", place: 1 });
  });

  it("shares its question with any like one where it may be a repetition itself", () => {
    const here = { type: "waited_for", sinceMs: 10 } as const;
    const held = earlier({ here, isHeld: true, mayRepeat: true });
    expect(judgeRepetition([held], allowed)).toEqual({ type: "share", runId });
  });

  it("is asked about once more where a repetition of it waits for it already", () => {
    const here = { type: "waited_for", sinceMs: 10, isRetry: true } as const;
    const again = { ...begin, place: 1, mustAsk: "open", before: runId };
    expect(judgeRepetition([earlier({ here })], allowed)).toEqual(again);
  });

  it("is retried where a like one beside it is waited for", () => {
    const stood = earlier({ here: { type: "waited_for", sinceMs: 10 } });
    const left = earlier({ runId: otherId, place: 1 });
    expect(judgeRepetition([stood, left], allowed)).toEqual({ type: "attach", runId: otherId });
  });
});

describe("an outcome that reached nobody", () => {
  it("is told again for a quarter of an hour", () => {
    const judged = judgeRepetition([earlier(settled(replayMs))], allowed);
    expect(judged).toEqual({ type: "replay", runId });
  });

  it("is asked about after that, also where a rule allows the call", () => {
    expect(judgeRepetition([earlier(settled(replayMs + 1))], allowed)).toEqual({
      ...begin,
      closes: [runId],
      mustAsk: "undelivered",
      before: runId,
    });
  });

  it("is asked about for each of several, one after the other", () => {
    const old = settled(replayMs + 1);
    const both = [earlier(old), earlier({ ...old, runId: otherId, place: 1 })];
    expect(judgeRepetition(both, allowed)).toMatchObject({
      closes: [runId],
      place: 0,
      mustAsk: "undelivered",
    });
  });

  it("is not told while another call of this connection is being told it", () => {
    const here = { type: "waited_for", sinceMs: 1 } as const;
    const judged = judgeRepetition([earlier({ ...settled(10), here })], allowed);
    expect(judged).toEqual({ ...begin, place: 1 });
  });

  it("is asked about where another call of this connection is told it again", () => {
    const here = { type: "waited_for", sinceMs: 1, isRetry: true } as const;
    const judged = judgeRepetition([earlier({ ...settled(10), here })], allowed);
    expect(judged).toEqual({ ...begin, place: 1, mustAsk: "undelivered", before: runId });
  });

  it("is judged anew where nothing was run by it", () => {
    const refused = earlier(settled(10, "nothing"));
    expect(judgeRepetition([refused], allowed)).toMatchObject({ type: "begin", closes: [runId] });
  });
});

describe("an outcome that was delivered", () => {
  it("makes the same call a new one: its client goes on", () => {
    const here = { type: "answered", stoodMs: 500, agoMs: 3 } as const;
    expect(judgeRepetition([earlier({ ...settled(10), here })], allowed)).toEqual({
      ...begin,
      closes: [runId],
      before: runId,
    });
    const closed = earlier({ ...settled(10), isCurrent: false });
    expect(judgeRepetition([closed], allowed)).toEqual({ ...begin, before: runId });
  });

  it("is asked about where it was told to a repetition in another process at that moment", () => {
    const closed = earlier({ ...settled(10), isCurrent: false, isRetriedElsewhere: true });
    expect(judgeRepetition([closed], allowed)).toMatchObject({ mustAsk: "undelivered" });
  });

  it("is asked about where the call came at the moment of a late answer", () => {
    const crossed = { type: "answered", stoodMs: PATIENCE_MS, agoMs: 100 } as const;
    expect(judgeRepetition([earlier({ ...settled(10), here: crossed })], allowed)).toMatchObject({
      type: "begin",
      mustAsk: "crossed",
    });
    const later = { ...crossed, agoMs: 5_000 };
    expect(judgeRepetition([earlier({ ...settled(10), here: later })], allowed)).toMatchObject({
      mustAsk: undefined,
    });
  });
});

describe("a rejection", () => {
  const rejected = (agoMs: number, changes: Partial<Earlier> = {}): Earlier =>
    earlier({ ...settled(agoMs, "rejected"), isCurrent: false, ...changes });

  it("answers the same call for ten minutes", () => {
    expect(judgeRepetition([rejected(REJECTION_MS)], asked)).toEqual({
      type: "reject_again",
      runId,
    });
    expect(judgeRepetition([rejected(REJECTION_MS + 1)], asked)).toMatchObject({ type: "begin" });
  });

  it("answers it while another call of this connection is being told it", () => {
    const here = { type: "waited_for", sinceMs: 1 } as const;
    const told = rejected(10, { isCurrent: true, here });
    expect(judgeRepetition([told], asked)).toEqual({ type: "reject_again", runId });
  });

  it("does not where a person wants to be asked again", () => {
    const judged = judgeRepetition([rejected(10, { asksAgain: true })], asked);
    expect(judged).toMatchObject({ type: "begin", before: runId });
  });
});

describe("a doubt that a person left open, and did not let run again", () => {
  const open = (agoMs: number, changes: Partial<Earlier> = {}): Earlier =>
    earlier({ ...settled(agoMs, "unknown"), isCurrent: false, ...changes });

  it("answers the same call for ten minutes, also where a rule allows it", () => {
    const again = { type: "reject_again", runId };
    expect(judgeRepetition([open(REJECTION_MS)], allowed)).toEqual(again);
    expect(judgeRepetition([open(REJECTION_MS)], asked)).toEqual(again);
  });

  it("is asked about after that, and where a person wants to be asked again", () => {
    const judged = { ...begin, mustAsk: "unknown", before: runId };
    expect(judgeRepetition([open(REJECTION_MS + 1)], allowed)).toEqual(judged);
    expect(judgeRepetition([open(10, { asksAgain: true })], allowed)).toEqual(judged);
    const owed = open(10, { asksAgain: true, isCurrent: true });
    expect(judgeRepetition([owed], allowed)).toEqual({ ...judged, closes: [runId] });
  });
});

it("a rejection that reached nobody is not told where a person wants to be asked again", () => {
  const taken = earlier({ ...settled(10, "rejected"), asksAgain: true });
  expect(judgeRepetition([taken], asked)).toMatchObject({ type: "begin", closes: [runId] });
});

describe("what a call is found by", () => {
  const wish = {
    source: "gateway:/a/holdpoint.json",
    principal: "codex",
    server: "files",
    tool: "write",
    arguments: { path: "/a", requestId: "1" },
    ignore: [],
  };

  it("is the same whatever the order of its members", () => {
    const other = { ...wish, arguments: { requestId: "1", path: "/a" } };
    expect(intentKey(other)).toBe(intentKey(wish));
  });

  it.each([
    { source: "gateway:/b/holdpoint.json" },
    { principal: "cursor" },
    { server: "others" },
    { tool: "write_all" },
    { arguments: { path: "/b", requestId: "1" } },
    { arguments: { path: "/a", requestId: "2" } },
  ])("is another for %o", (changes) => {
    expect(intentKey({ ...wish, ...changes })).not.toBe(intentKey(wish));
  });

  it("leaves out what the tool's rule says, and no more", () => {
    const ignore = ["$.requestId"];
    const other = { ...wish, ignore, arguments: { path: "/a", requestId: "2" } };
    expect(intentKey(other)).toBe(intentKey({ ...wish, ignore }));
    const elsewhere = { ...wish, ignore, arguments: { path: "/b", requestId: "1" } };
    expect(intentKey(elsewhere)).not.toBe(intentKey({ ...wish, ignore }));
  });
});
