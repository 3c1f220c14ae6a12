import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import type { RunId } from "../lib/ids.ts";

/** A call of a client that waits here for a run. */
export interface Caller {
  /** Absent where the client did not ask to be told. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
  /** Whether it came with a ticket, with which it may come again. */
  readonly hasTicket: boolean;
}

/** All who wait here for one run, as its body meets them. */
export interface Waiting {
  /** Absent where none of them asked to be told. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Aborts when the last of them gives up, unless one was given a ticket and may come back. */
  readonly signal: AbortSignal;
}

/** The calls that wait for runs in this process; several may wait for one. */
export interface Callers {
  /** @returns what ends it; `mayReturn`: whoever leaves is given a ticket for the outcome */
  join(runId: RunId, caller: Caller): (how?: { mayReturn: boolean }) => void;
  /** `undefined` where nobody waits. */
  of(runId: RunId): Waiting | undefined;
}

interface Group {
  readonly members: Set<Caller>;
  readonly controller: AbortController;
  /** Whether somebody who left may come back for the outcome. */
  isOwed: boolean;
}

export function createCallers(): Callers {
  const groups = new Map<RunId, Group>();
  return {
    join(runId, caller) {
      const group = groups.get(runId) ?? createGroup();
      groups.set(runId, group);
      group.members.add(caller);
      const leave = ({ mayReturn } = { mayReturn: false }): void => {
        caller.signal.removeEventListener("abort", gaveUp);
        if (!group.members.delete(caller)) return;
        group.isOwed ||= mayReturn || caller.hasTicket;
        if (group.members.size > 0) return;
        if (groups.get(runId) === group) groups.delete(runId);
        if (caller.signal.aborted && !group.isOwed) group.controller.abort(caller.signal.reason);
      };
      const gaveUp = (): void => leave();
      caller.signal.addEventListener("abort", gaveUp, { once: true });
      if (caller.signal.aborted) leave();
      return leave;
    },
    of(runId) {
      const group = groups.get(runId);
      return group && toWaiting(group);
    },
  };
}

function createGroup(): Group {
  return { members: new Set(), controller: new AbortController(), isOwed: false };
}

function toWaiting({ members, controller: { signal } }: Group): Waiting {
  const isTold = [...members].some(({ onProgress }) => onProgress !== undefined);
  const onProgress = (progress: Progress): void => {
    for (const member of members) member.onProgress?.(progress);
  };
  return { signal, onProgress: isTold ? onProgress : undefined };
}
