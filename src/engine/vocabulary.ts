/** Who must decide, from the weakest to the strongest. */
export const approverLevels = ["client", "confirm", "person"] as const;
export type ApproverLevel = (typeof approverLevels)[number];

/** Who that is, to people. */
export const levelWords: Readonly<Record<ApproverLevel, string>> = {
  client: "a yes through the client",
  confirm: "an answer to a form",
  person: "a person",
};

/** Whether a decision of one level will do where another one is needed. */
export function reaches(level: ApproverLevel, needed: ApproverLevel): boolean {
  return approverLevels.indexOf(level) >= approverLevels.indexOf(needed);
}

/** The strictest of some levels; `client` where none is given. */
export function strictest(levels: readonly (ApproverLevel | undefined)[]): ApproverLevel {
  return approverLevels.findLast((level) => levels.includes(level)) ?? "client";
}

/** What a decision is asked about: a call, what came of one, a model call, more turns. */
export const approvalKinds = [
  "tool_call",
  "outcome_unknown",
  "model_outcome_unknown",
  "budget",
] as const;
export type ApprovalKind = (typeof approvalKinds)[number];

/** What somebody says of a request; and what becomes of one that nobody spoke of in time. */
export const givenDecisions = ["approved", "rejected"] as const;
export type GivenDecision = (typeof givenDecisions)[number];
export const decisions = [...givenDecisions, "expired"] as const;
export type Decision = (typeof decisions)[number];

/** What a rule says of a call, from the loosest to the strictest. */
export const ruleVerdicts = ["allow", "ask", "deny"] as const;
export type RuleVerdict = (typeof ruleVerdicts)[number];

/** What a call is, by the code of the process that proposed it. */
export const callKinds = ["tool", "agent", "handoff", "unknown"] as const;
export type CallKind = (typeof callKinds)[number];

/** What a body came to. */
export const bodyOutcomes = ["ran", "failed"] as const;

/** What a call was answered with where no body ran. */
export const answerOutcomes = [
  "denied",
  "rejected",
  "expired",
  "invalid",
  "stated",
  "collected",
] as const;

export const guardKinds = ["input", "output", "tool_input", "tool_output"] as const;
export type GuardKind = (typeof guardKinds)[number];

export const unfinishedStatuses = ["running", "awaiting_approval"] as const;
export const runStatuses = [...unfinishedStatuses, "completed", "failed", "cancelled"] as const;
export type RunStatus = (typeof runStatuses)[number];

/** Whether a run of this status is not over, and keeps its session to itself. */
export function isUnfinished(status: RunStatus): boolean {
  return unfinishedStatuses.some((each) => each === status);
}

/** What an expired approval does to its call; default `reject`. */
export const expiries = ["reject", "fail"] as const;
export type Expiry = (typeof expiries)[number];

/** How many model calls a run may make where nobody says. */
export const DEFAULT_MAX_TURNS = 10;
/** The most characters of a call's arguments that are read. */
export const ARGUMENTS_LIMIT = 1_000_000;
/** The most characters of an error that is kept. */
export const MESSAGE_LIMIT = 1_000;
