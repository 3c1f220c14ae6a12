import type { JournalStore } from "../../engine/journal-store.ts";
import { wayInto, type Opening } from "../../engine/open-run.ts";
import type { Recorder } from "../../engine/recorder.ts";
import type { Run } from "../../engine/state.ts";
import { DEFAULT_MAX_TURNS } from "../../engine/vocabulary.ts";
import { systemClock } from "../../lib/clock.ts";
import type { RunId } from "../../lib/ids.ts";
import { withState, type Plan } from "../activation.ts";
import { rootFrame } from "../conversation.ts";
import type { Start } from "../entries.ts";
import { UserError } from "../errors.ts";
import { checkAgainstAgents } from "../graph.ts";
import type { AgentInputItem } from "../items.ts";
import { raisedLimit } from "../limits.ts";
import { loadHistory } from "../opening.ts";
import type { RunContext, ContextCodec } from "../run-context.ts";
import {
  catchUpContext,
  giveContext,
  openContext,
  savedContext,
  toContext,
} from "../saved-context.ts";
import { checkSession, twoHistories } from "../session-items.ts";
import { withRunContext, type Session, type SessionInputCallback } from "../session.ts";
import { checkInput, startAgentRun } from "../start-run.ts";
import { agentFolders } from "../turn-fold.ts";
import { STORE_PATIENCE_MS } from "./config.ts";
import { joinStore, openHere, type OpenedHere } from "./join-store.ts";
import { atWork, knownRuns } from "./known-journals.ts";
import type { RunState } from "./run-state.ts";

/** A run that can be gone on with: its journal, the way into it, and its context. */
export interface OpenRun extends OpenedHere {
  context: RunContext;
  /** As a run of this context uses it. */
  session?: Session | undefined;
  /** A raised limit and another policy, to be recorded with the claim. */
  maxTurns?: number | null | undefined;
  reasoningItemIdPolicy?: Start["reasoningItemIdPolicy"];
}

export interface OpenOptions {
  plan: Plan;
  store?: JournalStore | undefined;
  storePatienceMs?: number | undefined;
  context?: unknown;
  /** How contexts are written. */
  codec?: ContextCodec | undefined;
  maxTurns?: number | null | undefined;
  conversationId?: string | undefined;
  previousResponseId?: string | undefined;
  autoPreviousResponseId?: boolean | undefined;
  session?: Session | undefined;
  sessionInputCallback?: SessionInputCallback | undefined;
  reasoningItemIdPolicy?: Start["reasoningItemIdPolicy"];
}

/** Starts a run. */
export async function startHere(
  input: string | AgentInputItem[],
  options: OpenOptions,
): Promise<OpenRun> {
  checkInput(input);
  const { plan, maxTurns = DEFAULT_MAX_TURNS } = options;
  const context = toContext(options.context, options.codec);
  const session = withRunContext(options.session, context);
  const { reasoningItemIdPolicy: policy } = plan.config;
  const recorder = await startAgentRun(openingOf(options), plan.graph, {
    input,
    maxTurns,
    context,
    session,
    combine: options.sessionInputCallback,
    ...serverHistory(options),
    ...(policy === "omit" ? { reasoningItemIdPolicy: policy } : {}),
  });
  return { recorder, context, session };
}

/** Takes up the run that a state is of; its decisions are in the journal then. */
export async function takeUpState(state: RunState, options: OpenOptions): Promise<OpenRun> {
  const { plan, store } = options;
  if (state.graph.root.name !== plan.graph.root.name) {
    throw new UserError(
      `Cannot go on with run ${state.runId}: it was started with "${state.graph.root.name}", not "${plan.graph.root.name}"`,
      state,
    );
  }
  const { context, fold: known } = state;
  const session = withRunContext(options.session, context);
  try {
    await checkSession(state.fold, session);
    const { context: given, codec } = options;
    giveContext(context, { saved: savedContext(known), given, codec });
    const opened =
      store === undefined
        ? { recorder: wayInto(openingOf({ store }), state.runId, state.toJournal()) }
        : await joinStore(state, { ...openingOf(options), store });
    return await orLetGo(opened, async ({ journal }) => {
      await loadHistory(journal, session);
      const folded = journal.state;
      catchUpContext(context, { before: savedContext(known), now: savedContext(folded) });
      return { ...opened, context, session, ...goesOnWith(folded, options) };
    });
  } catch (error) {
    throw withState(error, state);
  }
}

/**
 * Takes up a run of the store.
 *
 * @throws HoldpointError `run_not_found`, `unknown_agent`, `state_incompatible`
 */
export async function takeUpStored(
  runId: RunId,
  options: OpenOptions & { store: JournalStore },
): Promise<OpenRun> {
  const { plan, store } = options;
  const opened = await openHere({ ...openingOf(options), store }, runId);
  return orLetGo(opened, async ({ journal }) => {
    checkAgainstAgents(journal.state, plan.graph);
    const { context: given, codec } = options;
    const context = openContext(savedContext(journal.state), { given, codec });
    const session = withRunContext(options.session, context);
    await checkSession(journal.state, session);
    await loadHistory(journal, session);
    return { ...opened, context, session, ...goesOnWith(journal.state, options) };
  });
}

/** Does the rest of opening a run; where that fails, others here may go on with it. */
async function orLetGo(
  { recorder, isHeld }: OpenedHere,
  rest: (recorder: Recorder) => Promise<OpenRun>,
): Promise<OpenRun> {
  try {
    return await rest(recorder);
  } catch (error) {
    if (isHeld === true) atWork.delete(recorder.journal);
    throw error;
  }
}

/** What of the options a run that goes on takes in place of what it had. */
function goesOnWith(
  state: Run,
  { plan, maxTurns, reasoningItemIdPolicy }: OpenOptions,
): Pick<OpenRun, "maxTurns" | "reasoningItemIdPolicy"> {
  const now = rootFrame(state)?.data.reasoningItemIdPolicy;
  const policy = reasoningItemIdPolicy ?? now ?? plan.config.reasoningItemIdPolicy;
  return {
    maxTurns: raisedLimit(state, maxTurns),
    ...(policy === (now ?? "preserve") ? {} : { reasoningItemIdPolicy: policy }),
  };
}

function openingOf({
  store,
  storePatienceMs: patienceMs = STORE_PATIENCE_MS,
}: Pick<OpenOptions, "store" | "storePatienceMs">): Opening {
  const here = { known: knownRuns, folders: agentFolders, clock: systemClock };
  return { ...here, store, patienceMs, askedWaitMs: patienceMs };
}

/** @throws UserError when two keep the same history */
function serverHistory({
  session,
  conversationId,
  previousResponseId,
  autoPreviousResponseId,
}: OpenOptions): Pick<OpenOptions, "conversationId" | "previousResponseId"> & { chained?: true } {
  const chained = autoPreviousResponseId === true ? { chained: true as const } : {};
  const isServer = (conversationId ?? previousResponseId ?? chained.chained) !== undefined;
  if (session !== undefined && isServer) throw twoHistories();
  return { conversationId, previousResponseId, ...chained };
}
