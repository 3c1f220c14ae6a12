import { argumentsDigest } from "../../src/engine/arguments.ts";
import { openApprovals } from "../../src/engine/approvals.ts";
import { readStoredLines } from "../../src/engine/chain.ts";
import { FORMAT_VERSION, type AnyDraft, type DraftOf } from "../../src/engine/entries.ts";
import { createJournal, type Journal } from "../../src/engine/journal.ts";
import { advance } from "../../src/engine/loop.ts";
import { createRecorder, type Recorder } from "../../src/engine/recorder.ts";
import type { JournalSink } from "../../src/engine/recording.ts";
import type { Approval, Run } from "../../src/engine/state.ts";
import { statusOf } from "../../src/engine/status.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import { createRunId } from "../../src/lib/ids.ts";
import type { JsonValue } from "../../src/lib/json.ts";
import { bindList, type ListOwn } from "./list-driver.ts";
import { listFolders, type Batch } from "./list-folder.ts";
import type { ListTool } from "./list-tool.ts";

const clock = { now: () => 0 };

/** One process that has a run of the list in hand. */
export interface ListRun {
  readonly journal: Journal;
  readonly state: Run;
  readonly status: string;
  readonly rows: Rows;
  /** Stored lines so far. */
  readonly lines: readonly string[];
  readonly types: readonly string[];
  /** @returns whether there was something to do */
  advance(start?: { batches: Batch[] }): Promise<boolean>;
  /** The open approvals, `kind callId` each. */
  readonly asked: readonly string[];
  approvalOf(callId: string | undefined): Approval;
  approve(callId?: string, how?: { arguments?: JsonValue; always?: boolean }): Promise<void>;
  reject(callId?: string, message?: string): Promise<void>;
}

/** Rows that several processes share; each has its own copy of what they amount to. */
export function createRows(initial: readonly string[] = []): JournalSink & { lines: string[] } {
  const lines = [...initial];
  return {
    lines,
    async write({ entries }, from) {
      if (from !== lines.length) throw new ConflictError(`Entry ${from} is written`);
      lines.push(...entries.slice(from).map(({ line }) => line));
    },
    read: async (fromSeq) => lines.slice(fromSeq),
  };
}

export type Rows = ReturnType<typeof createRows>;

interface Options {
  own: ListOwn;
  /** Shown what the run is after every entry. */
  watch?: (run: Run) => void;
}

/** Starts a run of one list. */
export async function startList(batches: Batch[], options: Options): Promise<ListRun> {
  const opened = openList(createRows(), options);
  const started: DraftOf<"run_started"> = {
    type: "run_started",
    format: FORMAT_VERSION,
    runId: createRunId(),
    driver: "list",
    agent: "lister",
    source: "code",
    start: { batches } as unknown as JsonValue,
  };
  await opened.recorder.append([started]);
  return opened.run;
}

/** Takes up a run from the lines that another process left, or from the rows that both share. */
export function takeUp(from: readonly string[] | Rows, own: ListOwn): ListRun {
  return openList("lines" in from ? from : createRows(from), { own }).run;
}

function openList(rows: Rows, { own, watch }: Options): { run: ListRun; recorder: Recorder } {
  const kept = createJournal(listFolders, readStoredLines(rows.lines, listFolders));
  const journal = watch === undefined ? kept : watched(kept, watch);
  const recorder = createRecorder(journal, { clock, sink: rows });
  return { recorder, run: toRun(recorder, { rows, own }) };
}

/** Shows what the run is after every entry, also of those that are appended together. */
function watched(journal: Journal, watch: (run: Run) => void): Journal {
  return {
    entries: journal.entries,
    get state() {
      return journal.state;
    },
    place: (drafts, at) =>
      drafts.flatMap((draft) => {
        const placed = journal.place([draft], at);
        watch(journal.state);
        return placed;
      }),
    extend: (entries) => journal.extend(entries),
    rollback: (length) => journal.rollback(length),
    watch: (listener) => journal.watch(listener),
    notify: () => journal.notify(),
  };
}

function toRun(recorder: Recorder, { rows, own }: { rows: Rows; own: ListOwn }): ListRun {
  const { journal } = recorder;
  const approvalOf = (callId: string | undefined): Approval => {
    const found = openApprovals(journal.state).find((approval) => approval.callId === callId);
    if (found === undefined) throw new Error(`Nothing is asked about ${callId ?? "the run"}`);
    return found;
  };
  const decide = async (
    callId: string | undefined,
    said: Pick<DraftOf<"approval_decided">, "decision"> & Partial<DraftOf<"approval_decided">>,
  ): Promise<void> => {
    const draft: AnyDraft = {
      type: "approval_decided",
      approvalId: approvalOf(callId).approvalId,
      by: "somebody",
      channel: "code",
      level: "person",
      scope: "once",
      ...said,
    };
    await recorder.append([draft]);
  };
  return {
    journal,
    get state() {
      return journal.state;
    },
    get status() {
      return statusOf(journal.state);
    },
    rows,
    lines: rows.lines,
    get types() {
      return journal.entries.map(({ entry }) => entry.type);
    },
    get asked() {
      return openApprovals(journal.state).map(({ kind, callId = "" }) => `${kind} ${callId}`);
    },
    approvalOf,
    advance: (start) =>
      advance({
        recorder,
        bound: bindList(own),
        own,
        owner: "test",
        ...(start === undefined ? {} : { start: start as unknown as JsonValue }),
      }),
    approve: (callId, { arguments: edited, always = false } = {}) =>
      decide(callId, {
        decision: "approved",
        scope: always ? "always" : "once",
        ...(edited === undefined
          ? {}
          : { arguments: edited, argumentsDigest: argumentsDigest(edited) }),
      }),
    reject: (callId, message) =>
      decide(callId, { decision: "rejected", ...(message === undefined ? {} : { message }) }),
  };
}

/** A batch of calls, `callId name` each, or with arguments. */
export function batch(...calls: (string | Batch["calls"][number])[]): Batch {
  return {
    calls: calls.map((call) => {
      if (typeof call !== "string") return call;
      const [callId = "", name = ""] = call.split(" ");
      return { callId, name };
    }),
  };
}

/** The same tools for both agents. */
export function ownOf(...tools: ListTool[]): ListOwn {
  return { tools: { lister: tools, helper: tools } };
}

/** A tool whose body is a list of `helper`. */
export function nested(name: string, ...batches: Batch[]): ListTool {
  return { name, nested: () => ({ agent: "helper", start: { batches: batches as never } }) };
}

/** What the run came to, or how else it ended; `undefined` while it is not over. */
export function outputOf({ state }: ListRun): unknown {
  const end = state.frames.get("")?.end;
  return end?.type === "run_completed" ? end.output : end;
}
