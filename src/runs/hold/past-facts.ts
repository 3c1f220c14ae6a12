import { visibleLine } from "../shown-text.ts";
import type { RunStore } from "../run-store.ts";
import type { PastCount } from "../../engine/past-call.ts";
import {
  amountText,
  dateOf,
  membersOf,
  numberOf,
  numberText,
  surroundingsOf,
  valueText,
  type Member,
} from "./members.ts";
import {
  ANY_CALL,
  dayNumberOf,
  definitionFeature,
  featuresOf,
  pastTool,
  type MemberFeatures,
} from "./past-calls.ts";
import type { Fact } from "./presentation.ts";

/** Fewer calls than these say nothing of what is usual. */
const USUAL_FROM = 3;
/** So many calls with one and the same value make another one worth a word. */
const CONSTANT_FROM = 5;
/** Days; somewhat less, since a wrong year is often not a whole one away from all others. */
const YEAR = 330;
/** So few different values, each so often, are all that there are. */
const FEW = 3;
/** What is over the largest so far by this is told as such. */
const MUCH = 2;
/** The same of a number that is not known to be an amount. */
const VERY_MUCH = 4;
/** Numbers that name or place something: none is much. */
const NO_COUNT =
  /ids?$|number|^(?:key|ref|code|zip|post.?code|version|year|port|seed|pid|hash|line|page|offset|row|index|chat|thread|issue|pr|lat|lon|lng|x|y)$|latitude|longitude|time|date|phone/i;

/** A call as far as earlier ones say something of it. */
export interface LookedAt {
  readonly source: string;
  readonly tool: string;
  readonly toolDigest: string | undefined;
  /** JSON text. */
  readonly arguments: string;
}

interface Looked {
  member: Member;
  features: MemberFeatures;
  /** How many earlier calls there were. */
  calls: number;
  past: ReadonlyMap<string, PastCount>;
}

/** What earlier calls of a tool say of this one. */
export async function pastFacts(
  store: Pick<RunStore, "pastOf">,
  { source, tool, toolDigest, arguments: json }: LookedAt,
): Promise<Fact[]> {
  const members = membersOf(json).slice(0, 40);
  const pairs = members.map((member) => ({ member, features: featuresOf(member) }));
  const wanted = pairs.flatMap(({ features }) => Object.values(features) as string[]);
  const digests = toolDigest === undefined ? [] : [definitionFeature(toolDigest)];
  const past = await store.pastOf(pastTool(source, tool), [ANY_CALL, ...digests, ...wanted]);
  const { count: calls = 0, kinds = 0 } = past.get(ANY_CALL) ?? {};
  if (calls === 0)
    return [{ text: "First call of this tool", weight: "plain", badge: "first time" }];
  const isNewDefinition = kinds > 0 && digests.some((each) => !past.has(each));
  return [
    ...(isNewDefinition ? [changedTool(calls)] : []),
    ...pairs.flatMap((pair) => memberFacts({ ...pair, calls, past })),
  ];
}

function changedTool(calls: number): Fact {
  const text = `The tool is not what it was in its ${times(calls)}: its description, its arguments or its hints changed`;
  return { text, weight: "high", badge: "changed tool" };
}

function memberFacts(looked: Looked): Fact[] {
  const { member, calls, past, features } = looked;
  if (calls < USUAL_FROM) return [];
  if (features.value !== undefined && past.has(features.value)) return [];
  if (member.role === "amount") return amountFacts(looked);
  if (member.role === "recipient" || member.role === "place") return nameFacts(looked);
  return dateOf(member) === undefined ? constantFacts(looked) : dayFacts(looked);
}

function amountFacts({ member, features, past }: Looked): Fact[] {
  const { count = 0, low = 0, high = 0 } = past.get(features.member) ?? {};
  const value = numberOf(member);
  const isAmount = member.role === "amount";
  if (count < USUAL_FROM || high <= 0 || value <= high) return [];
  if (!isAmount && value < high * VERY_MUCH) return [];
  const range = `in ${times(count)} it was ${numberText(low)} to ${numberText(high)}`;
  const own = `${visibleLine(member.at)} is ${amountText(member)}`;
  if (value < high * MUCH) {
    const text = `${own}, more than ever: ${range}`;
    return [{ text, weight: "normal", badge: "more than ever" }];
  }
  const factor = Math.round((value / high) * 10) / 10;
  const text = `${own}, ${factor} times the most so far: ${range}`;
  return [{ text, weight: isAmount ? "high" : "normal", badge: "unusual amount" }];
}

