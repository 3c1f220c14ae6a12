import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { OpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type {
  Agent,
  AgentInputItem,
  RunContext,
  RunState,
  Session,
  SQLiteSession,
} from "../../src/index.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { createKit, type Kit } from "./kit.ts";
import { original, ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search } from "./pieces.ts";
import { plain } from "./transcript.ts";

type Options = Parameters<Library["run"]>[2];

/** A session that a program wrote itself. */
class OwnClass implements Session {
  readonly items: AgentInputItem[] = [];
  getSessionId = async (): Promise<string> => "own";
  getItems = async (limit?: number): Promise<AgentInputItem[]> =>
    structuredClone(limit === undefined ? this.items : this.items.slice(-limit));
  addItems = async (items: AgentInputItem[]): Promise<void> =>
    void this.items.push(...structuredClone(items));
  popItem = async (): Promise<AgentInputItem | undefined> => this.items.pop();
  clearSession = async (): Promise<void> => void this.items.splice(0);
}

const tempDirectory = useTempDirectory();
let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

afterEach(() => standIn.close());

/** The original has no session in SQLite: what it leaves in memory is what it would leave there. */
const sessions: Record<string, (lib: Library) => Promise<Session>> = {
  memory: async (lib) => new lib.MemorySession(),
  "a subclass": async (lib) => new (class extends lib.MemorySession {})(),
  "a class of its own": async () => new OwnClass(),
  SQLite: async (lib) =>
    lib === ours
      ? new ours.SQLiteSession({ path: join(await tempDirectory(), "sessions.db") })
      : new lib.MemorySession(),
  "OpenAI conversations": async (lib) => {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: standIn.url, maxRetries: 0 });
    return new lib.OpenAIConversationsSession({ client });
  },
};

interface Failing {
  agent: Agent;
  options?: Options;
}

const searching = call("search", { query: "a" }, "c1");
const guard = (tripwireTriggered: boolean) => async () => ({ tripwireTriggered, outputInfo: {} });

/** Programs that fail late, by what they fail at. */
const failures: Record<string, (lib: Library, kit: Kit) => Failing> = {
  "an input guardrail that trips first": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      inputGuardrails: [{ name: "g", runInParallel: false, execute: guard(true) }],
      model: kit.model([message("Hi.")]),
    }),
  }),
  "an output guardrail that trips": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      outputGuardrails: [{ name: "g", execute: guard(true) }],
      model: kit.model([searching], [message("Secret.")]),
    }),
  }),
  "an output guardrail that throws": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      outputGuardrails: [{ name: "g", execute: () => Promise.reject(new Error("away")) }],
      model: kit.model([searching], [message("Secret.")]),
    }),
  }),
  "a model that fails after a tool": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      model: kit.model([searching], () => {
        throw new Error("overloaded");
      }),
    }),
  }),
  "a model that fails at once": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      model: kit.model(() => {
        throw new Error("overloaded");
      }),
    }),
  }),
  "the turn limit": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      model: kit.model([searching], [message("Hi.")]),
    }),
    options: { maxTurns: 1 },
  }),
  "a tool that throws": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      tools: [
        lib.tool({
          name: "search",
          description: "",
          parameters: z.object({ query: z.string() }),
          errorFunction: null,
          execute: () => {
            throw new Error("boom");
          },
        }),
      ],
      model: kit.model([searching], [message("Hi.")]),
    }),
  }),
  "a tool that nobody knows": (lib, kit) => ({
    agent: new lib.Agent({ name: "A", model: kit.model([searching], [message("Hi.")]) }),
  }),
  "an abort within a tool": (lib, kit) => {
    const controller = new AbortController();
    const stop = lib.tool({
      name: "search",
      description: "",
      parameters: z.object({ query: z.string() }),
      execute: () => {
        controller.abort(new Error("stopped"));
        return "found";
      },
    });
    const model = kit.model([searching], [message("Hi.")]);
    return {
      agent: new lib.Agent({ name: "A", tools: [stop], model }),
      options: { signal: controller.signal },
    };
  },
  "an output that does not fit": (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      outputType: z.object({ answer: z.string() }),
      model: kit.model([message("no json")]),
    }) as unknown as Agent,
  }),
};

/** One line an item; a text is what it says, in whatever form a session keeps it. */
function lines(items: readonly AgentInputItem[]): string[] {
  return items.map((item) => {
    const { type, role, callId, content, output } = plain(item) as Record<string, unknown>;
    return [type, role, callId, textIn(content ?? output)].filter(Boolean).join(" ");
  });
}

function textIn(content: unknown): string | undefined {
  const parts = Array.isArray(content) ? content : [content];
  const texts = parts.map((part) => (isText(part) ? part.text : part));
  return texts.length === 1 ? JSON.stringify(texts[0]) : JSON.stringify(texts);
}

