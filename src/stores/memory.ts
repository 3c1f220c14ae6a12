import { randomUUID } from "node:crypto";

import { type Clock, createSteadyClock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunStore } from "../runs/run-store.ts";
import { append } from "./memory-append.ts";
import { addGrant, endGrant, grantsFor, listGrants, useGrant } from "./memory-grants.ts";
import { closeIntent, findIntents } from "./memory-intents.ts";
import { claim, claimRun, leaseOf, nextFree, release, renew } from "./memory-leases.ts";
import { claimDue, countPending, listPending, listRuns, nextDue } from "./memory-lists.ts";
import { pastOf } from "./memory-past.ts";
import { removeBefore } from "./memory-removal.ts";
import { copyOf, createShelf, holderOf, type Shelf } from "./memory-shelf.ts";
import { checkKeys } from "./rules.ts";
import { createWatchers } from "./watchers.ts";

/** A store that lives as long as the process: for tests, and for runs that need not outlive it. */
export function createMemoryRunStore({ clock }: { clock?: Clock | undefined } = {}): RunStore {
  const shelf = createShelf(createSteadyClock(clock), randomUUID());
  const watchers = createWatchers();
  // Every method goes through here, so that a closed store fails as one on disk does.
  const use = <T>(work: (opened: Shelf) => T): T => work(assertOpen(shelf));
  return {
    location: "memory",
    append(batch) {
      use(() => append(shelf, batch));
      watchers.tell(batch.runId);
    },
    read: (runId, fromSeq = 0) => use(() => (shelf.lines.get(runId) ?? []).slice(fromSeq)),
    getRun: (runId) => use(() => copyOf(shelf.runs.get(runId))),
    findByIdempotencyKey: (idempotencyKey) => {
      checkKeys({ idempotencyKey });
      return use(() => copyOf(holderOf(shelf, shelf.byIdempotencyKey, idempotencyKey)));
    },
    findUnfinishedRun: (sessionId) => {
      checkKeys({ sessionId });
      return use(() => copyOf(holderOf(shelf, shelf.bySession, sessionId)));
    },
    findIntents: (key) => {
      checkKeys({ intentKey: key });
      return use(() => findIntents(shelf, key));
    },
    pastOf: (tool, features) => use(() => pastOf(shelf, { tool, features })),
    addGrant: (grant) => use(() => addGrant(shelf, grant)),
    listGrants: (limit) => use(() => listGrants(shelf, limit)),
    grantsFor: (tool) => use(() => grantsFor(shelf, tool)),
    useGrant: (grantId) => use(() => useGrant(shelf, grantId)),
    endGrant: (grantId, end) => use(() => endGrant(shelf, grantId, end)),
    closeIntent: (runId) => use(() => closeIntent(shelf, runId)),
    listRuns: (filter) => use(() => listRuns(shelf, filter)),
    claim: (request) => use(() => claim(shelf, request)),
    claimRun: (runId, terms) => use(() => claimRun(shelf, runId, terms)),
    renew: (owner, request) => use(() => renew(shelf, owner, request)),
    release(runId, owner) {
      if (use(() => release(shelf, { runId, owner }))) watchers.tell(runId);
    },
    nextFree: (request) => use(() => nextFree(shelf, request)),
    leaseOf: (runId) => use(() => leaseOf(shelf, runId)),
    listPending: (filter) => use(() => listPending(shelf, filter)),
    countPending: (runId) => use(() => countPending(shelf, runId)),
    claimDue: (request) => use(() => claimDue(shelf, request)),
    nextDue: () => use(() => nextDue(shelf)),
    findApproval: (approvalId) => use(() => shelf.approvals.get(approvalId)),
    removeBefore(request) {
      const { removed, ...result } = use(() => removeBefore(shelf, request));
      for (const runId of removed) watchers.tell(runId);
      return result;
    },
    watch: (listener) => use(() => watchers.add(listener)),
    close: async () => {
      shelf.isClosed = true;
      watchers.clear();
    },
  };
}

function assertOpen(shelf: Shelf): Shelf {
  if (shelf.isClosed) {
    throw new HoldpointError("store_unavailable", "Cannot use the store in memory: it is closed");
  }
  return shelf;
}
