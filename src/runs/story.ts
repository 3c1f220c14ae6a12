import type { Entry } from "../agents/entries.ts";
import { isAssistantMessage, messageText } from "../agents/items.ts";
import type { StoredEntry } from "../engine/chain.ts";
import { headOf } from "../lib/cut-text.ts";
import { textOfAnswer } from "./item-text.ts";
import type { ApprovalReport } from "./run-report.ts";
import { headlineOf } from "./hold/headline.ts";
import { membersOf } from "./hold/members.ts";
import { countText } from "./hold/preview-lines.ts";
import { visibleLine } from "./shown-text.ts";

const TEXT_LIMIT = 240;

/** Something that happened in a run, as a person reads it. */
export interface StoryLine {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** One line, in which nothing is hidden. */
  readonly says: string;
}

/** What happened in a run, oldest first; what says nothing to people is left out. */
export function toStory({
  entries,
  approvals,
}: {
  entries: readonly StoredEntry<Entry>[];
  /** Open and decided ones. */
  approvals: readonly ApprovalReport[];
}): StoryLine[] {
  const byId = new Map<string, ApprovalReport>(approvals.map((each) => [each.approvalId, each]));
  const names = new Map<string, string>();
  return entries.flatMap(({ entry }) => {
    if (entry.type === "call_proposed") names.set(entry.callId, entry.name);
    const says = sentenceOf(entry, { byId, names });
    return says === undefined ? [] : [{ at: entry.at, says }];
  });
}

interface Known {
  byId: ReadonlyMap<string, ApprovalReport>;
  names: Map<string, string>;
}

/** `undefined` of what says nothing to people. */
function sentenceOf(entry: Entry, known: Known): string | undefined {
  switch (entry.type) {
    case "run_started":
      return `started: agent ${visibleLine(entry.agent)}`;
    case "run_claimed":
      return entry.by === undefined ? undefined : `${visibleLine(entry.by)} lets it go on`;
    case "model_responded":
      return responseOf(entry, known);
    case "approval_requested": {
      const { presentation } = known.byId.get(entry.approvalId) ?? {};
      const what = presentation?.headline ?? entry.tool ?? entry.kind;
      const tier = presentation === undefined ? "" : `, ${presentation.tier} risk`;
      return `asked${tier}: ${visibleLine(what)} (${entry.approvalId})`;
    }
    case "call_previewed": {
      const { change } = entry;
      const what = change === undefined ? "" : `: ${countText(change)}`;
      const says = entry.failed === undefined ? what : `, and read nothing: ${short(entry.failed)}`;
      return `looked with ${visibleLine(entry.tool)} at what it would change${says}`;
    }
    case "approval_shown":
      return `seen by ${visibleLine(entry.by)} through ${visibleLine(entry.channel)}`;
    case "approval_decided":
      return decisionOf(entry);
    case "tool_started":
      return `runs ${nameOf(entry.callId, known)}${entry.rule === undefined ? "" : `, free by ${visibleLine(entry.rule)}`}`;
    case "tool_finished":
      return `${nameOf(entry.callId, known)} ${entry.outcome}: ${short(textOfAnswer(entry.error?.message ?? entry.returned ?? entry.output))}`;
    case "call_answered":
      return answerOf(entry, nameOf(entry.callId, known));
    case "run_completed":
      return "completed";
    case "run_failed":
    case "model_failed":
      return `failed (${visibleLine(entry.code)}): ${short(entry.message)}`;
    case "run_left":
      return "its process was closed in the middle";
    case "run_cancelled":
      return `cancelled by ${visibleLine(entry.by)}${entry.reason === undefined ? "" : `: ${short(entry.reason)}`}`;
    case "handed_off":
      return "handed off to another agent";
    default:
      return undefined;
  }
}

/** No body ran for it: a nested run did, a person says what came of it, or nothing was done. */
function answerOf(
  { outcome, output, returned }: Extract<Entry, { type: "call_answered" }>,
  name: string,
): string {
  const text = short(textOfAnswer(returned ?? output));
  if (outcome === "collected") return `${name} ran: ${text}`;
  if (outcome === "stated") return `what came of ${name} was stated: ${text}`;
  return `${name} was not run: ${outcome}. ${text}`;
}

function decisionOf(entry: Extract<Entry, { type: "approval_decided" }>): string {
  const { decision, by, channel, level, scope, message, grant } = entry;
  const changed = entry.arguments === undefined ? "" : " with changes";
  const far = scope === "always" ? ", for the rest of the run" : "";
  const also = grant === undefined ? "" : `, by ${visibleLine(grant)}`;
  const why = message === undefined ? "" : `: ${short(message)}`;
  const sure = level === undefined ? "" : ` (level ${level})`;
  return `${decision}${changed} by ${visibleLine(by)} through ${visibleLine(channel)}${sure}${far}${also}${why}`;
}

function responseOf(
  { output }: Extract<Entry, { type: "model_responded" }>,
  { names }: Known,
): string | undefined {
  const texts: string[] = [];
  for (const item of output) {
    if (item.type === "function_call") {
      names.set(item.callId, item.name);
      const members = membersOf(item.arguments);
      texts.push(`wants ${headlineOf({ name: item.name, template: undefined, members })}`);
    } else if (isAssistantMessage(item)) {
      texts.push(`says: ${short(messageText(item))}`);
    }
  }
  return texts.length === 0 ? undefined : `the agent ${texts.join("; ")}`;
}

function nameOf(callId: string, { names }: Known): string {
  return visibleLine(names.get(callId) ?? callId);
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const line = visibleLine(text);
  return line.length <= TEXT_LIMIT
    ? line
    : `${headOf(line, TEXT_LIMIT)}… (${text.length} characters)`;
}
