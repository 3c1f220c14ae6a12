import { describe, expect, it } from "vitest";

import { decide, type Decided } from "../../src/engine/decide.ts";
import {
  approvalKinds,
  approverLevels,
  type ApprovalKind,
  type ApproverLevel,
} from "../../src/engine/vocabulary.ts";
import { siteOf, standings, yesTo, type Standing } from "./decide-site.ts";

type Verdict = "approved" | "rejected" | "expired";

/** What a yes, a no and a deadline come to where a request stands so, of a first word that counts. */
const inStore: Record<Standing, Record<Verdict, Decided["type"]>> = {
  open: { approved: "decided", rejected: "decided", expired: "decided" },
  approved: { approved: "already", rejected: "contradicts", expired: "contradicts" },
  rejected: { approved: "contradicts", rejected: "already", expired: "contradicts" },
  expired: { approved: "contradicts", rejected: "contradicts", expired: "already" },
  started: { approved: "already", rejected: "contradicts", expired: "contradicts" },
  asked_again: { approved: "overtaken", rejected: "overtaken", expired: "overtaken" },
  cancelled: { approved: "overtaken", rejected: "overtaken", expired: "overtaken" },
  covered_by_yes: { approved: "already", rejected: "contradicts", expired: "contradicts" },
  covered_by_no: { approved: "contradicts", rejected: "already", expired: "contradicts" },
};

/** The same in hand of a program, where the last word counts until the call has gone on. */
const inHand: Record<Standing, Record<"approved" | "rejected", Decided["type"]>> = {
  open: { approved: "decided", rejected: "decided" },
  approved: { approved: "already", rejected: "decided" },
  rejected: { approved: "decided", rejected: "already" },
  expired: { approved: "decided", rejected: "decided" },
  started: { approved: "acted_on", rejected: "acted_on" },
  asked_again: { approved: "acted_on", rejected: "acted_on" },
  cancelled: { approved: "decided", rejected: "decided" },
  covered_by_yes: { approved: "decided", rejected: "decided" },
  covered_by_no: { approved: "decided", rejected: "decided" },
};

function rowsOf<V extends string>(table: Record<Standing, Record<V, Decided["type"]>>) {
  return Object.entries(table).flatMap(([standing, verdicts]) =>
    Object.entries(verdicts).map(([decision, type]) => ({
      standing: standing as Standing,
      decision: decision as V,
      type: type as Decided["type"],
    })),
  );
}

describe("in a store, where the first decision is final", () => {
  it.each(rowsOf(inStore))(
    "given a request that is $standing, when it is $decision, then $type",
    ({ standing, decision, type }) => {
      expect(decide(siteOf({ standing }), yesTo("a", { decision }))).toMatchObject({ type });
    },
  );

  it.each<[ApprovalKind, Verdict]>([
    ["budget", "approved"],
    ["budget", "rejected"],
    ["budget", "expired"],
    ["model_outcome_unknown", "approved"],
    ["model_outcome_unknown", "rejected"],
    ["outcome_unknown", "approved"],
    ["outcome_unknown", "rejected"],
  ])("a request of kind %s can be %s once", (kind, decision) => {
    const open = siteOf({ kind });
    expect(decide(open, yesTo("a", { decision }))).toMatchObject({
      type: "decided",
      entries: [{ type: "approval_decided", approvalId: "a", decision, scope: "once" }],
    });
    const over = siteOf({ kind, standing: "cancelled" });
    expect(decide(over, yesTo("a", { decision })).type).toBe("overtaken");
  });

  it("an outcome that came since makes a doubt too late to decide", () => {
    const run = siteOf({ kind: "outcome_unknown", standing: "started" });
    expect(decide(run, yesTo("a")).type).toBe("acted_on");
  });

  it("says who, through which channel, how surely, and in which words", () => {
    const command = yesTo("a", { decision: "rejected", message: "not today", level: "confirm" });
    expect(decide(siteOf(), command)).toMatchObject({
      entries: [
        {
          type: "approval_decided",
          approvalId: "a",
          decision: "rejected",
          by: "ada",
          channel: "terminal",
          level: "confirm",
          scope: "once",
          message: "not today",
        },
      ],
      released: [],
    });
  });

  it("knows no request of another id", () => {
    expect(decide(siteOf(), yesTo("nobody's"))).toEqual({ type: "unknown" });
  });
});

