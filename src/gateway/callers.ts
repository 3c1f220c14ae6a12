import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import type { PersonAnswer } from "../host/elicit.ts";
import type { RunId, ApprovalId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";

/** A call of a client that waits here for a run. */
export interface WaitingCall {
  /** Absent where the client did not ask to be told. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
}

/** All who wait here for one run, as its body meets them. */
export interface Waiters {
  /** Absent where none of them asked to be told. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Aborts when it is given up: nobody waits for it any more, here or elsewhere. */
  readonly signal: AbortSignal;
}

/** The calls that wait for runs in this process; several may wait for one. */
export interface Callers {
  /** @returns what ends it; a client that gives its call up has left by itself */
  join(runId: RunId, caller: WaitingCall): () => void;
  /** `undefined` where nobody waits. */
  of(runId: RunId): Waiters | undefined;
  /** Tells the body of a run that nobody is owed what comes of it; not while somebody waits here. */
  giveUp(runId: RunId, reason: unknown): void;
  /** A call of a run is over; the run may have others that somebody waits for. */
  forget(runId: RunId): void;
}

interface Group {
  readonly members: Set<WaitingCall>;
  readonly controller: AbortController;
}

export function createCallers(): Callers {
  const groups = new Map<RunId, Group>();
  return {
    join(runId, caller) {
      const group = groups.get(runId) ?? createGroup();
      groups.set(runId, group);
      group.members.add(caller);
      const leave = (): void => {
        caller.signal.removeEventListener("abort", leave);
        group.members.delete(caller);
      };
      caller.signal.addEventListener("abort", leave, { once: true });
      if (caller.signal.aborted) leave();
      return leave;
    },
    of(runId) {
      const group = groups.get(runId);
      return group === undefined || group.members.size === 0 ? undefined : toWaiting(group);
    },
    giveUp(runId, reason) {
      const group = groups.get(runId);
      if (group === undefined || group.members.size > 0) return;
      groups.delete(runId);
      group.controller.abort(reason);
    },
    forget(runId) {
      if (groups.get(runId)?.members.size === 0) groups.delete(runId);
    },
  };
}

function createGroup(): Group {
  return { members: new Set(), controller: new AbortController() };
}

function toWaiting({ members, controller: { signal } }: Group): Waiters {
  const isTold = [...members].some(({ onProgress }) => onProgress !== undefined);
  const onProgress = (progress: Progress): void => {
    for (const member of members) member.onProgress?.(progress);
  };
  return { signal, onProgress: isTold ? onProgress : undefined };
}

/** Who calls, and how they are reached. */
export interface CallerContext {
  readonly requestId: string | number;
  /** When the call came, by `performance.now()`. */
  readonly since: number;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
  /** Aborts when waiting is to end, as the process is closing. */
  readonly closing: AbortSignal;
  /** Without its version. */
  readonly principal: string;
  readonly client: string;
  /** Absent where the client did not ask to be told. */
  readonly progress: ((progress: Progress) => void) | undefined;
  /** Asks the person through the client; absent where it shows no forms. */
  readonly ask:
    | ((approvalId: ApprovalId, service: RunService, signal: AbortSignal) => Promise<PersonAnswer>)
    | undefined;
}
