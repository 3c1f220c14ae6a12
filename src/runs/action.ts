import { argumentsText } from "../engine/arguments.ts";
import type { Approval, Run } from "../engine/state.ts";
import { callOf, frameKey } from "../engine/frames.ts";
import { headOf } from "../lib/cut-text.ts";
import { sha256Hex } from "../lib/digest.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { visibleLine } from "./shown-text.ts";

/**
 * The longest `action`: models must be able to repeat it word for word. What is longer is decided
 * where all of it is seen.
 */
const ACTION_LIMIT = 2_000;

/** One line that says exactly what will run once an approval is given. */
export function actionOf(state: Run, approval: Approval): FoldedLine {
  const path = agentPath(state, approval.path, approval.agent);
  // Inside a delegation the same tool may mean something else: who asks is part of the action.
  const asking = path.length > 1 ? `${path.join(" > ")}: ` : "";
  const whatever = approval.preview?.whatever === true ? "run whatever it reads: " : "";
  const again = approval.kind === "outcome_unknown" ? "run again: " : "";
  const subject = `${asking}${again}${whatever}${approval.tool ?? approval.kind}`;
  const json = argumentsText(approval, callOf(state, approval));
  return foldedCall({ subject, json }, ACTION_LIMIT);
}

/** The agent of every run from the root down to the one at `path`, which is of `agent`. */
export function agentPath(state: Run, path: readonly string[], agent: string): string[] {
  const above = path.map((callId, depth) => {
    const frame = state.frames.get(frameKey(path.slice(0, depth)));
    return frame?.calls.get(callId)?.agent ?? "";
  });
  return [...above, agent];
}

export interface FoldedLine {
  text: string;
  truncated: boolean;
}

/**
 * At most `limit` characters of one line; of a longer one its head, its length and the first 12
 * hex digits of its SHA-256, so that two that differ in the hidden part differ in what is shown.
 */
export function foldedLine(text: string, limit: number): FoldedLine {
  const line = visibleLine(text);
  if (line.length <= limit) return { text: line, truncated: false };
  const note = noteOf(text);
  return { text: headOf(line, Math.max(0, limit - note.length)) + note, truncated: true };
}

/**
 * The same of a call: of one that is longer every top-level member is named with the head of its
 * value before anything is left out, so that nothing stands hidden behind a long text.
 */
export function foldedCall(
  { subject, json }: { subject: string; json: string },
  limit: number,
): FoldedLine {
  const whole = visibleLine(`${subject} ${json}`);
  if (whole.length <= limit) return { text: whole, truncated: false };
  const members = membersOf(json);
  if (members === undefined) return foldedLine(`${subject} ${json}`, limit);
  const note = noteOf(json);
  const start = `${visibleLine(subject)} {`;
  const room = limit - start.length - 1 - note.length;
  return { text: `${start}${foldMembers(members, room)}}${note}`, truncated: true };
}

interface Member {
  name: string;
  value: string;
}

function membersOf(json: string): Member[] | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  return Object.entries(value).map(([name, each]) => ({
    name: visibleLine(JSON.stringify(name)),
    value: visibleLine(JSON.stringify(each)),
  }));
}

/** Short values are whole; the long ones share what is left. */
function foldMembers(members: readonly Member[], room: number): string {
  const MARK = "...";
  // A colon and a comma each, and at least the mark.
  const taken = members.reduce((sum, { name }) => sum + name.length + 2, 0);
  let left = room - taken;
  const shares = new Map<Member, number>();
  const byLength = members.toSorted((a, b) => a.value.length - b.value.length);
  for (const [index, member] of byLength.entries()) {
    const share = Math.floor(left / (byLength.length - index));
    const used = Math.max(Math.min(member.value.length, share), MARK.length);
    shares.set(member, used);
    left -= used;
  }
  return members
    .map((member) => {
      const { name, value } = member;
      const share = shares.get(member) ?? 0;
      if (value.length <= share) return `${name}:${value}`;
      return `${name}:${headOf(value, share - MARK.length)}${MARK}`;
    })
    .join(",");
}

function noteOf(text: string): string {
  return ` ... (${text.length} characters, sha256 ${sha256Hex(text).slice(0, 12)})`;
}
