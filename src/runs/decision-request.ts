import type { ApproverLevel, GivenDecision } from "../engine/vocabulary.ts";
import type { Caller } from "../engine/state.ts";
import type { GrantRequest } from "./grants/grant.ts";

/** One verdict, who gives it, and how sure their channel is of a person. */
export interface DecisionRequest extends Caller {
  decision: GivenDecision;
  /** On a terminal: the processes above the one that decides, the nearest first. */
  ancestors?: readonly string[] | undefined;
  /** What the decider was shown; compared with what would run. Absent where we showed it. */
  action?: string | undefined;
  /** To the agent, with a rejection. */
  message?: string | undefined;
  /** Run with these arguments instead. */
  arguments?: unknown;
  /**
   * Of a call of high risk: the fact that its presentation names, as the person typed it. Asked for
   * through every channel but `mcp`, `elicitation` and `library`.
   */
  typed?: string | undefined;
  /** Also decide later calls of this tool by this agent in this run. */
  always?: boolean | undefined;
  /** With `always`: the approvals besides that the decider was shown to be let run by it. */
  others?: readonly string[] | undefined;
  /** With `always`: how often the decider was shown that the call was asked for at once. */
  times?: number | undefined;
  /** With an approval: a yes for later calls that are like it. */
  grant?: GrantRequest | undefined;
  /** Names the yes for later calls that is given with it, or that this is by. */
  grantId?: string | undefined;
}

export type DecisionOutcome =
  /** `released`: how many other calls that waited were decided by it, one entry each. */
  | { type: "decided"; decision: GivenDecision; released?: number }
  /** The same verdict stood already. */
  | { type: "already"; decision: GivenDecision }
  /** Nothing was recorded: somebody closer to the person must decide. */
  | { type: "needs_stronger_approval"; needed: ApproverLevel };
