import type { Entry } from "../agents/entries.ts";
import type { RunConfig } from "../agents/face/config.ts";
import type { RunStreamEvent } from "../agents/face/events.ts";
import type { AgentInputItem } from "../agents/items.ts";
import type { Sessions } from "../agents/session.ts";
import { agentFolders } from "../agents/turn-fold.ts";
import { readStoredLines, type StoredEntry } from "../engine/chain.ts";
import type { Folders } from "../engine/state.ts";
import { shiftClock, systemClock, type Clock } from "../lib/clock.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { toAgentReport, type AgentReport } from "./agent-report.ts";
import type { Asked } from "./caller.ts";
import {
  cancelRun,
  expireApproval,
  releaseRun,
  resumeRun,
  type CancelRequest,
  type ResumeRequest,
} from "./change-run.ts";
import { createChanges } from "./changes.ts";
import { toConversation, type ConversationPart } from "./conversation.ts";
import { createDeadlines } from "./deadlines.ts";
import { decideApproval } from "./decide.ts";
import type { DecisionOutcome, DecisionRequest } from "./decision-request.ts";
import type { DriverSource } from "./driver-source.ts";
import { createExecutor } from "./executor.ts";
import { furtherVerbs, type FurtherVerbs } from "./further-verbs.ts";
import type { RunGates } from "./go-on.ts";
import { decideWithGrant } from "./grants/grant-verbs.ts";
import { createPasses } from "./grants/passes.ts";
import { toPast } from "./hold/past-calls.ts";
import type { ImportedRun, ImportRequest } from "./import-run.ts";
import { createLevelNow } from "./level-now.ts";
import {
  briefOf,
  listTitled,
  reportApproval,
  reportPending,
  waitForRun,
  type ApprovalBrief,
  type PendingFilter,
  type PendingPage,
  type TitledPage,
  type WaitOptions,
} from "./look-at-runs.ts";
import { createMetrics } from "./metrics.ts";
import { prune, type Pruned } from "./prune.ts";
import { createRecorders } from "./recorders.ts";
import { decidedApprovals, type ApprovalReport, type RunReport } from "./run-report.ts";
import type { RunFilter, RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import {
  noSessions,
  openRecorder,
  reportRun,
  summaryOf,
  toCard,
  type ServiceMeans,
} from "./service-means.ts";
import { startRequested, type StartRequest } from "./start-run.ts";

/**
 * Every verb the outside has. Faces (MCP, web page, terminal) call this and nothing behind it.
 * All methods may throw HoldpointError `store_unavailable`.
 *
 * A request says who makes it: `by`, `channel` and `level`; what is left out is as of the program
 * that calls. What changes a run is recorded with it.
 */
export interface RunService extends FurtherVerbs {
  readonly registry: AgentRegistry;
  /** Where runs are kept, for people. */
  readonly location: string;
  /** "the store cannot be written: ...", for people, while that is so: of the server, of no run. */
  problem(): string | undefined;
  /**
   * Starts a run; it goes on in the background.
   *
   * @throws HoldpointError `unknown_agent`, `idempotency_conflict`, `session_busy`,
   * `invalid_input` for a session or key with characters that cannot be stored
   */
  start(request: StartRequest): Promise<RunId>;
  /**
   * Stores a run that the OpenAI Agents SDK interrupted; it goes on where its agent is served.
   *
   * @throws HoldpointError `state_incompatible`, `unknown_agent`, `conflict`
   */
  importState(text: string, request: ImportRequest): Promise<ImportedRun>;
  /** The agents that can be run here, and which of their tools wait for a person. */
  agents(): AgentReport[];
  /** @throws HoldpointError `run_not_found` */
  get(runId: RunId, asked?: Asked): Promise<RunReport>;
  /** Waits until the run is over or waits for decisions, or the time is up. */
  wait(runId: RunId, options: WaitOptions): Promise<RunReport>;
  list(filter: RunFilter & Asked): Promise<{ runs: RunSummary[]; nextCursor?: string | undefined }>;
  /** The same, each with what it was started for, where that can be read. */
  listTitled(filter: RunFilter & Asked): Promise<TitledPage>;
  /** Open approvals, oldest first, or the riskiest. @throws HoldpointError `invalid_cursor` */
  pending(filter: PendingFilter): Promise<PendingPage>;
  /** One approval, open or not. @throws HoldpointError `approval_not_found` */
  approval(approvalId: ApprovalId, asked?: Asked): Promise<ApprovalReport>;
  /** Only who may decide it. */
  brief(approvalId: ApprovalId, asked?: Asked): Promise<ApprovalBrief>;
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
  resume(runId: RunId, request?: ResumeRequest): Promise<void>;
  /** Ends a run; one that is over stays as it is. */
  cancel(runId: RunId, request?: CancelRequest): Promise<void>;
  /** What was said in a run so far. @throws HoldpointError `run_not_found` */
  conversation(runId: RunId, asked?: Asked): Promise<ConversationPart[]>;
  /** The approvals of a run that were decided, the last one first. @throws HoldpointError `run_not_found` */
  decided(runId: RunId, asked?: Asked): Promise<ApprovalReport[]>;
  /** The items of a conversation, oldest first; empty where there is none. */
  history(sessionId: string, asked?: Asked): Promise<AgentInputItem[]>;
  /** The stored entries of a run. @throws HoldpointError `run_not_found` */
  journal(runId: RunId, asked?: Asked): Promise<StoredEntry<Entry>[]>;
  /**
   * Lets a run go on that is on hold, since its store is an older copy or was changed; what was
   * asked and decided of it is asked anew. For a person to say.
   */
  release(runId: RunId, request?: Asked): Promise<void>;
  /** Removes runs that are over and whose last entry is older; never one that could go on. */
  prune(request: { before: string; untold?: boolean | undefined }): Promise<Pruned>;
  /** Ends approvals in time, and goes on, from now on, with every stored run whose agent is here; or only with this one. */
  recover(only?: RunId): void;
  /** Told of events of runs that go on here. */
  listen(listener: (runId: RunId, event: RunStreamEvent) => void): () => void;
  /** Told of approvals that have a minute, or a tenth of their time, left; after `recover`. */
  onExpiring(listener: (approvalId: ApprovalId, runId: RunId) => void): () => void;
  /** Told that something in the store may have changed: a run, or any where none is named. */
  onChange(listener: (runId?: RunId) => void): () => void;
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
  /** How many runs go on here at once; default 256. */
  maxRunsAtOnce?: number | undefined;
  /** Of all drivers whose runs shall be read; default: that of agents. */
  folders?: Folders | undefined;
  /** Who else has runs that go on here. */
  drivers?: readonly DriverSource[] | undefined;
}

export function createRunService(options: RunServiceOptions): RunService {
  const { registry } = options;
  const means = createMeans(options);
  const { store, changes, executor, sessions } = means;
  const deadlines = createDeadlines({
    ...means,
    expire: (approval) => expireApproval(means, approval),
  });
  const stateOf = async (runId: RunId) => (await openRecorder(means, runId)).journal.state;
  return {
    registry,
    location: store.location,
    problem: means.recorders.problem,
    agents: () => registry.agents.map(({ agent }) => toAgentReport(agent)),
    start: (request) => startRequested(means, request),
    async importState(text, request) {
      const { importRun } = await import("./import-run.ts");
      return importRun(text, request, { ...means, gates: options.gates });
    },
    get: (runId) => reportRun(means, runId),
    wait: (runId, request) => waitForRun(means, runId, request),
    list: async (filter) => store.listRuns(filter),
    listTitled: (filter) => listTitled(means, filter),
    pending: (filter) => reportPending(means, filter),
    approval: (approvalId) => reportApproval(means, approvalId),
    brief: (approvalId) => briefOf(means, approvalId),
    decide: (approvalId, { grant, ...request }) =>
      grant === undefined
        ? decideApproval(means, approvalId, request)
        : decideWithGrant(means, approvalId, { ...request, grant }),
    resume: (runId, request = {}) => resumeRun(means, runId, request),
    cancel: (runId, request = {}) => cancelRun(means, runId, request),
    conversation: async (runId) => toConversation(await stateOf(runId)),
    decided: async (runId) => decidedApprovals(await stateOf(runId)),
    history: (sessionId) => sessions.session(sessionId).getItems(),
    async journal(runId) {
      await summaryOf(means, runId);
      return readStoredLines<Entry>(await store.read(runId), means.folders);
    },
    ...furtherVerbs(means),
    release: (runId, request = {}) => releaseRun(means, runId, request),
    prune: (request) => prune(store, request),
    recover(only) {
      executor.watch(only);
      deadlines.watch();
    },
    onExpiring: (listener) => deadlines.onExpiring(listener),
    listen: executor.listen,
    onChange: (listener) => changes.listen((runId) => listener(runId)),
    async close(graceMs = 0) {
      deadlines.close();
      await closeMeans(means, graceMs);
    },
  };
}

async function closeMeans(means: ServiceMeans, graceMs: number): Promise<void> {
  await means.executor.close(graceMs);
  means.changes.close();
  await means.sessions.close();
  await means.store.close();
}

function createMeans(options: RunServiceOptions): ServiceMeans {
  const { folders = agentFolders, drivers = [] } = options;
  const metrics = createMetrics(options.store);
  const store = metrics?.store ?? options.store;
  const { registry, log, config = {}, streamed = false } = options;
  const clock = shiftClock(options.clock ?? systemClock, options.store.aheadMs);
  const { gates, maxRunsAtOnce, clientEdits = false, sessions = noSessions } = options;
  const changes = createChanges(store);
  const recorders = createRecorders({
    store,
    clock,
    folders,
    toCard,
    toPast,
    log,
    onWritten: metrics?.written,
    onProblem: changes.tellAll,
  });
  const means = { store, folders, registry, log, clock, changes, recorders, sessions };
  const passes = createPasses(store, log);
  const work = { config, streamed, gates, passes, drivers, maxRunsAtOnce };
  const executor = createExecutor({ ...means, ...work });
  const levelNow = createLevelNow({ registry, config, policy: gates?.policy });
  return { ...means, config, executor, clientEdits, levelNow };
}
