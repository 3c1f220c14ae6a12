import { isPlainJson, type JsonValue } from "../lib/json.ts";
import {
  decisionOf,
  isActedOn,
  isEnough,
  isOpen,
  openApprovals,
  questionOf,
  stickyKey,
} from "./approvals.ts";
import { argumentsDigest } from "./arguments.ts";
import type { DraftOf } from "./entries.ts";
import type { Approval, Run, Verdict } from "./state.ts";
import { strictest, type ApproverLevel, type Decision } from "./vocabulary.ts";

/** A verdict on one request: what, by whom, and by which rules it counts. */
export interface Command {
  readonly approvalId: string;
  readonly decision: Decision;
  readonly by: string;
  readonly channel: string;
  /** The level that the channel reaches; a program that has the run in hand needs none. */
  readonly level?: ApproverLevel | undefined;
  /** On a terminal: the processes above the one that decides, the nearest first. */
  readonly ancestors?: readonly string[] | undefined;
  /** `always`: also every later call of this agent, tool and definition in this run. */
  readonly scope?: Verdict["scope"] | undefined;
  readonly message?: string | undefined;
  /** Names the yes for later calls that is given with it. */
  readonly grant?: string | undefined;
  /** With `always`: what is decided by itself only, and not released by this. */
  alone?(approval: Approval): boolean;
  /** What to do first, where a fact is to be typed by whoever reads it and was not. */
  readonly unread?: string | undefined;
  /** With `always`: the ids of what else was shown to wait. Nothing else is released. */
  readonly others?: readonly string[] | undefined;
  /** What shall run instead of the proposed arguments, and how that is looked at. */
  readonly edited?: { readonly value: unknown; readonly check: CheckEdit } | undefined;
  /** What whoever decides was shown, and what that should have been. */
  readonly action?: { readonly said: string; shown(approval: Approval): string } | undefined;
  /**
   * Which of several decisions counts: in a store the `first` is final; of a state in hand the
   * `last`, until the run has gone on.
   */
  readonly counts: "first" | "last";
  /** The level that rules of this process want, besides the one that the request has. */
  needed?(approval: Approval): ApproverLevel | undefined;
}

/** What a tool makes of changed arguments, as it is shown; `undefined` where they do not fit. */
export type CheckEdit = (approval: Approval, value: JsonValue) => JsonValue | undefined;

/** What a command comes to: entries to append together, or why there are none. */
export type Decided =
  | {
      type: "decided";
      entries: DraftOf<"approval_decided">[];
      /** Other requests that wait, and are decided by the same words. */
      released: Approval[];
    }
  /** The same was decided before. */
  | { type: "already"; standing: Verdict }
  /** It was decided otherwise, and that is final. */
  | { type: "contradicts"; standing: Verdict }
  | { type: "unknown" }
  /** Its run is over, or the call was asked about again. */
  | { type: "overtaken" }
  /** The call has gone on. */
  | { type: "acted_on" }
  | { type: "action_differs"; action: string }
  /** More waits by now than was shown; `count` in all. */
  | { type: "others_differ"; count: number }
  /** The channel does not reach the level that is needed. */
  | { type: "too_weak"; needed: ApproverLevel }
  /** A fact was to be typed that was not. */
  | { type: "unread"; missing: string }
  /** Changed arguments are for one call that is approved. */
  | { type: "edits_misplaced" }
  | { type: "edits_do_not_fit"; subject: string };

/** The one place that makes decisions. Pure: what it says is to be appended before anything else. */
export function decide(run: Run, command: Command): Decided {
  const approval = run.approvals.get(command.approvalId);
  if (approval === undefined) return { type: "unknown" };
  const barred =
    command.counts === "first"
      ? barredInStore(run, approval, command)
      : barredInHand(run, approval, command);
  if (barred !== undefined) return barred;
  const action = command.action?.shown(approval);
  if (action !== undefined && normalized(action) !== normalized(command.action?.said ?? "")) {
    return { type: "action_differs", action };
  }
  const lacking = lackingLevel(approval, command);
  if (lacking !== undefined) return { type: "too_weak", needed: lacking };
  if (command.unread !== undefined) return { type: "unread", missing: command.unread };
  const edit = editOf(approval, command);
  if (edit !== undefined && "type" in edit) return edit;
  const { released, except } = alsoCovered(run, approval, command);
  const isUnseen = ({ approvalId }: Approval): boolean => !command.others?.includes(approvalId);
  if (command.others !== undefined && released.some(isUnseen)) {
    return { type: "others_differ", count: released.length };
  }
  return {
    type: "decided",
    entries: [
      { ...entryOf(approval, command), ...edit, ...except },
      ...released.map((each) => entryOf(each, { ...command, scope: "once", grant: undefined })),
    ],
    released,
  };
}