/** A day a year or more away from all before. */
function dayFacts({ member, features, past }: Looked): Fact[] {
  const { count = 0, low = 0, high = 0 } = past.get(features.member) ?? {};
  const day = dayNumberOf(member);
  if (day === undefined || count < USUAL_FROM || low <= 0) return [];
  if (day < high + YEAR && day > low - YEAR) return [];
  const range = `in ${times(count)} it was ${isoDay(low)} to ${isoDay(high)}`;
  const text = `${visibleLine(member.at)} is ${isoDay(day)}, a year or more from all before: ${range}`;
  return [{ text, weight: "normal", badge: "unusual date" }];
}

function isoDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function nameFacts({ member, features, past, calls }: Looked): Fact[] {
  const at = visibleLine(member.at);
  const shown = valueText(member.value);
  if (features.looks !== undefined && past.has(features.looks)) {
    const text = `${at} is ${shown}, which looks like one of ${times(calls)} and is another`;
    return [{ text, weight: "high", badge: "look-alike" }];
  }
  if (features.ends !== undefined && past.has(features.ends)) {
    const text = `${at} is ${shown}, which begins and ends like one of ${times(calls)} and is another`;
    return [{ text, weight: "high", badge: "look-alike" }];
  }
  const { count = 0, kinds = 0 } = past.get(features.member) ?? {};
  if (count < USUAL_FROM) return rareFacts(member, { count, calls });
  const around = surroundingsOf(member);
  if (features.place !== undefined && around !== undefined && !past.has(features.place)) {
    const text = `First time ${member.role === "place" ? "in" : "at"} ${valueText(around)} (${at}): ${times(count)} went elsewhere`;
    return [
      { text, weight: "normal", badge: member.role === "place" ? "other folder" : "first time" },
    ];
  }
  if (isOneOfFew({ count, kinds })) return [otherValue(member, { count, kinds })];
  return [
    {
      text: `First time for ${shown} (${at}) after ${times(count)}`,
      weight: "plain",
      badge: "first time",
    },
  ];
}

/** Members that most calls have not, and values that never were another one, or so large. */
function constantFacts(looked: Looked): Fact[] {
  const { member, features, past, calls } = looked;
  const { count = 0, kinds = 0 } = past.get(features.member) ?? {};
  const isCounted = typeof member.value === "number" && !NO_COUNT.test(member.name);
  const large = isCounted ? amountFacts(looked) : [];
  if (large.length > 0) return large;
  if (count < USUAL_FROM) return rareFacts(member, { count, calls });
  if (!isOneOfFew({ count, kinds }) || isProse(member)) return [];
  return [otherValue(member, { count, kinds })];
}

/** Whether a member never was anything but one, two or three values. */
function isOneOfFew({ count, kinds }: Pick<PastCount, "count" | "kinds">): boolean {
  return kinds >= 1 && kinds <= FEW && count >= kinds * CONSTANT_FROM;
}

function otherValue(member: Member, { count, kinds }: Pick<PastCount, "count" | "kinds">): Fact {
  const was = kinds === 1 ? "always another value" : `always one of ${kinds} others`;
  const text = `${visibleLine(member.at)} is ${valueText(member.value)}: in ${times(count)} it was ${was}`;
  return { text, weight: "normal", badge: "unusual" };
}

/** A text that somebody wrote, and no choice of a few. */
function isProse({ value }: Member): boolean {
  return typeof value === "string" && (/\s/.test(value) || value.length > 40);
}

function rareFacts(member: Member, { count, calls }: { count: number; calls: number }): Fact[] {
  if (count > 0 || calls < CONSTANT_FROM || member.value === null) return [];
  const text = `${visibleLine(member.at)} is ${valueText(member.value)}: none of ${times(calls)} had it`;
  return [{ text, weight: "normal", badge: "unusual" }];
}

function times(count: number): string {
  return count === 1 ? "1 earlier call" : `${count} earlier calls`;
}