function isText(part: unknown): part is { text: string } {
  return typeof part === "object" && part !== null && "text" in part;
}

/** What a program leaves in a session besides what was in it. */
async function leftBy(lib: Library, makeFailing: Make, { kind, stream }: Way): Promise<string[]> {
  const session = (await sessions[kind]?.(lib)) ?? new OwnClass();
  await session.addItems([lib.user("Before.")]);
  const { kit } = createKit();
  const { agent, options } = makeFailing(lib, {
    ...kit,
    model: (...turns) => createScriptedModel(turns),
  });
  try {
    if (stream) {
      const result = await lib.run(agent, "Go.", { ...options, session, stream: true });
      await result.completed;
    } else await lib.run(agent, "Go.", { ...options, session });
  } catch {
    // What it is, other tests say.
  }
  const left = lines(await session.getItems()).slice(1);
  if ("close" in session) await (session as SQLiteSession).close();
  return left;
}

type Make = (lib: Library, kit: Kit) => Failing;

interface Way {
  kind: string;
  stream: boolean;
}

const go = 'message user "Go."';
const called = "function_call c1";
const found = 'function_call_result c1 "found a"';

/**
 * Where ours is not theirs: what tools did is kept, so that nobody has it done once more; input
 * goes in with the first answer, streamed or not, since whoever starts anew says it again.
 */
const otherwise: Record<string, { theirs: string[]; ours: string[] }> = {
  ...guarded("an output guardrail that trips"),
  ...guarded("an output guardrail that throws"),
  "a model that fails after a tool": { theirs: [], ours: [go, called, found] },
  "a model that fails after a tool, streamed": { theirs: [go], ours: [go, called, found] },
  "a model that fails at once, streamed": { theirs: [go], ours: [] },
  "the turn limit, streamed": { theirs: [go], ours: [] },
  "a tool that throws": { theirs: [], ours: [go, called] },
  "a tool that throws, streamed": { theirs: [go], ours: [go, called] },
  "a tool that nobody knows, streamed": { theirs: [go], ours: [] },
  "an output that does not fit, streamed": { theirs: [go], ours: [] },
  "an abort within a tool, streamed": {
    theirs: [go],
    ours: [go, called, found.replace("found a", "found")],
  },
};

/** Only sessions that can take items back have the original keep what tools did. */
function guarded(failure: string): typeof otherwise {
  const kinds = ["a class of its own", "OpenAI conversations"];
  const ways = kinds.flatMap((kind) => [`${failure}, ${kind}`, `${failure}, ${kind}, streamed`]);
  return Object.fromEntries(ways.map((way) => [way, { theirs: [go], ours: [go, called, found] }]));
}

for (const [failure, makeFailing] of Object.entries(failures)) {
  describe(`a session after ${failure}`, () => {
    for (const kind of Object.keys(sessions)) {
      for (const stream of [false, true]) {
        const streamed = stream ? ", streamed" : "";
        const expected =
          otherwise[`${failure}, ${kind}${streamed}`] ?? otherwise[`${failure}${streamed}`];
        const name = `is ${expected === undefined ? "as theirs" : "as said"}: ${kind}${streamed}`;
        it(name, async () => {
          const [theirs, here] = [
            await leftBy(original, makeFailing, { kind, stream }),
            await leftBy(ours, makeFailing, { kind, stream }),
          ];
          expect({ theirs, ours: here }).toEqual(expected ?? { theirs, ours: theirs });
        });
      }
    }
  });
}

describe("a session after an abort that its tool does not hear", () => {
  it("has the call, and what came of it once when the run goes on", async () => {
    const controller = new AbortController();
    let end = (_output: string): void => undefined;
    const slow = ours.tool({
      name: "search",
      description: "",
      parameters: z.object({ query: z.string() }),
      idempotent: true,
      execute: () => {
        const ended = new Promise<string>((resolve) => (end = resolve));
        controller.abort(new Error("stopped"));
        return ended;
      },
    });
    const model = createScriptedModel([[searching], [message("Hi.")]]);
    const agent = new ours.Agent({ name: "A", tools: [slow], model });
    const session = new OwnClass();
    const running = ours.run(agent, "Go.", { session, signal: controller.signal });
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    expect(lines(session.items)).toEqual([go, called]);
    end("found a");
    const { state } = error as { state: RunState };
    await ours.run(agent, state, { session });
    expect(lines(session.items)).toEqual([go, called, found, 'message assistant "Hi."']);
  });
});

