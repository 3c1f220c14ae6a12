import type { AgentInputItem } from "./items.ts";
import { refuseOptions } from "./refused.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Where the items of a conversation live between runs. Must keep the order of `addItems`; an
 * `addItems` that rejects may have written a part: what is there is found again by reading back.
 */
export interface Session {
  getSessionId(): Promise<string>;
  /** The last `limit` items in order, all of them without one. */
  getItems(limit?: number): Promise<AgentInputItem[]>;
  addItems(items: AgentInputItem[]): Promise<void>;
  /** Removes and returns the last item; `undefined` when there is none. */
  popItem(): Promise<AgentInputItem | undefined>;
  clearSession(): Promise<void>;
  /** An item of `getItems` as models are sent it, where that differs. */
  prepareHistoryItemForModelInput?(item: AgentInputItem): AgentInputItem;
  /** Whether it is given reasoning with its ids also where models are not sent them. */
  preserveReasoningItemIdsForPersistence?(): boolean;
  /** Items in a form in which those given and those held can be told to be the same. */
  prepareHistoryItemsForPersistenceComparison?(items: AgentInputItem[]): AgentInputItem[];
  /** Takes a compaction, and what follows it, in place of all that it holds; also twice. */
  replaceHistoryWithCompaction?(items: AgentInputItem[]): Promise<void>;
}

/** The conversations of one place, by name. */
export interface Sessions {
  session(sessionId: string): Session;
  close(): Promise<void>;
}

/**
 * A session of this package: each item of a run is written once however often it is tried, and a
 * run refers to earlier items instead of holding them.
 */
export interface OwnSession extends Session {
  /**
   * Adds the items of a run that are not there yet; `from` is the number of the first one within
   * the run. Atomic.
   */
  addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void>;
}

const sessionMethods = [
  "getSessionId",
  "getItems",
  "addItems",
  "addRunItems",
  "popItem",
  "clearSession",
  "prepareHistoryItemForModelInput",
] as const;

type Methods = Pick<OwnSession, (typeof sessionMethods)[number]>;

/** The methods of own sessions as their classes made them, by prototype. */
const ownMethods = new Map<unknown, Methods>();

/** Says that sessions of a class, as it makes them, keep what `OwnSession` promises. */
export function markOwn({ prototype }: { prototype: OwnSession }): void {
  const made = Object.fromEntries(sessionMethods.map((name) => [name, prototype[name]]));
  ownMethods.set(prototype, made as unknown as Methods);
}

/**
 * Whether nobody has changed what the session does: one of a subclass, or with a method that was set
 * later, is written as any session is, by `addItems`.
 */
export function isOwnSession(session: Session): session is OwnSession {
  const made = ownMethods.get(Object.getPrototypeOf(session));
  return (
    made !== undefined &&
    sessionMethods.every((name) => session[name as keyof Session] === made[name])
  );
}

/** A session that is told for which context it works: it takes it behind other arguments. */
interface ContextSession {
  acceptsRunContext: true;
  getItems(limit: number | undefined, context: RunContext): Promise<AgentInputItem[]>;
  addItems(items: AgentInputItem[], context: RunContext): Promise<void>;
  popItem(context: RunContext): Promise<AgentInputItem | undefined>;
  replaceHistoryWithCompaction?(items: AgentInputItem[], context: RunContext): Promise<void>;
  clearSession(context: RunContext): Promise<void>;
}

function acceptsContext(session: Session): session is Session & ContextSession {
  return "acceptsRunContext" in session && session.acceptsRunContext === true;
}

/**
 * A session as a run of this context uses it.
 *
 * @throws UserError for one with a part that no run would use
 */
export function withRunContext(
  session: Session | undefined,
  context: RunContext,
): Session | undefined {
  refuseOptions("session", session, "run with a session");
  if (session === undefined || !acceptsContext(session)) return session;
  const { prepareHistoryItemForModelInput: prepare } = session;
  const { replaceHistoryWithCompaction: replace } = session;
  return {
    getSessionId: () => session.getSessionId(),
    getItems: (limit) => session.getItems(limit, context),
    addItems: (items) => session.addItems(items, context),
    popItem: () => session.popItem(context),
    clearSession: () => session.clearSession(context),
    preserveReasoningItemIdsForPersistence: () =>
      session.preserveReasoningItemIdsForPersistence?.() === true,
    prepareHistoryItemsForPersistenceComparison: (items) =>
      session.prepareHistoryItemsForPersistenceComparison?.(items) ?? items,
    ...(prepare === undefined
      ? {}
      : { prepareHistoryItemForModelInput: (item) => prepare.call(session, item) }),
    ...(replace === undefined
      ? {}
      : { replaceHistoryWithCompaction: (items) => replace.call(session, items, context) }),
  };
}

/** Combines what a session holds with new input; what it returns is what the model is sent. */
export type SessionInputCallback = (
  historyItems: AgentInputItem[],
  newItems: AgentInputItem[],
) => AgentInputItem[] | Promise<AgentInputItem[]>;
