import type { ApprovalKind } from "../../engine/vocabulary.ts";
import type { ShownPreview } from "./preview-lines.ts";
import type { TypedFact } from "./typed-fact.ts";

/** How much a person should look at a call before they decide; made from facts, never by a model. */
export const tiers = ["low", "normal", "high"] as const;
export type Tier = (typeof tiers)[number];

/** Something that is known of a call. Its text is one line in which nothing is hidden. */
export interface Fact {
  readonly text: string;
  /** `plain` says something without making the call more dangerous. */
  readonly weight: "plain" | Exclude<Tier, "low">;
  /** One or two words for a list; the first fact's that has one is shown. */
  readonly badge?: string | undefined;
}

/** A member of the arguments that tells calls of a tool apart, as people read it. */
export interface TellingMember {
  /** `to`, `order.id`, `files[0]`. */
  readonly at: string;
  readonly text: string;
}

/** A hold as every face shows it, in this order. Texts are safe to show on one line. */
export interface Presentation {
  /** What will happen. */
  readonly headline: string;
  readonly tier: Tier;
  /** The heaviest first. */
  readonly facts: readonly Fact[];
  /** What the run was started for: the first line of the request. */
  readonly title: string;
  /** What it would change, where something shows that. */
  readonly preview?: ShownPreview | undefined;
  /** A yes to it is none to another call, and none to another call is one to it. */
  readonly isAlone?: true | undefined;
  /** How often it was asked for at once, where its run is that one call. */
  readonly times?: number | undefined;
  /** The agent's last message before the call, in its own words; several lines. */
  readonly says?: string | undefined;
  readonly members: readonly TellingMember[];
  /** What would have to be typed before a call of tier `high` is approved. */
  readonly typed: TypedFact;
  /** Calls of one key are alike but for their members; absent where a call stands by itself. */
  readonly group?: string | undefined;
  /** What happens if nobody decides. */
  readonly idle: string;
}

/**
 * Whether a call is decided by itself only, and nothing else by the same words: of a high risk each
 * is looked at, what is bound to what it would change too, and a doubt says nothing of later calls.
 */
export function isDecidedAlone({
  kind,
  presentation,
}: {
  kind: ApprovalKind;
  presentation: Pick<Presentation, "tier" | "isAlone">;
}): boolean {
  return kind !== "tool_call" || presentation.tier === "high" || presentation.isAlone === true;
}

/**
 * How often a call may be let run in one decision: as often as it was asked for at once. Of a high
 * risk each is looked at.
 */
export function timesToRun({
  kind,
  presentation: { tier, times = 1 },
}: {
  kind: ApprovalKind;
  presentation: Pick<Presentation, "tier" | "times">;
}): number {
  return kind === "tool_call" && tier !== "high" ? times : 1;
}

/**
 * What has to be typed before a call is approved; nothing where its risk is less, or where the
 * question is no call.
 */
export function factToType({
  kind,
  presentation,
}: {
  kind: ApprovalKind;
  presentation: Pick<Presentation, "tier" | "typed">;
}): TypedFact | undefined {
  const isCall = kind === "tool_call" || kind === "outcome_unknown";
  return isCall && presentation.tier === "high" ? presentation.typed : undefined;
}

const weights = { plain: 0, normal: 1, high: 2 } as const;

/** The heaviest first, otherwise in the order in which they were found; each text once. */
export function byWeight(facts: readonly Fact[]): Fact[] {
  const once = new Map(facts.toReversed().map((fact) => [fact.text, fact]));
  return facts
    .filter((fact) => once.get(fact.text) === fact)
    .toSorted((a, b) => weights[b.weight] - weights[a.weight]);
}

/** The tier that facts come to, on top of what the tool is by itself. */
export function tierOf(base: Tier, facts: readonly Fact[]): Tier {
  if (facts.some(({ weight }) => weight === "high")) return "high";
  return base === "low" && facts.some(({ weight }) => weight === "normal") ? "normal" : base;
}

/** More facts than these push out of sight what they are about. */
const MOST_SHOWN = 12;

/** The facts that are shown at once, the heaviest, and the rest of them. */
export function factsAtOnce(facts: readonly Fact[]): { first: Fact[]; rest: Fact[] } {
  // One that is left alone would not be shorter than the line that says so.
  const most = facts.length === MOST_SHOWN + 1 ? facts.length : MOST_SHOWN;
  return { first: facts.slice(0, most), rest: facts.slice(most) };
}
