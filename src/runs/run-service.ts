import type { AgentInputItem } from "../agent/items.ts";
import { RunContext } from "../agent/run-context.ts";
import { checkInputSize } from "../agent/size-limits.ts";
import type { Sessions } from "../agent/session.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { createRunId, type ApprovalId, type RunId } from "../lib/ids.ts";
import { canonicalJson } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { readStoredLines, type StoredEntry } from "../journal/chain.ts";
import { createJournal } from "../journal/journal.ts";
import type { RunConfig } from "../runner/config.ts";
import type { RunStreamEvent } from "../runner/events.ts";
import { expireDue } from "../runner/expire.ts";
import { createRecorder, type Recorder } from "../runner/recorder.ts";
import { startDraft } from "../runner/run-state.ts";
import { openSession, type OpenedSession } from "../runner/session-items.ts";
import { createStoreSink } from "../runner/store-sink.ts";
import { raisedLimit } from "../runner/turn-limit.ts";
import { toAgentReport, type AgentReport } from "./agent-report.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { audit, type AuditReport } from "./audit.ts";
import { createChanges } from "./changes.ts";
import { toConversation, type ConversationPart } from "./conversation.ts";
import { decide, type DecisionRequest, type DecisionOutcome } from "./decide.ts";
import type { ImportedRun, ImportRequest } from "./import-run.ts";
import { createDeadlines } from "./deadlines.ts";
import { createExecutor, type RunGates } from "./executor.ts";
import {
  decidedApprovals,
  toApprovalReport,
  toRunReport,
  type ApprovalReport,
  type RunReport,
} from "./run-report.ts";
import { prune } from "./prune.ts";
import { createRecorders } from "./recorders.ts";
import type { RunFilter, RunStore, RunSummary } from "./run-store.ts";
import { noRaise, sessionBusy, shownId, unknownApproval } from "./service-errors.ts";
import { tellSession } from "./tell-session.ts";

const DEFAULT_MAX_TURNS = 10;

export interface StartRequest {
  /** Default: the first agent. */
  agent?: string | undefined;
  input: string;
  sessionId?: string | undefined;
  /** The same key with the same request is the same run. */
  idempotencyKey?: string | undefined;
  maxTurns?: number | null | undefined;
}

