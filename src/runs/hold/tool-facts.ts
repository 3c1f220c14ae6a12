import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { ApprovalKind } from "../../engine/vocabulary.ts";
import type { Fact, Tier } from "./presentation.ts";

/** What is known of a tool when it is asked about. */
export interface AskedTool {
  readonly kind: ApprovalKind;
  /** Absent where the question is about the run. */
  readonly name: string | undefined;
  readonly annotations: JsonValue | undefined;
  /** Whether its server is believed where it says that a tool changes nothing. */
  readonly isTrusted: boolean;
  /** Whether it came from a server, and not with the agent's code. */
  readonly isBorrowed: boolean;
}

interface Row {
  readonly base: Tier;
  readonly fact: Fact;
}

const DOUBT = row("high", "May have happened already: approving does it again", "in doubt");

/** What the name of a tool says, as words. */
const byName: readonly (Row & { readonly pattern: RegExp })[] = [
  {
    pattern:
      /(?:^|[_.\s-])(?:delete|remove|drop|destroy|purge|wipe|truncate|erase|uninstall|revoke|terminate)/i,
    ...row("high", "Deletes, by its name", "deletes"),
  },
  {
    pattern:
      /(?:^|[_.\s-])(?:pay|refund|transfer|charge|purchase|buy|withdraw|payout|invoice|order|send_money)/i,
    ...row("normal", "Moves money, by its name", "money"),
  },
  {
    pattern:
      /(?:^|[_.\s-])(?:send|post|publish|push|upload|share|invite|email|mail|tweet|notify|deploy|forward)/i,
    ...row("normal", "Leaves this machine, by its name", "sends"),
  },
];

/** What its server says of it; `trusted` where it matters whether that is believed. */
const byHint: readonly (Row & {
  readonly hint: string;
  readonly says: boolean;
  readonly trusted?: boolean;
})[] = [
  {
    hint: "destructiveHint",
    says: true,
    ...row("normal", "May overwrite or destroy what is there, as its server says", "overwrites"),
  },
  {
    hint: "openWorldHint",
    says: true,
    ...row("normal", "Reaches beyond this machine, as its server says", "leaves this machine"),
  },
  {
    hint: "readOnlyHint",
    says: true,
    trusted: true,
    ...row("low", "Only reads, says its server, which is trusted", "reads"),
  },
  {
    hint: "readOnlyHint",
    says: true,
    trusted: false,
    ...row("normal", "Only reads, says its server, which nobody trusted yet", "reads?"),
  },
  {
    hint: "readOnlyHint",
    says: false,
    ...row("normal", "Changes something, as its server says", "changes"),
  },
];

const TURNS = row("low", "More turns for the run: nothing else is done by this", "budget");

const UNTOLD = row("normal", "Nothing says whether it changes something");

function row(base: Tier, text: string, badge?: string): Row {
  const weight = base === "high" ? "high" : "plain";
  return { base, fact: { text, weight, ...(badge === undefined ? {} : { badge }) } };
}

/**
 * What a tool is by itself, whatever it is called with: from the most dangerous, the first row that
 * holds says the tier, all that hold are facts.
 */
export function judgeTool({ kind, name = "", annotations, isTrusted }: AskedTool): {
  base: Tier;
  facts: Fact[];
} {
  const words = inWords(name);
  const hints = isJsonObject(annotations) ? annotations : undefined;
  const rows: Row[] = [
    ...(kind === "outcome_unknown" || kind === "model_outcome_unknown" ? [DOUBT] : []),
    ...byName.filter(({ pattern }) => pattern.test(words)),
    ...byHint.filter(
      ({ hint, says, trusted = isTrusted }) => hints?.[hint] === says && trusted === isTrusted,
    ),
    ...(kind === "budget" ? [TURNS] : []),
    ...(kind === "tool_call" && hints === undefined ? [UNTOLD] : []),
  ];
  return { base: rows[0]?.base ?? "normal", facts: rows.map(({ fact }) => fact) };
}

/** `deleteFile` and `files.delete` as words. */
function inWords(name: string): string {
  return name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2");
}
