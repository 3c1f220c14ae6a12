import { frameKey } from "../../engine/frames.ts";
import type { ToPast } from "../../engine/store-sink.ts";
import { argumentsText } from "../../engine/arguments.ts";
import { sha256 } from "../../lib/digest.ts";
import type { PastFeature } from "../../engine/past-call.ts";
import { dateOf, membersOf, numberOf, surroundingsOf, type Member } from "./members.ts";
import { endsOf, skeletonOf } from "./nearness.ts";

/** So many members of a call are counted, its first ones. */
const MEMBER_LIMIT = 40;
const VALUE_LIMIT = 1_000;

/** The features of one member, as they are counted and looked up; values are there as digests. */
export interface MemberFeatures {
  /** That there is one. */
  readonly member: string;
  /** Its value; absent for long texts, which differ anyway. */
  readonly value?: string | undefined;
  /** What it looks like. */
  readonly looks?: string | undefined;
  /** How a long number begins and ends. */
  readonly ends?: string | undefined;
  /** The folder or domain it is in. */
  readonly place?: string | undefined;
}

export const ANY_CALL = "call";

/** Tools of one configuration or file of agents are the same, whichever agent calls them. */
export function pastTool(source: string, tool: string): string {
  return `${source.replace(/#[^#]*$/, "")}\n${tool}`;
}

export function definitionFeature(digest: string): string {
  return `definition ${digest}`;
}

export function featuresOf(member: Member): MemberFeatures {
  const at = member.at.replaceAll(/\[\d+\]/g, "[]");
  const value = String(member.value);
  const isCounted = value.length <= VALUE_LIMIT && !(member.role === "text" && value.length > 64);
  const around = surroundingsOf(member);
  const ends = member.role === "recipient" ? endsOf(value) : undefined;
  const isName = member.role === "recipient" || member.role === "place";
  return {
    member: `member ${at}`,
    ...(isCounted ? { value: `value ${at} ${shortDigest(value)}` } : {}),
    ...(isName ? { looks: `looks ${at} ${shortDigest(skeletonOf(value))}` } : {}),
    ...(ends === undefined ? {} : { ends: `ends ${at} ${shortDigest(ends)}` }),
    ...(around === undefined ? {} : { place: `place ${at} ${shortDigest(around)}` }),
  };
}

function shortDigest(text: string): string {
  return sha256(text).slice(0, 16);
}

/** What is counted of a call that ran. */
export const toPast: ToPast = (run, entry) => {
  const call = run.frames.get(frameKey(entry.path))?.calls.get(entry.callId);
  if (call === undefined) return undefined;
  const { approval } = call;
  const json =
    call.edited === undefined
      ? approval === undefined
        ? call.item.arguments
        : argumentsText(approval, call)
      : JSON.stringify(call.edited);
  const { toolDigest } = approval ?? {};
  return {
    tool: pastTool(run.source, call.item.name),
    at: entry.at,
    features: [
      { key: ANY_CALL },
      ...(toolDigest === undefined ? [] : [{ key: definitionFeature(toolDigest), of: ANY_CALL }]),
      ...membersOf(json)
        .slice(0, MEMBER_LIMIT)
        .flatMap((member) => counted(member)),
    ],
  };
};

function counted(member: Member): PastFeature[] {
  const { member: key, value, looks, ends, place } = featuresOf(member);
  const isNumber = typeof member.value === "number" || member.role === "amount";
  const number = isNumber ? numberOf(member) : dayNumberOf(member);
  const found = [value, looks, ends, place].flatMap((each) => (each === undefined ? [] : [each]));
  return [
    { key, ...(number === undefined ? {} : { number }) },
    ...found.map((each) => ({ key: each, ...(each === value ? { of: key } : {}) })),
  ];
}

/** Which day a date is, counted from 1970. */
export function dayNumberOf(member: Member): number | undefined {
  const day = Date.parse(dateOf(member) ?? "") / 86_400_000;
  return Number.isNaN(day) ? undefined : day;
}
