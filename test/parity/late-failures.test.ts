import { describe } from "vitest";
import { z } from "zod";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type { Agent, AgentInputItem, RunContext, Session } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
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

const sessions: Record<string, (lib: Library) => Session> = {
  memory: (lib) => new lib.MemorySession(),
  "a subclass": (lib) => new (class extends lib.MemorySession {})(),
  "a class of its own": () => new OwnClass(),
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

/** What is in a session after the run and the next one, one line an item. */
function lines(items: readonly AgentInputItem[]): string {
  return items
    .map((item) => {
      const { type, role, callId, content, output } = plain(item) as Record<string, unknown>;
      return [type, role, callId, JSON.stringify(content ?? output)].filter(Boolean).join(" ");
    })
    .join("\n");
}

for (const [failure, makeFailing] of Object.entries(failures)) {
  describe(`a session after ${failure}`, () => {
    for (const [kind, makeSession] of Object.entries(sessions)) {
      for (const stream of [false, true]) {
        parity(`is as theirs: ${kind}${stream ? ", streamed" : ""}`, async (lib, kit) => {
          const session = makeSession(lib);
          await session.addItems([lib.user("Before.")]);
          const silent: Kit = { ...kit, model: (...turns) => quiet(kit, turns) };
          const { agent, options } = makeFailing(lib, silent);
          try {
            if (stream) {
              const result = await lib.run(agent, "Go.", { ...options, session, stream: true });
              await result.completed;
            } else await lib.run(agent, "Go.", { ...options, session });
          } catch (error) {
            kit.print((error as Error).constructor.name);
          }
          kit.print(lines(await session.getItems()));
        });
      }
    }
  });
}

/** A model whose requests are not compared here. */
function quiet(kit: Kit, turns: Parameters<Kit["model"]>): ReturnType<Kit["model"]> {
  void kit;
  return createScriptedModel(turns);
}

describe("sessions that read the run context", () => {
  parity("get it with what they are asked", async (lib, kit) => {
    const inner = new OwnClass();
    const session = {
      acceptsRunContext: true,
      getSessionId: inner.getSessionId,
      popItem: inner.popItem,
      clearSession: inner.clearSession,
      getItems: async (limit?: number, context?: RunContext) => {
        kit.print("get for", context?.context);
        return inner.getItems(limit);
      },
      addItems: async (items: AgentInputItem[], context?: RunContext) => {
        kit.print("add for", context?.context, items.length);
        await inner.addItems(items);
      },
    };
    const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
    await lib.run(agent, "Go.", { session, context: { user: "Ada" } });
    kit.print(inner.items.length);
  });
});
