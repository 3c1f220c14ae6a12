import { framesOf } from "../../agents/conversation.ts";
import {
  isAssistantMessage,
  messageText,
  toInputItems,
  type AgentInputItem,
} from "../../agents/items.ts";
import { questionOf, stickyKey } from "../../engine/approvals.ts";
import type { EntryOf } from "../../engine/entries.ts";
import type { Approval, Run } from "../../engine/state.ts";
import { definitionOf, frameKey, rootFrame } from "../../engine/frames.ts";
import { headOf } from "../../lib/cut-text.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { textOfItem } from "../item-text.ts";
import { visibleLine, visibleText } from "../shown-text.ts";
import { argumentFacts } from "./argument-facts.ts";
import { headlineOf, inSchemaOrder, tellingMembers, toTelling } from "./headline.ts";
import { MEMBER_LIMIT, membersOf, type Member } from "./members.ts";
import { byWeight, tierOf, type Fact, type Presentation } from "./presentation.ts";
import { withPreview } from "./preview.ts";
import type { Saying, SaidBefore } from "./said.ts";
import { sayingOf, toldFacts } from "./told-facts.ts";
import { judgeTool } from "./tool-facts.ts";
import { typedFactOf } from "./typed-fact.ts";

const TITLE_LIMIT = 70;
const SAYS_LIMIT = 2_000;
const REASON_LIMIT = 300;
const TOLD_LIMIT = 400_000;

/** An approval as every face shows it, from its run alone: what earlier runs say is added later. */
export function present(
  run: Run,
  approval: ShownApproval,
  json: string,
  definition: AskedDefinition | undefined = definitionOf(run, approval),
): Presentation {
  const { kind, tool } = approval;
  const { annotations, schema, trusted, summary } = definition ?? {};
  const members = inSchemaOrder(membersOf(json), schema);
  const { base, facts: ofTool } = judgeTool({
    kind,
    name: tool,
    annotations,
    isTrusted: trusted === true,
    isBorrowed: annotations !== undefined,
  });
  const facts = [
    ...unseenFacts(members),
    ...(approval.callId === undefined
      ? []
      : [...argumentFacts(members), ...toldFacts(members, () => toldBefore(run))]),
    ...ofTool,
    ...reasonFacts(approval),
    ...noteFacts(run, approval.path),
  ];
  const title = titleOf(run);
  const telling = tellingMembers(members).map((member) => toTelling(member, members));
  const headline = headlineOf({
    name: nameOf(tool ?? kind, annotations),
    template: summary,
    members,
  });
  const says = lastWords(run, approval);
  const isAlone = approval.isAlone === true || questionOf(run, approval.path) !== undefined;
  const times = timesAsked(run, approval);
  const shown: Presentation = {
    headline: asQuestion(approval, { headline, title }),
    tier: base,
    facts: [],
    title,
    ...(says === undefined ? {} : { says }),
    members: telling,
    ...(times === undefined ? {} : { times }),
    typed: typedFactOf(members, tool ?? kind),
    ...(isAlone ? { isAlone } : {}),
    ...(kind === "tool_call" && approval.isAlone !== true
      ? { group: `${stickyKey(approval)}${approval.reason ?? ""}` }
      : {}),
    idle: idleOf(approval),
  };
  const { preview } = approval;
  return weighed(preview === undefined ? shown : withPreview(shown, preview), facts);
}

/** What is asked about, as far as it is shown. */
export type ShownApproval = Pick<
  Approval,
  "kind" | "agent" | "tool" | "toolDigest" | "callId" | "path" | "reason" | "expiresAt" | "expiry"
> &
  Partial<Pick<Approval, "preview" | "isAlone">>;

type AskedDefinition = Pick<
  EntryOf<"tool_defined">,
  "annotations" | "schema" | "trusted" | "summary"
>;

/** The same with more facts: the tier follows from all of them. */
export function weighed(presentation: Presentation, more: readonly Fact[]): Presentation {
  const facts = byWeight([...presentation.facts, ...more]);
  const tier = tierOf(presentation.tier, facts);
  const { group, ...rest } = presentation;
  // Whatever is dangerous is looked at by itself; what else is odd is none of those that are not.
  if (group === undefined || tier === "high") return { ...rest, facts, tier };
  const odd = facts.flatMap(({ weight, badge }) => (weight === "normal" ? [badge ?? ""] : []));
  // Names of arguments are in it, and begin no list; what is alike begins with one.
  const risk = [tier, ...new Set(odd.toSorted())].join(" ").replaceAll("[", "(");
  return { ...rest, group: `${risk} ${group.slice(group.indexOf("["))}`, facts, tier };
}

function nameOf(name: string, annotations: JsonValue | undefined): string {
  const title = isJsonObject(annotations) ? annotations["title"] : undefined;
  if (typeof title !== "string" || title === "" || title.length > 60) return name;
  // A title is what the server says; where it says something else, the name that rules know is beside it.
  const own = name.split("__").at(-1) ?? name;
  const isSame = [name, own].some((each) => wordsOf(each) === wordsOf(title));
  return isSame ? title : `${title} (${name})`;
}

function wordsOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

function asQuestion(
  { kind }: ShownApproval,
  { headline, title }: { headline: string; title: string },
): string {
  switch (kind) {
    case "tool_call":
      return headline;
    case "outcome_unknown":
      return `May have happened: ${headline}`;
    case "model_outcome_unknown":
      return `Ask the model once more for “${title}”`;
    case "budget":
      return `More turns for “${title}”`;
  }
}

/** How often a call was asked for at once; `undefined` where its driver asks for each by itself. */
export function timesAsked(
  run: Run,
  { kind, path, callId }: Pick<ShownApproval, "kind" | "path" | "callId">,
): number | undefined {
  const frame = run.frames.get(frameKey(path));
  if (kind !== "tool_call" || callId === undefined || frame === undefined) return undefined;
  return run.folder?.times?.(frame, callId);
}

/** What is not looked at is said. */
function unseenFacts({ length }: readonly Member[]): Fact[] {
  if (length < MEMBER_LIMIT) return [];
  const text = `Has ${MEMBER_LIMIT} values or more: those behind were not looked at`;
  return [{ text, weight: "high", badge: "not all seen" }];
}

function reasonFacts({ reason }: ShownApproval): Fact[] {
  if (reason === undefined) return [];
  const line = visibleLine(reason);
  const text =
    line.length > REASON_LIMIT
      ? `${headOf(line, REASON_LIMIT)}... (${line.length} characters, below)`
      : line;
  const isChange = /definition (?:changed|is not)|is not what was accepted|before, .* now\)/.test(
    reason,
  );
  return isChange
    ? [{ text: `Asked because: ${text}`, weight: "high", badge: "changed tool" }]
    : [{ text: `Asked because: ${text}`, weight: "plain" }];
}

/** What the driver knows of the asking by now. */
function noteFacts({ folder, frames }: Run, path: readonly string[] | undefined): Fact[] {
  const frame = frames.get(frameKey(path));
  const notes = (frame && folder?.notes?.(frame)) ?? [];
  return notes.map((note) => ({ text: visibleLine(note), weight: "plain" }));
}

function idleOf({ expiresAt, expiry }: ShownApproval): string {
  if (expiresAt === undefined) return "If nobody decides, it goes on waiting";
  return expiry === "fail"
    ? "If nobody decides in time, the run fails"
    : "If nobody decides in time, it is refused";
}

/** What a run was started for: the first line of what its user asked. */
export function titleOf(run: Run): string {
  const { input = "" } = framesOf(run).get("")?.data ?? {};
  const asked = ofUser(toInputItems(input)).at(-1);
  const text = asked === undefined ? "" : textOfItem(asked);
  const line = visibleLine(
    text
      .trim()
      .split("\n")
      .find((each) => each.trim() !== "") ?? "",
  );
  if (line === "") return visibleLine(rootFrame(run)?.startedBy ?? "");
  return line.length <= TITLE_LIMIT ? line : `${headOf(line, TITLE_LIMIT - 1)}…`;
}

function ofUser(items: readonly AgentInputItem[]): AgentInputItem[] {
  return items.filter((item) => "role" in item && item.role === "user");
}

/** What the user wrote, and what tools answered, in all frames of a run. */
function toldBefore(run: Run): SaidBefore {
  const frames = framesOf(run);
  const { input = "", transcript = [] } = frames.get("")?.data ?? {};
  const spoken = ofUser(transcript);
  const task = (spoken.length === 0 ? ofUser(toInputItems(input)) : spoken)
    .map(sayingOf)
    .toReversed();
  const read: Saying[] = [];
  let length = 0;
  for (const { data } of frames.values()) {
    for (const item of data.transcript.toReversed()) {
      if (item.type !== "function_call_result" || length > TOLD_LIMIT) continue;
      const saying = sayingOf(item);
      length += saying.text.length;
      read.push(saying);
    }
  }
  return { task, read };
}

/** The last thing that the asking agent wrote before this call. */
function lastWords(run: Run, approval: ShownApproval): string | undefined {
  const frame = framesOf(run).get(frameKey(approval.path));
  if (frame === undefined) return undefined;
  const { transcript } = frame.data;
  const at = transcript.findLastIndex(
    (item) => item.type === "function_call" && item.callId === approval.callId,
  );
  const items = at < 0 ? transcript : transcript.slice(0, at);
  const asked = items.findLastIndex((item) => "role" in item && item.role === "user");
  const message = items.slice(asked + 1).findLast((item) => isAssistantMessage(item));
  if (message === undefined || !isAssistantMessage(message)) return undefined;
  const text = visibleText(messageText(message)).trim();
  if (text === "") return undefined;
  return text.length <= SAYS_LIMIT
    ? text
    : `${headOf(text, SAYS_LIMIT)}… (${text.length} characters in all, in the conversation)`;
}