describe("in hand, where the last decision counts", () => {
  it.each(rowsOf(inHand))(
    "given a request that is $standing, when it is $decision, then $type",
    ({ standing, decision, type }) => {
      const command = yesTo("a", { decision, level: undefined, counts: "last" });
      expect(decide(siteOf({ standing }), command)).toMatchObject({ type });
    },
  );

  it.each([
    ["another scope", { scope: "always" as const }],
    ["another message", { message: "why" }],
    ["changed arguments", { edited: { value: { amount: 1 }, check: () => ({ amount: 1 }) } }],
  ])("the same verdict with %s is news", (_, changes) => {
    const command = yesTo("a", { counts: "last", ...changes });
    expect(decide(siteOf({ standing: "approved" }), command).type).toBe("decided");
  });

  it("names what it decides itself, so that nothing else is released", () => {
    const run = siteOf({ others: ["client", "client"] });
    const decided = decide(run, yesTo("a", { counts: "last", scope: "always" }));
    expect(decided).toMatchObject({ entries: [{ approvalId: "a" }], released: [] });
  });
});

describe("in a store, every kind, standing, verdict, scope and level", () => {
  const isOfCall = (kind: ApprovalKind): boolean =>
    kind === "tool_call" || kind === "outcome_unknown";
  const verdicts = (["approved", "rejected", "expired"] as const).flatMap((decision) =>
    (["once", "always"] as const).flatMap((scope) =>
      approverLevels.map((level) => ({ decision, scope, level })),
    ),
  );
  const rows = approvalKinds.flatMap((kind) =>
    standings
      // Only what is about a call is started, or asked about again.
      .filter((standing) => isOfCall(kind) || !["started", "asked_again"].includes(standing))
      .flatMap((standing) => approverLevels.map((approver) => ({ kind, standing, approver }))),
  );

  it.each(rows)("given $kind, $standing, for $approver", ({ kind, standing, approver }) => {
    const run = siteOf({ kind, standing, approver });
    for (const { decision, scope, level } of verdicts) {
      const { type } = decide(run, yesTo("a", { decision, scope, level }));
      expect({ decision, scope, level, type }).toEqual({
        decision,
        scope,
        level,
        type: typeOf({ kind, standing, approver }, { decision, level }),
      });
    }
  });

  function typeOf(
    { kind, standing, approver }: (typeof rows)[number],
    { decision, level }: { decision: Verdict; level: ApproverLevel },
  ): Decided["type"] {
    // A late attempt settles its doubt; a word on all calls of a tool is none on a question about one.
    if (kind === "outcome_unknown" && standing === "started") return "acted_on";
    const isCovered = kind === "tool_call" && standing.startsWith("covered");
    const stands = standing.startsWith("covered") && !isCovered ? "open" : standing;
    // The word on all calls was a person's, which is enough for each.
    const type = inStore[stands][decision];
    const isWeak = approverLevels.indexOf(level) < approverLevels.indexOf(approver);
    // A no loosens nothing; on a doubt it states a fact.
    const isBound =
      decision === "approved" || (decision === "rejected" && kind === "outcome_unknown");
    return type === "decided" && isWeak && isBound ? "too_weak" : type;
  }
});

