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
  readonly holds: (tool: AskedTool) => boolean;
  readonly base: Tier;
  readonly fact: Fact;
}

const DELETES =
  /(?:^|[_.\s-])(?:delete|remove|drop|destroy|purge|wipe|truncate|erase|uninstall|revoke|terminate)/i;
const PAYS =
  /(?:^|[_.\s-])(?:pay|refund|transfer|charge|purchase|buy|withdraw|payout|invoice|order|send_money)/i;
const SENDS =
  /(?:^|[_.\s-])(?:send|post|publish|push|upload|share|invite|email|mail|tweet|notify|deploy|forward)/i;

/** From the most dangerous; the first row that holds says the tier, all that hold are facts. */
const table: readonly Row[] = [
  row("high", "May have happened already: approving does it again", "in doubt", {
    holds: ({ kind }) => kind === "outcome_unknown" || kind === "model_outcome_unknown",
  }),
  row("high", "Deletes, by its name", "deletes", {
    holds: ({ name = "" }) => DELETES.test(inWords(name)),
  }),
  row("normal", "Moves money, by its name", "money", {
    holds: ({ name = "" }) => PAYS.test(inWords(name)),
  }),
  row("normal", "Leaves this machine, by its name", "sends", {
    holds: ({ name = "" }) => SENDS.test(inWords(name)),
  }),
  row("normal", "May overwrite or destroy what is there, as its server says", "overwrites", {
    holds: (tool) => hint(tool, "destructiveHint") === true,
  }),
  row("normal", "Reaches beyond this machine, as its server says", "leaves this machine", {
    holds: (tool) => hint(tool, "openWorldHint") === true,
  }),
  row("low", "Only reads, says its server, which is trusted", "reads", {
    holds: (tool) => tool.isTrusted && hint(tool, "readOnlyHint") === true,
  }),
  row("normal", "Only reads, says its server, which nobody trusted yet", "reads?", {
    holds: (tool) => !tool.isTrusted && hint(tool, "readOnlyHint") === true,
  }),
  row("normal", "Changes something, as its server says", "changes", {
    holds: (tool) => hint(tool, "readOnlyHint") === false,
  }),
  row("low", "More turns for the run: nothing else is done by this", "budget", {
    holds: ({ kind }) => kind === "budget",
  }),
  row("normal", "Nothing says whether it changes something", undefined, {
    holds: (tool) => tool.kind === "tool_call" && !isJsonObject(tool.annotations),
  }),
];

function row(
  base: Tier,
  text: string,
  badge: string | undefined,
  { holds }: Pick<Row, "holds">,
): Row {
  const weight = base === "high" ? "high" : "plain";
  return { base, holds, fact: { text, weight, ...(badge === undefined ? {} : { badge }) } };
}

/** What a tool is by itself, whatever it is called with. */
export function judgeTool(tool: AskedTool): { base: Tier; facts: Fact[] } {
  const rows = table.filter(({ holds }) => holds(tool));
  return { base: rows[0]?.base ?? "normal", facts: rows.map(({ fact }) => fact) };
}

function hint({ annotations }: AskedTool, name: string): JsonValue | undefined {
  return isJsonObject(annotations) ? annotations[name] : undefined;
}

/** `deleteFile` and `files.delete` as words. */
function inWords(name: string): string {
  return name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2");
}
