import { join } from "node:path";

import { afterEach, expect } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { readStoredLines, createJournal } from "./journal.ts";
import type { RunConfig } from "../../src/agents/face/config.ts";
import { createRecorder, type Recorder } from "../../src/engine/recorder.ts";
import { createStoreSink } from "../../src/engine/store-sink.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import type { Asked } from "../../src/runs/caller.ts";
import type { DecisionRequest } from "../../src/runs/decision-request.ts";
import type { ApprovalReport, RunReport } from "../../src/runs/run-report.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import type { RunStatus } from "../../src/engine/vocabulary.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore } from "./postgres.ts";
import { useTempDirectory } from "./temp-directory.ts";

/** How long a test waits for something that does not come. */
const LIMIT_MS = 15_000;

export type StoreKind = "memory" | "sqlite" | "postgres";

export const storeKinds: readonly StoreKind[] = [
  "memory",
  "sqlite",
  ...(hasPostgres() ? ["postgres" as const] : []),
];

/** One store, and services on it as several processes have them. */
export interface Site {
  /** What all services of the site have said. */
  readonly log: string[];
  /** The store as another process sees it. */
  connect(): Promise<RunStore>;
  /** A service with these agents, whose sources are `test#<name>`; closed after the test. */
  open(agents: readonly AnyAgent[], options?: SiteOptions): Promise<RunService>;
}

export interface SiteOptions {
  config?: RunConfig;
  clock?: Clock;
  clientEdits?: boolean;
  maxRunsAtOnce?: number;
  /** Stands between the service and the store. */
  wrap?: (store: RunStore) => RunStore;
}

/** Makes sites; to be called where tests are declared. */
export function useSite(kind: StoreKind): (options?: { clock?: Clock }) => Promise<Site> {
  const tempDirectory = useTempDirectory();
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  return async (options = {}) => {
    const connect = await openerOf(kind, { tempDirectory, ...options });
    const log: string[] = [];
    return {
      log,
      async connect() {
        const store = await connect();
        opened.push(store);
        return store;
      },
      async open(agents, { config = {}, clientEdits, wrap = asIs, ...rest } = {}) {
        const { clock = options.clock, maxRunsAtOnce } = rest;
        const entries = agents.map((agent) => ({ agent, source: `test#${agent.name}` }));
        const registry = createAgentRegistry(entries, config);
        const say = (message: string): void => void log.push(message);
        const store = wrap(await connect());
        const logger = { info: say, warn: say };
        const service = createRunService({
          store,
          registry,
          config,
          clock,
          clientEdits,
          maxRunsAtOnce,
          log: logger,
        });
        opened.push(service);
        return service;
      },
    };
  };
}

function asIs(store: RunStore): RunStore {
  return store;
}

async function openerOf(
  kind: StoreKind,
  { tempDirectory, clock }: { tempDirectory: () => Promise<string>; clock?: Clock },
): Promise<() => Promise<RunStore>> {
  if (kind === "memory") {
    const store = createMemoryRunStore({ clock });
    // The processes that share it come and go; the store stays.
    return async () => ({ ...store, close: async () => {} });
  }
  if (kind === "postgres") {
    const url = await makeSchemaUrl();
    return () => openPostgresStore(url, { clock });
  }
  const path = join(await tempDirectory(), "holdpoint.db");
  return () => openSqliteRunStore({ path, clock });
}

/** What a person at a terminal says. */
export function yes(changes: Partial<DecisionRequest> = {}): DecisionRequest {
  return { decision: "approved", by: "tester", channel: "terminal", level: "person", ...changes };
}

/** The same of a call of high risk, with what has to be typed for it. */
export function yesTyping(
  approval: Pick<ApprovalReport, "presentation"> | undefined,
): DecisionRequest {
  return yes({ typed: approval?.presentation.typed.text });
}

/** The opposite. */
export function no(changes: Partial<DecisionRequest> = {}): DecisionRequest {
  return yes({ decision: "rejected", ...changes });
}

/** Waits until a run stops somewhere, which must be there. */
export async function waitFor(
  service: RunService,
  runId: RunId,
  status: RunStatus,
): Promise<RunReport> {
  const report = await service.wait(runId, { timeoutMs: LIMIT_MS });
  expect({ status: report.status, error: report.error }).toMatchObject({ status });
  return report;
}

/** Waits, also over statuses in between, until a run has a status. */
export async function waitUntil(
  service: RunService,
  runId: RunId,
  status: RunStatus,
): Promise<RunReport> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  let report = await service.get(runId);
  while (report.status !== status && !signal.aborted) {
    await new Promise<void>((resolve) => {
      const unlisten = service.onChange(() => {
        unlisten();
        resolve();
      });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    report = await service.get(runId);
  }
  expect(report.status).toBe(status);
  return report;
}

/** Starts a run that stops for one approval. */
export async function startPaused(
  service: RunService,
  input: string,
  asked: Asked = {},
): Promise<{ runId: RunId; approvalId: ApprovalId; action: string }> {
  const runId = await service.start({ ...asked, input });
  const { approvals } = await waitFor(service, runId, "awaiting_approval");
  const [approval, ...others] = approvals;
  if (approval === undefined || others.length > 0) throw new Error("One approval should wait");
  const { approvalId, action } = approval;
  return { runId, approvalId, action };
}

/** A way into a stored run's journal, as a process without its agents has it. */
export async function recorderOf(store: RunStore, runId: RunId): Promise<Recorder> {
  const journal = createJournal(readStoredLines(await store.read(runId)));
  return createRecorder(journal, { clock: systemClock, sink: createStoreSink(store, runId, {}) });
}
