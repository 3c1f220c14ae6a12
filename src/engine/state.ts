import type * as z from "zod";

import type { RunId } from "../lib/ids.ts";
import type { JsonValue, JsonObject } from "../lib/json.ts";
import type { EntryKind, EntryOf, DriverEntry, DraftOf } from "./entries.ts";
import type { Previewed } from "./entry-parts.ts";
import type { ApprovalKind, ApproverLevel, CallKind, Decision, Expiry } from "./vocabulary.ts";

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
  readonly expiry: Expiry;
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

/**
 * What reads a driver's own entries, which is the half of its port that is pure, synchronous and no
 * user code. Every process that reads a run has it for all drivers.
 */
export interface Folder<D = unknown> {
  /** As `run_started.driver` names it. */
  readonly name: string;
  /** Its own entries by type: what they are to whoever writes them. */
  readonly kinds: Readonly<Record<string, EntryKind>>;
  /** Their form; each is made when one of it is first read. */
  readonly forms: Readonly<Record<string, () => z.ZodType>>;
  /** Of `run_started.start`. */
  start(): z.ZodType;
  /** The fields of format 1's `run_started` and `run_claimed` that are `start` now. */
  startFields(): readonly string[];
  /** What it keeps of a frame that begins; `frame.data` is not there yet. */
  begin(frame: Frame<D>, start: DraftOf<"run_started">): D;
  /** A new claim of the run; `start` is what its driver goes on with. */
  claimed(root: Frame<D>, start: JsonValue | undefined): void;
  fold(frame: Frame<D>, entry: DriverEntry, tell: Tell): void;
  /** A call of this frame was answered, or dropped by the driver itself. */
  closed(frame: Frame<D>, call: Call): void;
  /** What an attempt came to after its call had been closed by something else. */
  late(frame: Frame<D>, call: Call): void;
  ended(frame: Frame<D>, end: FrameEnd): void;
  /** Whether the proposer itself has work now, calls apart; `held`: and calls must wait for it. */
  idle(frame: Frame<D>): "works" | "waits" | "held";
  /** Whether something is still to be brought to others, though nothing else is to be done. */
  owes(root: Frame<D>, run: Run): boolean;
  /** Whether nothing is lost with an entry of its own, just folded, that a power cut takes back. */
  mayBeLost(frame: Frame<D>, entry: DriverEntry): boolean;
  /** Who asks in a frame now, by name. */
  asker(frame: Frame<D>): string;
  /** What whoever decides should know of the asking, as it stands now: a sentence each. */
  notes?(frame: Frame<D>): readonly string[];
  /** What a frame asks a person to fill in, where its call is no more than that. */
  question?(frame: Frame<D>): Question | undefined;
  /** How often a call was asked for at once, which runs once unless a person says more. */
  times?(frame: Frame<D>, callId: string): number;
  /** The wish that a run was begun for, as the store tells repetitions of it; none once it is met. */
  intentKey?(root: Frame<D>): string | undefined;
}

/** Fields that a person fills in. What they type is kept sealed: only who asks can read it. */
export interface Question {
  /** JSON Schema of a flat object. */
  readonly schema: JsonObject;
  /** What the answer is sealed for. */
  readonly key: string;
}

export type Folders = ReadonlyMap<string, Folder>;

/** What a driver's entry means to the engine. */
export interface Tell {
  readonly run: Run;
  propose(call: { item: Proposal; kind: CallKind | undefined }): Call;
  /** Closes a call without an output: `closed` is told. */
  drop(call: Call): void;
  /** A question that answered itself. */
  withdraw(approvalId: string): void;
  /** Ends the activation; a person may resume the run. */
  stop(failure: Failure): void;
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
