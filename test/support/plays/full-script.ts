import {
  numberFrames,
  type CallScript,
  type DecisionScript,
  type FrameScript,
  type PlayScript,
  type SegmentScript,
} from "./script.ts";

const approved: DecisionScript = { verdict: "approve", always: false, order: 5, letsGo: false };

function call(tool: CallScript["tool"], changes: Partial<CallScript> = {}): CallScript {
  const plain = { policy: "ask", fails: false, broken: false, guarded: "no" } as const;
  return { tool, ...plain, decision: approved, ...changes };
}

function segment(...turns: CallScript[][]): SegmentScript {
  return {
    turns: turns.map((calls) => ({ calls, thinks: true, talks: false, repeats: false })),
    handsOffApart: false,
  };
}

function frame(...segments: SegmentScript[]): FrameScript {
  return { id: 0, segments };
}

/** A run with a little of everything: three levels, two handoffs, every way to decide. */
export const fullScript: PlayScript = numberFrames({
  root: frame(
    segment([
      call("look"),
      call("delegate", {
        frame: frame(
          segment([call("pay", { decision: { ...approved, order: 1, letsGo: true } })]),
          segment([call("delegate", { policy: "free", frame: frame(segment([call("move")])) })]),
        ),
      }),
      call("pay", { decision: { ...approved, verdict: "reject", message: "Not on a Friday." } }),
    ]),
    segment(
      [call("pay_keyed", { decision: { ...approved, verdict: "edit" } }), call("burn")],
      [call("pay", { decision: { ...approved, always: true, order: 2 } }), call("pay")],
      [call("move", { policy: "throw", fails: true }), call("pay", { guarded: "denied" })],
    ),
  ),
  filters: ["add_note", "none"],
  history: "own",
  guardrail: "parallel",
  limit: 2,
  streamed: true,
  doubt: "again",
  stopsAt: "last_word",
  addsInput: false,
  usesContext: true,
  atOnce: null,
  delays: [1, 0, 3],
});
