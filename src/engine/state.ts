import type { RunId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Folder, Folders } from "./driver.ts";
import type { EngineEntryType, EntryKind, EntryOf } from "./entries.ts";
import type { Previewed } from "./entry-parts.ts";
import type { ApprovalKind, ApproverLevel, CallKind, Decision } from "./vocabulary.ts";

/** A failure that ended an activation: a person may resume the run. */
export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
  path: readonly string[];
}

/** Who said something, through which channel, and how sure that is of a person. */
export interface Caller {
  /** As the channel knows them: an OS user, a client's name and version, `code`. */
  readonly by: string;
  /** `mcp`, `elicitation`, `terminal`, `inbox`, `library`. */
  readonly channel: string;
  /** The level that the channel reaches. */
  readonly level: ApproverLevel;
}

/** A process, by what tells whether it lives. */
export interface ProcessName {
  readonly instance: string;
  readonly pid: number;
  readonly host: string;
}

/** A decision as it stands: what, by whom, and the `seq` to refer to. */
export interface Verdict extends Caller {
  readonly seq: number;
  readonly decision: Decision;
  readonly scope: "once" | "always";
  readonly message: string | undefined;
  readonly at: string;
  /** What runs instead of the proposed arguments. */
  readonly arguments: JsonValue | undefined;
  /** Of what runs then. */
  readonly argumentsDigest: string | undefined;
}

/** A request for a decision, and the decision that was made of it. */
export interface Approval {
  readonly approvalId: string;
  readonly kind: ApprovalKind;
  readonly path: readonly string[];
  readonly agent: string;
  readonly callId: string | undefined;
  readonly tool: string | undefined;
  readonly toolDigest: string | undefined;
  readonly argumentsDigest: string | undefined;
  readonly arguments: JsonValue | undefined;
  readonly approver: ApproverLevel;
  readonly reason: string | undefined;
  readonly expiresAt: string | undefined;
  readonly expiry: "reject" | "fail";
  readonly at: string;
  readonly seq: number;
  /** What the call would change, where that was looked at. */
  readonly preview: Previewed | undefined;
  /** Its own decision; the last one while the call has not started. */
  decision: Verdict | undefined;
  /** Whether rules wanted more than its decision before anything was done with that. */
  isVoid: boolean;
  /** Whether it counts no more since its run was released: what happened meanwhile is not known. */
  isWithdrawn: boolean;
  /** Whether a yes to all calls of its tool is none to this one. */
  isAlone: boolean;
}