export interface WaitOptions {
  /** Milliseconds; 0 only looks. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Every verb the outside has. Faces (MCP, web page, terminal) call this and nothing behind it.
 * All methods may throw HoldpointError `store_unavailable`.
 */
export interface RunService {
  readonly registry: AgentRegistry;
  /** Where runs are kept, for people. */
  readonly location: string;
  /**
   * Starts a run; it goes on in the background.
   *
   * @throws HoldpointError `unknown_agent`, `idempotency_conflict`, `session_busy`
   */
  start(request: StartRequest): Promise<RunId>;
  /**
   * Stores a run that the OpenAI Agents SDK interrupted; it goes on where its agent is served.
   *
   * @throws HoldpointError `state_incompatible`, `unknown_agent`, `conflict`
   */
  importState(text: string, request: ImportRequest): Promise<ImportedRun>;
  /**
   * The text of a run as `@openai/agents` reads it; its agent must be here.
   *
   * @throws HoldpointError `run_not_found`, `unknown_agent`, `state_incompatible`
   */
  exportState(runId: RunId): Promise<string>;
  /** The agents that can be run here, and which of their tools wait for a person. */
  agents(): AgentReport[];
  /** @throws HoldpointError `run_not_found` */
  get(runId: RunId): Promise<RunReport>;
  /** Waits until the run is over or waits for decisions, or the time is up. */
  wait(runId: RunId, options: WaitOptions): Promise<RunReport>;
  list(filter: RunFilter): Promise<{ runs: RunSummary[]; nextCursor?: string | undefined }>;
  /** Open approvals, oldest first. @throws HoldpointError `invalid_cursor` */
  pending(filter: {
    runId?: RunId | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<{ approvals: ApprovalReport[]; nextCursor?: string | undefined; count: number }>;
  /** One approval, open or not. @throws HoldpointError `approval_not_found` */
  approval(approvalId: ApprovalId): Promise<ApprovalReport>;
  /**
   * Records one decision and lets the run go on with it. The same verdict again changes nothing;
   * of two different verdicts the first to reach the store wins.
   *
   * @throws HoldpointError `approval_not_found`, `already_decided`, `approval_expired`,
   * `action_mismatch`, `arguments_invalid`
   */
  decide(approvalId: ApprovalId, request: DecisionRequest): Promise<DecisionOutcome>;
  /**
   * Goes on with a run that stopped at a failure; leaves any other run as it is. Resolves when it
   * goes on, or when this process leaves it alone because it has not the agent.
   *
   * @param request `maxTurns`: model calls that it may make in all, `null` without limit
   * @throws HoldpointError `invalid_input` when that is no more than it may make already
   */
  resume(runId: RunId, request?: { maxTurns?: number | null | undefined }): Promise<void>;
  /** Ends a run; one that is over stays as it is. */
  cancel(runId: RunId, request: { by: string; reason?: string | undefined }): Promise<void>;
  /** What was said in a run so far. @throws HoldpointError `run_not_found` */
  conversation(runId: RunId): Promise<ConversationPart[]>;
  /** The approvals of a run that were decided, the last one first. @throws HoldpointError `run_not_found` */
  decided(runId: RunId): Promise<ApprovalReport[]>;
  /** The items of a conversation, oldest first; empty where there is none. */
  history(sessionId: string): Promise<AgentInputItem[]>;
  /** The stored entries of a run. @throws HoldpointError `run_not_found` */
  journal(runId: RunId): Promise<StoredEntry[]>;
  /**
   * Checks the chain of hashes of a run, or of every run.
   *
   * @returns one report a run; `problem` names the first entry that does not fit
   */
  audit(runId?: RunId): Promise<AuditReport[]>;
  /** Removes runs that are over and whose last entry is older; never one that could go on. */
  prune(options: { before: string }): Promise<{ runs: number; bytes: number }>;
  /** Ends approvals in time, and goes on, from now on, with every stored run whose agent is here; or only with this one. */
  recover(only?: RunId): void;
  /** Told of events of runs that go on here. */
  listen(listener: (runId: RunId, event: RunStreamEvent) => void): () => void;
  /** Told of approvals that have a minute, or a tenth of their time, left; after `recover`. */
  onExpiring(listener: (approvalId: ApprovalId, runId: RunId) => void): () => void;
  /** Told that anything in the store may have changed. */
  onChange(listener: () => void): () => void;
  /** Starts nothing new, lets what runs finish for `graceMs`, then aborts it and closes. */
  close(graceMs?: number): Promise<void>;
}

export interface RunServiceOptions {
  store: RunStore;
  registry: AgentRegistry;
  log: Log;
  config?: RunConfig | undefined;
  clock?: Clock | undefined;
  /** Whether models are asked to stream, for listeners that show text as it comes. */
  streamed?: boolean | undefined;
  /** Who must decide, and rules over the tools of code. */
  gates?: RunGates | undefined;
  /** Whether the MCP client may change the arguments of what it approves; default false. */
  clientEdits?: boolean | undefined;
  /** Where conversations are kept; without it runs cannot belong to one. */
  sessions?: Sessions | undefined;
}

export function createRunService(options: RunServiceOptions): RunService {
  const { store, registry, log, config = {}, clock = systemClock, streamed = false } = options;
  const changes = createChanges(store);
  const sessions = options.sessions ?? noSessions;
  const recorders = createRecorders({ store, registry, clock });
  const executor = createExecutor({
    store,
    recorders,
    registry,
    config,
    clock,
    log,
    changes,
    sessions,
    streamed,
    gates: options.gates,
  });

  /** A recorder of a stored run: the one at work here, or the last one that was. */
  const open = async (runId: RunId): Promise<Recorder> => {
    const atWork = executor.recorderOf(runId);
    if (atWork !== undefined) {
      await atWork.catchUp();
      return atWork;
    }
    return recorders.open(await summaryOf(runId));
  };

  const expiring = new Set<(approvalId: ApprovalId, runId: RunId) => void>();
  const deadlines = createDeadlines({
    store,
    changes,
    clock,
    log,
    async expire(runId) {
      await expireDue(await open(runId));
      changes.announce();
      executor.kick(runId);
    },
    warn(approvalId, runId) {
      for (const listener of expiring) listener(approvalId, runId);
    },
  });

  const summaryOf = async (runId: RunId): Promise<RunSummary> => {
    const summary = await store.getRun(runId);
    if (summary !== undefined) return summary;
    throw new HoldpointError("run_not_found", `There is no run ${shownId(runId)} in this store`);
  };

  const report = async (runId: RunId): Promise<RunReport> => {
    for (;;) {
      const { journal } = await open(runId);
      const summary = await summaryOf(runId);
      // Both as they were at one moment: somebody may write between the two looks.
      if (summary.length === journal.state.length) return toRunReport(summary, journal.state);
    }
  };

  const start = async (request: StartRequest): Promise<RunId> => {
    const { agent, source, plan, ...own } = registry.choose(request.agent);
    const { idempotencyKey, sessionId, input } = request;
    const requestDigest =
      idempotencyKey === undefined
        ? undefined
        : sha256(canonicalJson({ agent: agent.name, input, sessionId: sessionId ?? null }));
    const known = await findStarted(idempotencyKey, requestDigest);
    if (known !== undefined) return known;
    checkInputSize(input);
    const runId = createRunId();
    const labels = { idempotencyKey, requestDigest };
    const sink = createStoreSink(store, runId, { plan, labels });
    const recorder = createRecorder(createJournal(), { clock, sink });
    const { maxTurns = own.maxTurns ?? DEFAULT_MAX_TURNS } = request;
    const context = new RunContext();
    const opened = sessionId === undefined ? {} : await openOwn(sessionId, input);
    const draft = startDraft(plan.graph, { runId, source, input, maxTurns, context, ...opened });
    try {
      await recorder.append([draft]);
    } catch (error) {
      // Another process used the key between the look and the write.
      const raced = await findStarted(idempotencyKey, requestDigest);
      if (raced === undefined) throw error;
      return raced;
    }
    executor.kick(runId);
    return runId;
  };

  /** What a run begins with in a session; one run at a time goes on with a conversation. */
  const openOwn = async (sessionId: string, input: string): Promise<OpenedSession["start"]> => {
    const busy = await store.findUnfinishedRun(sessionId);
    if (busy !== undefined) throw sessionBusy(sessionId, await report(busy.runId));
    return (await openSession(sessions.session(sessionId), input, undefined)).start;
  };

  const findStarted = async (
    key: string | undefined,
    requestDigest: string | undefined,
  ): Promise<RunId | undefined> => {
    const known = key === undefined ? undefined : await store.findByIdempotencyKey(key);
    if (known === undefined || known.requestDigest === requestDigest) return known?.runId;
    throw new HoldpointError(
      "idempotency_conflict",
      `The idempotency key was used for another request (run ${known.runId}). Use a new key`,
    );
  };

  const wait = async (runId: RunId, { timeoutMs, signal }: WaitOptions): Promise<RunReport> => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const { status } = await summaryOf(runId);
      const leftMs = deadline - performance.now();
      if (status !== "running" || leftMs <= 0 || signal?.aborted === true) break;
      await changes.next({ timeoutMs: leftMs, signal });
    }
    return report(runId);
  };

