import type { EntryOf } from "./entries.ts";
import type { Approval, Call, Frame, Run } from "./state.ts";

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