/** Why the first decision of a request cannot be made any more. */
function barredInStore(run: Run, approval: Approval, command: Command): Decided | undefined {
  const standing = decisionOf(run, approval);
  if (standing !== undefined) {
    const isSame =
      standing.decision === command.decision && !runsOther(run, approval, { standing, command });
    return { type: isSame ? "already" : "contradicts", standing };
  }
  if (!isOpen(run, approval)) return { type: "overtaken" };
  return isActedOn(run, approval) ? { type: "acted_on" } : undefined;
}

/** Whether it lets run other arguments than what stands does; answers are sealed, and not compared. */
function runsOther(
  run: Run,
  approval: Approval,
  { standing, command }: { standing: Verdict; command: Command },
): boolean {
  if (command.edited === undefined || questionOf(run, approval.path) !== undefined) return false;
  const edit = editOf(approval, command);
  const approved = standing.argumentsDigest ?? approval.argumentsDigest;
  return edit === undefined || !("argumentsDigest" in edit) || edit.argumentsDigest !== approved;
}

/** Why a further decision in hand would change nothing. */
function barredInHand(run: Run, approval: Approval, command: Command): Decided | undefined {
  if (isActedOn(run, approval)) return { type: "acted_on" };
  const { decision: standing } = approval;
  const isSame =
    standing !== undefined &&
    standing.decision === command.decision &&
    standing.scope === (command.scope ?? "once") &&
    standing.message === command.message &&
    standing.arguments === undefined &&
    command.edited === undefined;
  return isSame ? { type: "already", standing } : undefined;
}

/** The level that is needed, where the command does not reach it. */
function lackingLevel(
  approval: Approval,
  { decision, level = "person", needed: rules }: Command,
): ApproverLevel | undefined {
  const needed = strictest([approval.approver, rules?.(approval)]);
  const isReached = isEnough({ decision, level }, { kind: approval.kind, needed });
  return isReached ? undefined : needed;
}

type Edit = Pick<DraftOf<"approval_decided">, "arguments" | "argumentsDigest">;

function editOf(
  approval: Approval,
  { decision, scope, edited }: Command,
): Edit | Extract<Decided, { type: `edits_${string}` }> | undefined {
  if (edited === undefined) return undefined;
  if (decision !== "approved" || scope === "always") return { type: "edits_misplaced" };
  const { value } = edited;
  const shown = isPlainJson(value) ? edited.check(approval, value) : undefined;
  if (shown === undefined || !isPlainJson(value)) {
    return { type: "edits_do_not_fit", subject: approval.tool ?? approval.kind };
  }
  return { arguments: value, argumentsDigest: argumentsDigest(shown) };
}

interface AlsoCovered {
  /** What else is decided by it, oldest first. */
  readonly released: Approval[];
  /** What waits beside it and is not covered. */
  readonly except: Pick<DraftOf<"approval_decided">, "except">;
}

/**
 * What of the other calls that wait is covered by a decision on all calls of a tool: of these each
 * is decided by an entry of its own, so that none runs unnamed. In hand the program names them.
 */
function alsoCovered(run: Run, approval: Approval, command: Command): AlsoCovered {
  if (command.scope !== "always") return { released: [], except: {} };
  const others = alike(run, approval);
  const isAlone = (each: Approval): boolean => command.alone?.(each) === true;
  const except = others.filter(isAlone).map(({ approvalId }) => approvalId);
  const isForOthers = command.counts === "first" && approval.kind === "tool_call";
  const released = others.filter(
    (each) => isForOthers && !isAlone(each) && lackingLevel(each, command) === undefined,
  );
  return { released, except: except.length === 0 ? {} : { except } };
}

/** Other calls of the same agent, tool and definition that wait. */
function alike(run: Run, approval: Approval): Approval[] {
  const key = stickyKey(approval);
  return openApprovals(run).filter(
    (each) => each !== approval && each.kind === "tool_call" && stickyKey(each) === key,
  );
}

function entryOf(
  { approvalId }: Approval,
  { decision, by, channel, level, ancestors, scope = "once", message, grant }: Command,
): DraftOf<"approval_decided"> {
  return {
    type: "approval_decided",
    approvalId,
    decision,
    by,
    channel,
    ...(level === undefined ? {} : { level }),
    ...(ancestors === undefined ? {} : { ancestors: [...ancestors] }),
    scope,
    ...(message === undefined ? {} : { message }),
    ...(grant === undefined ? {} : { grant }),
  };
}

/** Texts are compared whatever their white space and composition. */
function normalized(text: string): string {
  return text.normalize("NFC").replaceAll(/\s+/g, " ").trim();
}