  return {
    registry,
    location: store.location,
    agents: () => registry.agents.map(({ agent }) => toAgentReport(agent)),
    start,
    async importState(text, request) {
      const { importRun } = await import("./import-run.ts");
      const { gates } = options;
      return importRun(text, request, { store, registry, clock, config, gates });
    },
    async exportState(runId) {
      const { exportRun } = await import("./export-run.ts");
      return exportRun((await open(runId)).journal, registry);
    },
    get: report,
    wait,
    list: (filter) => store.listRuns(filter),
    async pending({ runId, limit, cursor }) {
      const page = await store.listPending({ runId, limit, cursor });
      const reports = await Promise.all(
        page.approvals.map(async ({ runId: of, approvalId }) => {
          const { state } = (await open(of)).journal;
          const approval = state.approvals.get(approvalId);
          return approval === undefined ? [] : [toApprovalReport(state, approval)];
        }),
      );
      const count = await store.countPending(runId);
      return { approvals: reports.flat(), nextCursor: page.nextCursor, count };
    },
    async approval(approvalId) {
      const { journal } = await open(await runOf(store, approvalId));
      const approval = journal.state.approvals.get(approvalId);
      if (approval === undefined) throw unknownApproval(approvalId);
      return toApprovalReport(journal.state, approval);
    },
    async decide(approvalId, request) {
      const runId = await runOf(store, approvalId);
      const outcome = await decide(await open(runId), {
        approvalId,
        request,
        registry,
        clientEdits: options.clientEdits === true,
      });
      changes.announce();
      // Also where it was decided before: nobody may have gone on with it yet.
      if (outcome.type !== "needs_stronger_approval") executor.kick(runId);
      return outcome;
    },
    async resume(runId, { maxTurns: given } = {}) {
      const { state } = (await open(runId)).journal;
      if (state.failure === undefined) return;
      const maxTurns = raisedLimit(state, given);
      if (given !== undefined && maxTurns === undefined) throw noRaise(state);
      await executor.resume(runId, { maxTurns });
    },
    async cancel(runId, { by, reason }) {
      const recorder = await open(runId);
      const isOpen = (): boolean => recorder.journal.state.live.size > 0;
      if (!isOpen()) return;
      const why = reason === undefined ? {} : { reason };
      await retryIntention(
        () => recorder.append([{ type: "run_cancelled", by, ...why }], isOpen),
        isOpen,
      );
      changes.announce();
      await tellSession(recorder, { sessions, log });
    },
    conversation: async (runId) => toConversation((await open(runId)).journal.state),
    decided: async (runId) => decidedApprovals((await open(runId)).journal.state),
    history: (sessionId) => sessions.session(sessionId).getItems(),
    async journal(runId) {
      await summaryOf(runId);
      return readStoredLines(await store.read(runId));
    },
    audit: async (runId) => {
      if (runId !== undefined) await summaryOf(runId);
      return audit(store, runId);
    },
    prune: ({ before }) => prune(store, before),
    recover(only) {
      executor.watch(only);
      deadlines.watch();
    },
    onExpiring(listener) {
      expiring.add(listener);
      return () => expiring.delete(listener);
    },
    listen: (listener) => executor.listen(listener),
    onChange: (listener) => changes.listen(listener),
    async close(graceMs = 0) {
      deadlines.close();
      await executor.close(graceMs);
      changes.close();
      await sessions.close();
      await store.close();
    },
  };
}

const noSessions: Sessions = {
  session() {
    throw new HoldpointError(
      "not_allowed",
      "This process keeps no sessions: leave the session out",
    );
  },
  close: async () => {},
};

/** Tries an intention again as long as it still makes sense after somebody else wrote first. */
export async function retryIntention(
  attempt: () => Promise<unknown>,
  stillWanted: () => boolean,
): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.code !== "conflict") throw error;
      if (!stillWanted()) return;
    }
  }
}

async function runOf(store: RunStore, approvalId: ApprovalId): Promise<RunId> {
  const runId = await store.findApproval(approvalId);
  if (runId === undefined) throw unknownApproval(approvalId);
  return runId;
}
