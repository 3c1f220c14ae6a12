import fc from "fast-check";

import {
  callsOf,
  framesOf,
  numberFrames,
  toolNames,
  type CallScript,
  type DecisionScript,
  type FrameScript,
  type PlayScript,
  type SegmentScript,
  type TurnScript,
} from "./script.ts";

const MOST_DEPTH = 3;
const MOST_CALLS = 6;

const decision: fc.Arbitrary<DecisionScript> = fc.record({
  verdict: fc.constantFrom("approve", "approve", "reject", "edit"),
  always: fc.boolean(),
  message: fc.constantFrom(undefined, undefined, "", "Not on a Friday."),
  order: fc.nat({ max: 9 }),
  letsGo: fc.boolean(),
});

function call(depth: number): fc.Arbitrary<CallScript> {
  const common = {
    policy: fc.constantFrom<CallScript["policy"][]>("free", "ask", "ask", "throw", "odd"),
    fails: sometimes(6),
    broken: sometimes(12),
    guarded: fc.constantFrom<CallScript["guarded"][]>(...Array(8).fill("no"), "denied", "replaced"),
    decision,
  };
  const plain = fc.record({
    ...common,
    tool: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...toolNames.filter((name) => name !== "burn")) },
      { weight: 1, arbitrary: fc.constant("burn" as const) },
    ),
  });
  if (depth >= MOST_DEPTH) return plain;
  const nested = fc.record({
    ...common,
    tool: fc.constant("delegate" as const),
    frame: frame(depth + 1),
  });
  return fc.oneof(
    { weight: depth === 0 ? 2 : 1, arbitrary: plain },
    { weight: 1, arbitrary: nested },
  );
}

function turn(depth: number): fc.Arbitrary<TurnScript> {
  return fc.record({
    calls: fc.oneof(
      { weight: 3, arbitrary: fc.array(call(depth), { minLength: 1, maxLength: 1 }) },
      { weight: 3, arbitrary: fc.array(call(depth), { minLength: 2, maxLength: 2 }) },
      {
        weight: depth === 0 ? 1 : 0,
        arbitrary: fc.array(call(depth), { minLength: 3, maxLength: 3 }),
      },
    ),
    thinks: sometimes(4),
    talks: sometimes(4),
    repeats: sometimes(6),
  });
}

function frame(depth: number): fc.Arbitrary<FrameScript> {
  const segment: fc.Arbitrary<SegmentScript> = fc.record({
    turns: fc.oneof(
      { weight: 2, arbitrary: fc.array(turn(depth), { minLength: 1, maxLength: 1 }) },
      {
        weight: depth === 0 ? 1 : 0,
        arbitrary: fc.array(turn(depth), { minLength: 2, maxLength: 2 }),
      },
    ),
    handsOffApart: fc.boolean(),
  });
  const chain = fc.oneof(
    { weight: 8, arbitrary: fc.array(segment, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(segment, { minLength: 2, maxLength: 2 }) },
    { weight: depth === 0 ? 1 : 0, arbitrary: fc.array(segment, { minLength: 3, maxLength: 3 }) },
  );
  return fc.record({ id: fc.constant(0), segments: chain });
}

/** True about once in so many times. */
function sometimes(times: number): fc.Arbitrary<boolean> {
  return fc.nat({ max: times - 1 }).map((value) => value === 1);
}

const filter = fc.constantFrom<PlayScript["filters"][number][]>(
  "none",
  "drop_tools",
  "rewrite_input",
  "add_note",
);

export const playScript: fc.Arbitrary<PlayScript> = fc
  .record({
    root: frame(0),
    filters: fc.tuple(filter, filter),
    history: fc.constantFrom<PlayScript["history"][]>(
      "own",
      "own",
      "own",
      "conversation",
      "response_chain",
    ),
    guardrail: fc.constantFrom<PlayScript["guardrail"][]>("none", "none", "parallel", "blocking"),
    limit: fc.constantFrom(null, null, 10, 2, 1),
    streamed: fc.boolean(),
    doubt: fc.constantFrom<PlayScript["doubt"][]>("again", "state"),
    stopsAt: fc.constantFrom<PlayScript["stopsAt"][]>(
      "last_word",
      "last_word",
      "last_word",
      "first_tool",
      "pay",
    ),
    addsInput: sometimes(3),
    usesContext: sometimes(3),
    atOnce: fc.constantFrom(null, 1),
    delays: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
  })
  // A stated outcome is no result that a run could end with.
  .map((script) => (script.doubt === "again" ? script : { ...script, stopsAt: "last_word" }))
  // Input is not taken where no further turn is sure to come.
  .map((script) => ({
    ...script,
    addsInput: script.addsInput && script.stopsAt === "last_word" && (script.limit ?? 10) > 2,
  }))
  // Of a history that a server keeps nothing can be filtered.
  .map((script) => (script.history === "own" ? script : { ...script, filters: ["none", "none"] }))
  .map((script) => numberFrames(script as PlayScript))
  // The time it takes grows with the square of the length: many short ones find more.
  .filter(({ root }) => framesOf(root).flatMap((each) => callsOf(each)).length <= MOST_CALLS);