/** A call as its proposer words it. */
export interface Proposal {
  readonly callId: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** The end of a call: what a body did, or what was decided instead. */
export type CallEnd = EntryOf<"tool_finished" | "call_answered">;

/** A start of a call's body. */
export interface Attempt {
  readonly seq: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly at: string;
  readonly process: ProcessName | undefined;
  /** Whether that process was closed, and did not die of it. */
  isLeft?: boolean;
}

/** One call, from proposal to output. */
export interface Call {
  readonly item: Proposal;
  /** Who asked in the frame when it was proposed. */
  readonly agent: string;
  /** What it is; absent where format 1 did not say it. */
  readonly kind: CallKind | undefined;
  /** The request that stands for it now; a new one replaces it. */
  approval: Approval | undefined;
  /** What was read for the request that comes next, or came last. */
  previewed: EntryOf<"call_previewed"> | undefined;
  started: Attempt | undefined;
  /** Who made the attempts before it that have no end, since somebody last decided. */
  lost: readonly ProcessName[];
  /** What closed it: a body's outcome, or an answer in its place. Absent while open. */
  finished: CallEnd | undefined;
  /** Closed by its driver without an output, as by a handoff. */
  dropped: boolean;
  /** What an attempt came to after the call was closed by something else. */
  late: EntryOf<"tool_finished"> | undefined;
  /** The error of an attempt that nobody turned into an output. */
  error: EntryOf<"tool_finished">["error"] | undefined;
  /** The approver's arguments, where an attempt was started with such. */
  edited: JsonValue | undefined;
  /** Whether a nested run was started for it. */
  nested: boolean;
  /** Since when it is not known what happened to it, in a sentence; absent where all is known. */
  unknown: string | undefined;
}

export type FrameEnd = EntryOf<"run_completed" | "run_failed" | "run_cancelled">;

/** The root run, or a nested one. `data` is what the driver keeps of it. */
export interface Frame<D = unknown> {
  readonly path: readonly string[];
  readonly key: string;
  readonly parent: Frame<D> | undefined;
  readonly startedAt: string;
  /** Who asked in it first, by name. */
  readonly startedBy: string;
  readonly calls: Map<string, Call>;
  /** Calls that have no output yet, in the order in which they were proposed. */
  readonly open: Set<Call>;
  /** Requests about the run and not about a call, oldest first. */
  readonly approvals: Approval[];
  readonly guardrails: EntryOf<"guardrail_ran">[];
  end: FrameEnd | undefined;
  data: D;
}

/**
 * Everything about a run, computed from its entries and nothing else. `apply` changes it in place,
 * in constant time per entry (amortised); readers never write to it.
 */
export interface Run {
  /** The drivers that this process can read. */
  readonly folders: Folders;
  /** The one of this run; absent before its first entry. */
  folder: Folder | undefined;
  runId: RunId | undefined;
  /** Of the entries from here on. */
  format: number;
  driver: string;
  source: string;
  sessionId: string | undefined;
  /** Who started it; absent where the program itself did. */
  startedBy: Caller | undefined;
  /** Number of entries folded in. */
  length: number;
  startedAt: string;
  updatedAt: string;
  /** The last claim's number; 0 before the first. */
  epoch: number;
  owner: string | undefined;
  /** Who made the last claim, where it says so. */
  process: ProcessName | undefined;
  /** Who went on with it since anything came of that, the last one last. */
  tries: readonly ProcessName[];
  /** Frames by key, the root's first; a nested run's frame stays after its end. */
  frames: Map<string, Frame>;
  /** Keys of the frames that are not over. */
  live: Set<string>;
  approvals: Map<string, Approval>;
  /** Ids of requests that nobody decided, oldest first. */
  undecided: Set<string>;
  sticky: Map<string, Verdict>;
  definitions: Map<string, EntryOf<"tool_defined">>;
  /** The claim under which an error was last recorded that the activation ends with. */
  erredIn: number;
  failure: Failure | undefined;
  cancelled: EntryOf<"run_cancelled"> | undefined;
}

export function createRun(folders: Folders): Run {
  return {
    folders,
    folder: undefined,
    runId: undefined,
    format: 1,
    driver: "",
    source: "code",
    sessionId: undefined,
    startedBy: undefined,
    length: 0,
    startedAt: "",
    updatedAt: "",
    epoch: 0,
    owner: undefined,
    process: undefined,
    tries: [],
    frames: new Map(),
    live: new Set(),
    approvals: new Map(),
    undecided: new Set(),
    sticky: new Map(),
    definitions: new Map(),
    erredIn: 0,
    failure: undefined,
    cancelled: undefined,
  };
}

/** The key of a path; `undefined` and `[]` are the root run. */
export function frameKey(path: readonly string[] | undefined): string {
  return path === undefined || path.length === 0 ? "" : JSON.stringify(path);
}

export function rootFrame(run: Run): Frame | undefined {
  return run.frames.get("");
}

/** The frame of a call's nested run, where one was started. */
export function nestedFrame<D>(run: Run, frame: Frame<D>, callId: string): Frame<D> | undefined {
  return run.frames.get(frameKey([...frame.path, callId])) as Frame<D> | undefined;
}

export function callOf(run: Run, { path, callId }: Approval): Call | undefined {
  return callId === undefined ? undefined : run.frames.get(frameKey(path))?.calls.get(callId);
}

/** What was recorded of the tool that an approval is about. */
export function definitionOf(
  { definitions }: Run,
  { tool = "", toolDigest = "" }: Partial<Pick<Approval, "tool" | "toolDigest">>,
): EntryOf<"tool_defined"> | undefined {
  return definitions.get(`${tool}:${toolDigest}`);
}

export function isOver(frame: Frame): boolean {
  return frame.end !== undefined;
}

/** Whether nothing more comes of a call. */
export function isAnswered(call: Call): boolean {
  return call.finished !== undefined || call.dropped;
}

/** Whether an attempt of the claim `epoch` is at a call, as far as the journal tells. */
export function isRunning(call: Call, epoch: number): boolean {
  return call.started !== undefined && call.error === undefined && call.started.epoch === epoch;
}

const engineKinds: Readonly<Record<EngineEntryType, EntryKind>> = {
  run_started: "intention",
  run_claimed: "intention",
  run_left: "intention",
  call_proposed: "intention",
  tool_defined: "intention",
  approval_requested: "intention",
  call_previewed: "intention",
  approval_shown: "word",
  approval_decided: "word",
  tool_started: "intention",
  tool_finished: "outcome",
  call_answered: "intention",
  guardrail_ran: "intention",
  run_completed: "intention",
  run_failed: "intention",
  run_cancelled: "word",
  run_released: "word",
};

const kindsByType: Readonly<Record<string, EntryKind | undefined>> = engineKinds;

/** What an entry is to whoever writes it. */
export function kindIn({ folder }: Run, { type }: { type: string }): EntryKind {
  return kindsByType[type] ?? folder?.kinds[type] ?? "word";
}

export function isOutcome(run: Run, draft: { type: string }): boolean {
  return kindIn(run, draft) === "outcome";
}