describe("a session that cannot be written when its run is aborted", () => {
  it("says why, and has what was done once the run goes on", async () => {
    const controller = new AbortController();
    const search = ours.tool({
      name: "search",
      description: "",
      parameters: z.object({ query: z.string() }),
      execute: () => {
        session.isFull = true;
        controller.abort(new Error("stopped"));
        return "found a";
      },
    });
    class Filled extends OwnClass {
      isFull = false;
      override addItems = async (items: AgentInputItem[]) => {
        if (this.isFull) throw new Error("the disk is full");
        this.items.push(...items);
      };
    }
    const session = new Filled();
    const model = createScriptedModel([[searching], [message("Hi.")]]);
    const agent = new ours.Agent({ name: "A", tools: [search], model });
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const running = ours.run(agent, "Go.", { session, signal: controller.signal });
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    const said = stderr.mock.calls.join();
    stderr.mockRestore();
    expect(error).toMatchObject({ message: "stopped" });
    expect(said).toMatch(/run run_[\w-]+: its session could not be written: the disk is full/);
    session.isFull = false;
    const { state } = error as { state: RunState };
    await ours.run(agent, state, { session });
    expect(lines(session.items)).toEqual([go, called, found, 'message assistant "Hi."']);
  });
});

describe("sessions that read the run context", () => {
  it("get it of a run that is resumed from a store", async () => {
    const asked: unknown[] = [];
    class Told extends OwnClass {
      readonly acceptsRunContext = true;
      override getItems = async (limit?: number, context?: RunContext) => {
        asked.push(context?.context);
        return this.items.slice(limit === undefined ? 0 : -limit);
      };
      override addItems = async (items: AgentInputItem[], context?: RunContext) => {
        asked.push(context?.context);
        this.items.push(...items);
      };
    }
    const session = new Told();
    const model = createScriptedModel([
      () => {
        throw new Error("overloaded");
      },
      [message("Hi.")],
    ]);
    const agent = new ours.Agent({ name: "A", model });
    const runner = new ours.Runner({ store: ours.createMemoryRunStore() });
    const running = runner.run(agent, "Go.", { session, context: { user: "Ada" } });
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    asked.length = 0;
    const { state } = error as { state: RunState };
    await runner.resume(agent, state.runId, { session });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((context) => isDeepStrictEqual(context, { user: "Ada" }))).toBe(true);
  });

  parity("get it with what they are asked", async (lib, kit) => {
    const inner = new OwnClass();
    const asked = new Set<string>();
    const session = {
      acceptsRunContext: true,
      getSessionId: inner.getSessionId,
      popItem: inner.popItem,
      clearSession: inner.clearSession,
      getItems: async (limit?: number, context?: RunContext) => {
        asked.add(`get for ${JSON.stringify(context?.context)}`);
        return inner.getItems(limit);
      },
      addItems: async (items: AgentInputItem[], context?: RunContext) => {
        asked.add(`add for ${JSON.stringify(context?.context)}`);
        await inner.addItems(items);
      },
    };
    const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
    await lib.run(agent, "Go.", { session, context: { user: "Ada" } });
    kit.print(inner.items.length, [...asked]);
  });
});

describe("a call whose tool threw", () => {
  it("is settled by a word, with the tool hidden and another one in its place", async () => {
    const options = { description: "", parameters: z.object({}) };
    const broken = ours.tool({
      ...options,
      name: "weather",
      errorFunction: null,
      execute: () => {
        throw new Error("down");
      },
    });
    const fallback = ours.tool({ ...options, name: "almanac", execute: () => "sunny" });
    const turns = [[call("weather", {}, "c1")], [call("almanac", {}, "c2")], [message("Sunny.")]];
    const agent = new ours.Agent({ name: "A", tools: [broken], model: createScriptedModel(turns) });
    const error: unknown = await ours.run(agent, "Weather?").catch((thrown: unknown) => thrown);
    if (!(error instanceof ours.ToolCallError) || error.state === undefined) throw error;
    broken.isEnabled = async () => false;
    agent.tools.push(fallback);
    const { state } = await ours.run(agent, error.state);
    const [doubt] = state.getInterruptions();
    expect(doubt?.name).toBe("weather");
    if (doubt !== undefined) state.reject(doubt, { message: "The service is down." });
    const result = await ours.run(agent, state);
    expect(result.finalOutput).toBe("Sunny.");
  });
});

describe("schemas of zod 3", () => {
  const schema = z3.object({ a: z3.string() });

  it("are refused by name for a tool", () => {
    const options = { name: "t", description: "", parameters: schema as never, execute: () => "" };
    expect(() => ours.tool(options)).toThrow("it is a schema of zod 3; make it with zod 4");
  });

  it("are refused by name for an output, before the model is asked", async () => {
    const agent = new ours.Agent({
      name: "A",
      outputType: schema as never,
      model: createScriptedModel([]),
    });
    await expect(ours.run(agent, "Hi.")).rejects.toThrow("it is a schema of zod 3");
  });
});
