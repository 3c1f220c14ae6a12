import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import type { AgentInputItem, AgentOutputItem } from "../../src/agents/items.ts";
import { markOwn, type OwnSession, type Session } from "../../src/agents/session.ts";
import { tool } from "../../src/agents/tool.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";
import { keptCall as call } from "../support/expected.ts";
import { isRunState, type RunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { reload } from "../support/scenario.ts";

/** What people and the model say, message by message. */
export interface ConversationScript {
  messages: MessageScript[];
}

export interface MessageScript {
  turns: TurnScript[];
}

export interface TurnScript {
  calls: { isGated: boolean; isApproved: boolean }[];
  /** Whether somebody says more while the turn's calls wait. */
  addsInput: boolean;
}

/** What gets in the way of a conversation; used up from the front. */
export interface Disturbances {
  /** Of the calls that wait, those whose bits are set are decided before the run goes on. */
  decidedFirst: number[];
  /** Whether another process goes on. */
  restarts: boolean[];
  /** What becomes of writes to the session. */
  writes: WriteOutcome[];
}

export type WriteOutcome = "written" | "refused" | "half" | "answer_lost";

/** A session of this package whose writes can fail, before they are made or after. */
export class FaultyOwnSession implements OwnSession {
  readonly #kept = new MemorySession();
  readonly #writes: WriteOutcome[];

  constructor(writes: readonly WriteOutcome[]) {
    this.#writes = [...writes];
  }

  async getSessionId(): Promise<string> {
    return this.#kept.getSessionId();
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    return this.#kept.getItems(limit);
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    return this.#kept.addItems(items);
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    return this.#kept.popItem();
  }

  async clearSession(): Promise<void> {
    return this.#kept.clearSession();
  }

  async addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void> {
    const outcome = this.#writes.shift() ?? "written";
    // It is atomic: there is no half.
    if (outcome === "refused" || outcome === "half") throw new Error("The session is away");
    await this.#kept.addRunItems(runId, from, items);
    if (outcome === "answer_lost") throw new Error("The session is away");
  }
}

markOwn(FaultyOwnSession);

/** What came of a conversation besides its session. */
export interface Course {
  /** Inputs of each model call, by message and turn. */
  asked: Map<string, string[]>;
  /** How often the tool body ran, by call id. */
  runs: Map<string, number>;
  outputs: unknown[];
}

const MOST_ROUNDS = 100;

/** Holds a conversation to its end, whatever gets in the way. */
export async function converse(
  { messages }: ConversationScript,
  options: { session: Session; streamed: boolean; disturbances: Disturbances },
): Promise<Course> {
  const { session, streamed } = options;
  const disturbances = structuredClone(options.disturbances);
  const course: Course = { asked: new Map(), runs: new Map(), outputs: [] };
  const createAgent = (): Agent => createScriptedAgent(messages, course);
  let agent = createAgent();
  const runner = new Runner();

  const go = async (input: string | RunState): Promise<RunState> => {
    try {
      if (!streamed) return (await runner.run(agent, input, { session })).state;
      const result = await runner.run(agent, input, { session, stream: true });
      await result.completed;
      return result.state;
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.code !== "session_failed") throw error;
      const at: unknown = "state" in error ? error.state : undefined;
      if (!isRunState(at)) throw error;
      return at;
    }
  };
  const restart = async (state: RunState): Promise<RunState> => {
    if (disturbances.restarts.shift() !== true) return state;
    agent = createAgent();
    return reload(agent, state);
  };

  for (const [number, { turns }] of messages.entries()) {
    const added = new Set<number>();
    let state = await go(`message ${number}`);
    for (let round = 0; finalOutput(state) === undefined; round += 1) {
      if (round > MOST_ROUNDS) throw new Error("The conversation does not come to its end");
      state = await restart(state);
      const turn = state.currentTurn - 1;
      const items = state.getInterruptions();
      if (items.length > 0 && turns[turn]?.addsInput === true && !added.has(turn)) {
        state.addInput(`more ${number}.${turn}`);
        added.add(turn);
      }
      const bits = disturbances.decidedFirst.shift() ?? -1;
      for (const [index, item] of items.entries()) {
        if ((bits & (1 << index)) === 0) continue;
        if (isApproved(messages, item.rawItem.callId)) state.approve(item);
        else state.reject(item, { message: "no" });
      }
      state = await go(await restart(state));
    }
    course.outputs.push(finalOutput(state));
  }
  return course;
}

function finalOutput({ fold }: RunState): unknown {
  return fold.frames.get("")?.end?.type;
}

function isApproved(messages: readonly MessageScript[], callId: string): boolean {
  const [number = 0, turn = 0, index = 0] = callId.split(".").map(Number);
  return messages[number]?.turns[turn]?.calls[index]?.isApproved === true;
}

/** An agent that knows from what it is sent where in the script it is. */
function createScriptedAgent(messages: readonly MessageScript[], { asked, runs }: Course): Agent {
  const model = createScriptedModel(({ input }) => {
    const items = typeof input === "string" ? [] : input;
    const { number, turn } = placeOf(items);
    const place = `${number}.${turn}`;
    asked.set(place, [...(asked.get(place) ?? []), JSON.stringify(items)]);
    return answerOf(messages, { number, turn });
  });
  const parameters = z.object({ id: z.string() });
  const body = (name: string, needsApproval: boolean) =>
    tool({
      name,
      description: name,
      parameters,
      needsApproval,
      async execute({ id }) {
        runs.set(id, (runs.get(id) ?? 0) + 1);
        return `${id} is done`;
      },
    });
  return new Agent({
    name: "clerk",
    model,
    tools: [body("free", false), body("gated", true)],
  });
}

function placeOf(items: readonly AgentInputItem[]): { number: number; turn: number } {
  const texts = items.map((item) =>
    "role" in item && item.role === "user" ? JSON.stringify(item.content) : "",
  );
  const numbers = texts.flatMap((text) => /message (\d+)/.exec(text)?.[1] ?? []).map(Number);
  const number = Math.max(...numbers);
  const turns = items.flatMap((item) => {
    if (item.type !== "function_call") return [];
    const [ofMessage, turn] = item.callId.split(".").map(Number);
    return ofMessage === number ? [turn ?? 0] : [];
  });
  return { number, turn: Math.max(-1, ...turns) + 1 };
}

function answerOf(
  messages: readonly MessageScript[],
  { number, turn }: { number: number; turn: number },
): AgentOutputItem[] {
  const scripted = messages[number]?.turns[turn];
  if (scripted === undefined) return [message(`answer ${number}`)];
  return scripted.calls.map(({ isGated }, index) => {
    const id = `${number}.${turn}.${index}`;
    return call(isGated ? "gated" : "free", { id }, id);
  });
}
