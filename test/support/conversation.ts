import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import type { Session } from "../../src/agents/session.ts";
import type { ScriptedTurn } from "../../src/models/scripted.ts";
import type { RunConfig } from "../../src/agents/face/config.ts";
import type { RunResult } from "../../src/agents/face/run-result.ts";
import { isRunState, type RunState } from "../../src/agents/face/run-state.ts";
import { Runner, type RunInput, type RunOptions } from "../../src/agents/face/run.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { SQLiteSession } from "../../src/sessions/sqlite.ts";
import { ForeignSession } from "./foreign-session.ts";
import {
  createStage,
  reload,
  variants,
  type Decide,
  type Stage,
  type Variant,
} from "./scenario.ts";
import { useTempDirectory } from "./temp-directory.ts";

export const sessionKinds = ["memory", "sqlite", "foreign"] as const;
export type SessionKind = (typeof sessionKinds)[number];

/** How a conversation is held: each is held in all ways, and must come out the same. */
export interface Way extends Variant {
  readonly kind: SessionKind;
}

export const ways: readonly Way[] = sessionKinds.flatMap((kind) =>
  variants.map((variant) => ({ ...variant, kind, name: `${kind}, ${variant.name}` })),
);

export interface ConversationOptions {
  script: ScriptedTurn[];
  /** Makes the agent; called again for every fresh process. Default: `stage.agent()`. */
  agent?: (stage: Stage) => AnyAgent;
  config?: RunConfig;
  initialItems?: AgentInputItem[];
}

/** One conversation in one session: run after run, each as far as it comes. */
export interface Conversation {
  readonly stage: Stage;
  /** The session as the process of the moment has it. */
  readonly session: Session;
  /** Where the last run stands. */
  readonly state: RunState;
  /** What the last activation came to. @throws when it threw */
  readonly result: RunResult;
  /** What the last activation threw. */
  readonly error: unknown;
  /** Starts a run. */
  say(input: string | AgentInputItem[], options?: RunOptions): Promise<void>;
  /** Decides on what the run waits for, in another process if the way says so, and goes on. */
  decide(decide: Decide, options?: RunOptions): Promise<void>;
  /** What the model was sent, call by call. */
  inputs(): unknown[];
}

/** Opens conversations; to be called where tests are declared. */
export function useConversations(): (
  way: Way,
  options: ConversationOptions,
) => Promise<Conversation> {
  const makeDirectory = useTempDirectory();
  const opened: SQLiteSession[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((session) => session.close()));
  });
  return async (way, options) => {
    const sessionId = randomUUID();
    const path = way.kind === "sqlite" ? join(await makeDirectory(), "sessions.db") : "";
    const { initialItems = [] } = options;
    const kept =
      way.kind === "memory"
        ? new MemorySession({ sessionId, initialItems })
        : new ForeignSession({ sessionId, initialItems });
    const openSession = (): Session => {
      if (way.kind !== "sqlite") return kept;
      const session = new SQLiteSession({ path, sessionId });
      opened.push(session);
      return session;
    };
    if (way.kind === "sqlite") await openSession().addItems(initialItems);
    return createConversation(way, { ...options, openSession });
  };
}

function createConversation(
  way: Variant,
  {
    script,
    agent: build,
    config = {},
    openSession,
  }: ConversationOptions & {
    openSession: () => Session;
  },
): Conversation {
  const stage = createStage(script);
  const createAgent = (): AnyAgent => build?.(stage) ?? stage.agent();
  let [agent, session] = [createAgent(), openSession()];
  let state: RunState | undefined;
  let result: RunResult | undefined;
  let error: unknown;

  const activate = async (input: RunInput, options: RunOptions = {}): Promise<void> => {
    [result, error] = [undefined, undefined];
    const runner = new Runner(config);
    const given = { session, ...options };
    try {
      if (way.streamed) {
        const streamed = await runner.run(agent, input, { ...given, stream: true });
        await streamed.completed;
        result = streamed;
      } else {
        result = await runner.run(agent, input, { ...given, stream: false });
      }
      state = result.state;
    } catch (thrown) {
      error = thrown;
      const at: unknown = thrown instanceof Error && "state" in thrown ? thrown.state : undefined;
      if (isRunState(at)) state = at;
    }
  };
  const known = (): RunState => {
    if (state === undefined) throw new Error("No run was started", { cause: error });
    return state;
  };

  return {
    stage,
    get session() {
      return session;
    },
    get state() {
      return known();
    },
    get result() {
      if (result === undefined) throw new Error("The run threw", { cause: error });
      return result;
    },
    get error() {
      return error;
    },
    say: activate,
    async decide(decide, options) {
      if (way.reloaded) {
        [agent, session] = [createAgent(), openSession()];
        state = await reload(agent, known());
      }
      await decide(known(), known().getInterruptions(), stage);
      if (way.reloaded) state = await reload(agent, known());
      await activate(known(), options);
    },
    inputs: () => stage.model.requests.map(({ input }) => input),
  };
}

/** A message as a text becomes one. */
export function said(text: string): AgentInputItem {
  return { type: "message", role: "user", content: text };
}
