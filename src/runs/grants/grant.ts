import * as z from "zod";

import { approverLevels } from "../../engine/vocabulary.ts";
import { lazy } from "../../lib/lazy.ts";
import { tiers } from "../hold/presentation.ts";
import type { KeptGrant } from "../run-store.ts";
import { visibleLine } from "../shown-text.ts";
import { likenessLines } from "./likeness.ts";

const condition = lazy(() => {
  const place = { at: z.string() };
  const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
  return z.discriminatedUnion("is", [
    z.object({ ...place, is: z.literal("same"), value: scalar }),
    z.object({
      ...place,
      is: z.literal("inside"),
      folder: z.string(),
      real: z.string().optional(),
    }),
    z.object({ ...place, is: z.literal("at_most"), most: z.number() }),
    z.object({ ...place, is: z.literal("any_text") }),
    z.object({ ...place, is: z.literal("any_number") }),
  ]);
});

/** What a yes for later calls covers, and who gave it. */
const grantTerms = lazy(() =>
  z.object({
    version: z.literal(1),
    agent: z.string(),
    tool: z.string(),
    /** Of the definition that was shown: another one is another tool. */
    toolDigest: z.string(),
    likeness: z.object({ shape: z.string(), conditions: z.array(condition()) }),
    /** Calls of more risk than this are asked about. */
    tier: z.enum(tiers),
    by: z.string(),
    channel: z.string(),
    level: z.enum(approverLevels),
    /** The call that was looked at. */
    approvalId: z.string(),
  }),
);

export type GrantTerms = z.output<ReturnType<typeof grantTerms>>;

/** A yes for later calls that are like this one, as it is asked for. */
export interface GrantRequest {
  /** How long it stands, in seconds; at most 31 days. */
  seconds: number;
  /** So many calls it lets run, this one not counted. */
  uses?: number | undefined;
  /** What the decider was shown that it covers. Absent where we showed it. */
  covers?: readonly string[] | undefined;
  /** The approvals besides that the decider was shown to be let run by it now. */
  releases?: readonly string[] | undefined;
}

/** A yes for later calls, as every face shows it. */
export interface GrantReport extends Pick<
  KeptGrant,
  | "grantId"
  | "createdAt"
  | "endsAt"
  | "mostUses"
  | "uses"
  | "endedAt"
  | "endedBy"
  | "isStanding"
  | "problem"
> {
  agent: string;
  tool: string;
  /** Which calls it lets run, a line for each value of their arguments. */
  covers: string[];
  by: string;
  channel: string;
}

/** `undefined` where its terms cannot be read: it lets nothing run then. */
export function parseTerms({ terms }: KeptGrant): GrantTerms | undefined {
  try {
    const parsed = grantTerms().safeParse(JSON.parse(terms));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function toGrantReport(kept: KeptGrant): GrantReport {
  const { grantId, createdAt, endsAt, mostUses, uses, endedAt, endedBy, isStanding } = kept;
  const { problem } = kept;
  const terms = parseTerms(kept);
  const { agent = "", tool = "", by = "", channel = "", likeness } = terms ?? {};
  return {
    grantId,
    createdAt,
    endsAt,
    ...(mostUses === undefined ? {} : { mostUses }),
    uses,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(endedBy === undefined ? {} : { endedBy: visibleLine(endedBy) }),
    isStanding: isStanding && terms !== undefined,
    ...(problem === undefined ? {} : { problem }),
    agent: visibleLine(agent),
    tool: visibleLine(tool),
    covers: likeness === undefined ? ["nothing: it cannot be read"] : likenessLines(likeness),
    by: visibleLine(by),
    channel,
  };
}