describe("changed arguments", () => {
  const edited = { value: { amount: 4 }, check: () => ({ amount: 4, note: "from the schema" }) };

  it("are recorded with the digest of what is shown of them", () => {
    const decided = decide(siteOf(), yesTo("a", { edited }));
    expect(decided).toMatchObject({ entries: [{ arguments: { amount: 4 } }] });
    const plain = decide(siteOf(), yesTo("a", { edited: { ...edited, check: (_, it) => it } }));
    expect(digestIn(decided)).not.toBe(digestIn(plain));
  });

  it.each<[string, Parameters<typeof yesTo>[1], Decided["type"]]>([
    ["with a no", { decision: "rejected" }, "edits_misplaced"],
    ["for all later calls", { scope: "always" }, "edits_misplaced"],
    [
      "that the tool refuses",
      { edited: { ...edited, check: () => undefined } },
      "edits_do_not_fit",
    ],
    ["that are no JSON", { edited: { ...edited, value: 4n } }, "edits_do_not_fit"],
  ])("are refused %s", (_, changes, type) => {
    for (const counts of ["first", "last"] as const) {
      expect(decide(siteOf(), yesTo("a", { edited, counts, ...changes })).type).toBe(type);
    }
  });
});

describe("a decision on all calls of a tool", () => {
  it("decides those that wait by entries of their own, as far as its level reaches", () => {
    const run = siteOf({ others: ["client", "person"] });
    const decided = decide(run, yesTo("a", { scope: "always", level: "confirm" }));
    expect(decided).toMatchObject({
      entries: [
        { approvalId: "a", scope: "always" },
        { approvalId: "b", scope: "once", by: "ada", level: "confirm" },
      ],
      released: [{ approvalId: "b" }],
    });
  });

  it("decides nothing where more waits than was shown", () => {
    const run = siteOf({ others: ["client", "client"] });
    const always = (others: string[]) => decide(run, yesTo("a", { scope: "always", others }));
    expect(always(["b"])).toEqual({ type: "others_differ", count: 2 });
    expect(always(["b", "c", "gone"])).toMatchObject({ type: "decided" });
  });

  it("that refuses them reaches all of them", () => {
    const run = siteOf({ others: ["client", "person"] });
    const no = yesTo("a", {
      scope: "always",
      level: "client",
      decision: "rejected",
      message: "no",
    });
    expect(decide(run, no)).toMatchObject({
      entries: ["a", "b", "c"].map((approvalId) => ({ approvalId, message: "no" })),
    });
  });
});

describe("what was shown", () => {
  const shown = (): string => 'pay {"amount":5}';

  it.each<[string, Decided["type"]]>([
    ['pay {"amount":5}', "decided"],
    [' pay \n {"amount":5}', "decided"],
    ['pay {"amount":500}', "action_differs"],
    ["", "action_differs"],
  ])("must be what would run: %j", (said, type) => {
    expect(decide(siteOf(), yesTo("a", { action: { said, shown } })).type).toBe(type);
  });

  it("is told where it differs, and before the level is", () => {
    const action = { said: "other", shown };
    const command = yesTo("a", { action, level: "client" });
    expect(decide(siteOf({ approver: "person" }), command)).toEqual({
      type: "action_differs",
      action: shown(),
    });
  });
});

describe("a yes", () => {
  const levels: readonly ApproverLevel[] = ["client", "confirm", "person"];
  const rows = levels.flatMap((level) =>
    levels.flatMap((stored) => levels.map((ruled) => ({ level, stored, ruled }))),
  );

  it.each(rows)(
    "of level $level where $stored is stored and $ruled is the rule now",
    ({ level, stored, ruled }) => {
      const command = yesTo("a", { level, needed: () => ruled });
      const strictest = levels.findLast((each) => each === stored || each === ruled);
      const isEnough = levels.indexOf(level) >= levels.indexOf(strictest ?? "client");
      const decided = decide(siteOf({ approver: stored }), command);
      if (isEnough) expect(decided.type).toBe("decided");
      else expect(decided).toEqual({ type: "too_weak", needed: strictest });
    },
  );
});

function digestIn(decided: Decided): string | undefined {
  return decided.type === "decided" ? decided.entries[0]?.argumentsDigest : undefined;
}
