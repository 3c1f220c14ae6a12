import { z } from "zod";

import {
  exportOpenAI,
  type AnyAgent,
  type FunctionTool,
  type RunOptions,
  type RunState,
  type Session,
} from "../../src/index.ts";
import { call, message, reasoning, type ScriptedTurn } from "../../src/testing.ts";
import { plain, toItemLine, toUsageLine } from "../parity/transcript.ts";
import { createSide, original, type Library, type Side } from "./cross.ts";

type GivenOptions = Omit<RunOptions, "stream">;

interface Scenario {
  /** The agents, with a model that plays these turns. */
  build(side: Side, turns: ScriptedTurn[]): AnyAgent;
  first: ScriptedTurn[];
  rest: ScriptedTurn[];
  decide(state: RunState): void;
  /** What is done with the state before its text is made. */
  before?(lib: Library, agent: AnyAgent, state: RunState): Promise<RunState>;
  options?: (side: Side) => GivenOptions;
  streamed?: boolean;
  /** The original has results in the order in which they came. */
  resultsInCallOrder?: boolean;
  /** Sessions are kept over the break. */
  session?: (side: Side) => Session;
}

const city = z.object({ city: z.string() });

function temperature(side: Side, options: Record<string, unknown> = {}): FunctionTool {
  return side.lib.tool({
    name: "get_temperature",
    description: "The temperature in a city.",
    parameters: city,
    needsApproval: true,
    ...options,
    execute: ({ city: name }) => {
      side.did.push(`measured ${name}`);
      return `20C in ${name}`;
    },
  });
}

function lookUp(side: Side): FunctionTool {
  return side.lib.tool({
    name: "look_up",
    description: "Looks a thing up.",
    parameters: z.object({ what: z.string() }),
    execute: ({ what }) => {
      side.did.push(`looked up ${what}`);
      return { what, pages: [1, 2] };
    },
  });
}

const clerk = (side: Side, turns: ScriptedTurn[]): AnyAgent =>
  new side.lib.Agent({
    name: "Clerk",
    instructions: "Be brief.",
    tools: [temperature(side), lookUp(side)],
    model: side.model(...turns),
  });

function manager(side: Side, turns: ScriptedTurn[]): AnyAgent {
  const model = side.model(...turns);
  const tools = [temperature(side), lookUp(side)];
  const inner = new side.lib.Agent({ name: "Weather", tools, model });
  const asking = inner.asTool({ toolName: "ask_weather", toolDescription: "Asks." });
  return new side.lib.Agent({ name: "Manager", model, tools: [asking, lookUp(side)] });
}

const measure = (where: string, id: string) => call("get_temperature", { city: where }, id);

function approveAll(state: RunState): void {
  for (const item of state.getInterruptions()) state.approve(item);
}

export const scenarios: Record<string, Scenario> = {
  "one call approved": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
  },
  "several turns, one of two rejected with a text": {
    build: clerk,
    first: [
      [reasoning("Hm."), message("I look."), call("look_up", { what: "a" }, "c0")],
      [call("look_up", { what: "b" }, "c1"), measure("Rome", "c2"), measure("Bonn", "c3")],
    ],
    rest: [[message("Done.")]],
    decide(state) {
      const [first, second] = state.getInterruptions();
      state.approve(first!);
      state.reject(second!, { message: "Bonn is off limits." });
    },
  },
  "with reasoning whose ids are not to be sent": {
    build: clerk,
    first: [[reasoning("rs_1"), measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
    options: () => ({ reasoningItemIdPolicy: "omit" }),
  },
  "one of two approved and gone on there": {
    build: clerk,
    first: [[measure("Rome", "c1"), measure("Bonn", "c2"), call("look_up", { what: "z" }, "c3")]],
    rest: [[message("Both warm.")]],
    decide: approveAll,
    resultsInCallOrder: true,
    async before(lib, agent, state) {
      state.approve(state.getInterruptions()[1]!);
      return (await lib.run(agent, state)).state;
    },
  },
  "decided there": {
    build: clerk,
    first: [[measure("Rome", "c1"), measure("Bonn", "c2")]],
    rest: [[message("One warm.")]],
    decide: () => {},
    async before(_lib, _agent, state) {
      state.approve(state.getInterruptions()[0]!);
      state.reject(state.getInterruptions()[1]!, { message: "No." });
      return state;
    },
  },
  "decided there, inside an agent used as a tool, for ever": {
    build: manager,
    first: [[call("ask_weather", { input: "Rome?" }, "o1")], [measure("Rome", "i1")]],
    rest: [[measure("Bonn", "i2")], [message("20 degrees.")], [message("It is warm.")]],
    decide: () => {},
    async before(_lib, _agent, state) {
      state.approve(state.getInterruptions()[0]!, { alwaysApprove: true });
      return state;
    },
  },
  "after a run inside it that is over": {
    build: manager,
    first: [
      [call("ask_weather", { input: "Rome?" }, "o1")],
      [message("20 degrees.")],
      [call("ask_weather", { input: "Bonn?" }, "o2")],
      [measure("Bonn", "i2")],
    ],
    rest: [[message("21 degrees.")], [message("It is warm.")]],
    decide: approveAll,
  },
  "two handoffs at once": {
    build(side, turns) {
      const model = side.model(...turns);
      const tools = [temperature(side)];
      const one = new side.lib.Agent({ name: "One", tools, model });
      const two = new side.lib.Agent({ name: "Two", model });
      return new side.lib.Agent({ name: "Triage", handoffs: [one, two], model });
    },
    first: [
      [call("transfer_to_One", {}, "h1"), call("transfer_to_Two", {}, "h2")],
      [measure("Rome", "c1")],
    ],
    rest: [[message("Warm.")]],
    decide: approveAll,
  },
  "rejected without a text": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("So be it.")]],
    decide: (state) => state.reject(state.getInterruptions()[0]!),
  },
  streamed: {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
    streamed: true,
  },
  "approved for ever, and called again": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[measure("Bonn", "c2")], [message("Both warm.")]],
    decide: (state) => state.approve(state.getInterruptions()[0]!, { alwaysApprove: true }),
  },
  "rejected for ever, and called again": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[measure("Bonn", "c2")], [message("Never.")]],
    decide: (state) =>
      state.reject(state.getInterruptions()[0]!, { alwaysReject: true, message: "Never." }),
  },
  "after a handoff": {
    build(side, turns) {
      const model = side.model(...turns);
      const specialist = new side.lib.Agent({
        name: "Specialist",
        tools: [temperature(side)],
        model,
      });
      return new side.lib.Agent({ name: "Triage", handoffs: [specialist], model });
    },
    first: [[call("transfer_to_Specialist", {}, "h1")], [measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
  },
  "after a handoff whose filter took the tools away": {
    build(side, turns) {
      const model = side.model(...turns);
      const specialist = new side.lib.Agent({
        name: "Specialist",
        tools: [temperature(side)],
        model,
      });
      const handoff = side.lib.handoff(specialist, {
        inputFilter: (data) => ({
          ...data,
          preHandoffItems: data.preHandoffItems.filter(
            ({ type }) => type === "message_output_item",
          ),
          newItems: [],
        }),
      });
      return new side.lib.Agent({
        name: "Triage",
        handoffs: [handoff],
        tools: [lookUp(side)],
        model,
      });
    },
    first: [
      [message("Looking."), call("look_up", { what: "x" }, "l1")],
      [call("transfer_to_Specialist", {}, "h1")],
      [measure("Rome", "c1")],
    ],
    rest: [[message("Warm.")]],
    decide: approveAll,
  },
  "in an agent used as a tool": {
    build: manager,
    first: [
      [call("look_up", { what: "m" }, "m1"), call("ask_weather", { input: "Rome?" }, "o1")],
      [call("look_up", { what: "i" }, "i0")],
      [measure("Rome", "i1")],
    ],
    rest: [[message("20 degrees.")], [message("It is warm.")]],
    decide: approveAll,
  },
  "with a conversation at the provider": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
    options: () => ({ conversationId: "conv_1" }),
  },
  "with the response before it": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
    options: () => ({ previousResponseId: "resp_0" }),
  },
  "with a session": {
    build: clerk,
    first: [[call("look_up", { what: "b" }, "c0"), measure("Rome", "c1")]],
    rest: [[measure("Bonn", "c2")], [message("Warm.")]],
    decide: (state) => state.approve(state.getInterruptions()[0]!, { alwaysApprove: true }),
    session: (side) =>
      new side.lib.MemorySession({
        sessionId: "s1",
        initialItems: [side.lib.user("Earlier."), side.lib.assistant("Indeed.")],
      }),
  },
  "with a session that has results behind the open call": {
    build: clerk,
    first: [
      [
        call("look_up", { what: "a" }, "c0"),
        measure("Rome", "c1"),
        call("look_up", { what: "b" }, "c2"),
      ],
    ],
    rest: [[message("Warm.")]],
    decide: approveAll,
    resultsInCallOrder: true,
    session: (side) => new side.lib.MemorySession({ sessionId: "s2" }),
  },
  "with a session, asked again on the way": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [
      [message("One more."), measure("Bonn", "c2"), call("look_up", { what: "b" }, "c3")],
      [message("Warm.")],
    ],
    decide: approveAll,
    resultsInCallOrder: true,
    session: (side) => new side.lib.MemorySession({ sessionId: "s3" }),
  },
  "streamed, asked again on the way, inside an agent used as a tool": {
    build: manager,
    first: [[call("ask_weather", { input: "Rome?" }, "o1")], [measure("Rome", "i1")]],
    rest: [[measure("Bonn", "i2")], [message("20 degrees.")], [message("It is warm.")]],
    decide: approveAll,
    streamed: true,
  },
  "with guardrails that answered before": {
    build(side, turns) {
      const guard = (name: string) => ({
        name,
        execute: async () => {
          side.did.push(`asked ${name}`);
          return { tripwireTriggered: false, outputInfo: { name } };
        },
      });
      const checked = side.lib.defineToolInputGuardrail({
        name: "arguments",
        run: async () => {
          side.did.push("asked arguments");
          return side.lib.ToolGuardrailFunctionOutputFactory.allow();
        },
      });
      return new side.lib.Agent({
        name: "Clerk",
        tools: [temperature(side, { inputGuardrails: [checked] })],
        inputGuardrails: [guard("input")],
        outputGuardrails: [guard("output")],
        model: side.model(...turns),
      });
    },
    first: [[measure("Rome", "c1")]],
    rest: [[measure("Bonn", "c2")], [message("Warm.")]],
    decide: approveAll,
  },
  "with images and a structured output": {
    build(side, turns) {
      const map = side.lib.tool({
        name: "map",
        description: "Draws.",
        parameters: city,
        execute: ({ city: where }) => [
          { type: "text" as const, text: where },
          { type: "image" as const, image: "https://example.test/map.png", detail: "low" as const },
        ],
      });
      return new side.lib.Agent({
        name: "Clerk",
        tools: [temperature(side), map],
        outputType: z.object({ warm: z.boolean() }),
        model: side.model(...turns),
      });
    },
    first: [[call("map", { city: "Rome" }, "m1")], [measure("Rome", "c1")]],
    rest: [[message('{"warm":true}')]],
    decide: approveAll,
  },
  "that ends with its tool": {
    build: (side, turns) =>
      new side.lib.Agent({
        name: "Clerk",
        tools: [temperature(side)],
        toolUseBehavior: "stop_on_first_tool",
        model: side.model(...turns),
      }),
    first: [[measure("Rome", "c1")]],
    rest: [],
    decide: approveAll,
  },
  "with a policy that is a function, and a limit of turns": {
    build: (side, turns) =>
      new side.lib.Agent({
        name: "Clerk",
        tools: [
          temperature(side, {
            needsApproval: async (_context: unknown, { city: where }: { city: string }) =>
              where !== "Bonn",
          }),
        ],
        model: side.model(...turns),
      }),
    first: [[measure("Bonn", "c0")], [measure("Rome", "c1"), measure("Bonn", "c2")]],
    rest: [[message("Warm.")]],
    decide: approveAll,
    resultsInCallOrder: true,
    options: () => ({ maxTurns: 3 }),
  },
  "with a context and input that was added": {
    build: clerk,
    first: [[measure("Rome", "c1")]],
    rest: [[message("Warm.")]],
    options: () => ({ context: { user: "Ada" } }),
    decide(state) {
      approveAll(state);
      (state as unknown as { addInput(text: string): void }).addInput("Also say why.");
    },
  },
};

async function go(
  side: Side,
  agent: AnyAgent,
  input: unknown,
  more: GivenOptions,
  streamed = false,
) {
  if (!streamed) return side.lib.run(agent, input as string, more);
  const stream = await side.lib.run(agent, input as string, { ...more, stream: true });
  for await (const _ of stream) void _;
  await stream.completed;
  return stream;
}

/** Interrupts with one library, finishes with the other, and tells all that happened since. */
export async function play(
  name: string,
  { starter, finisher }: { starter: Library; finisher: Library },
): Promise<unknown> {
  const scenario = scenarios[name]!;
  const before = createSide(starter);
  const session = scenario.session?.(before);
  const options = { ...scenario.options?.(before), ...(session === undefined ? {} : { session }) };
  const agent = scenario.build(before, scenario.first);
  const paused = await go(before, agent, `Temp? (${name})`, options, scenario.streamed);
  const left = (await scenario.before?.(before.lib, agent, paused.state)) ?? paused.state;
  const text =
    starter === finisher || starter === original ? left.toString() : await exportOpenAI(left);

  const side = createSide(finisher);
  const again = scenario.build(side, scenario.rest);
  const state = await side.lib.RunState.fromString(again, text);
  const waiting = state
    .getInterruptions()
    .map((item) => [item.name, item.agent.name, item.rawItem.callId]);
  scenario.decide(state);
  // What a state remembers is not given again.
  const { context: _context, reasoningItemIdPolicy: _policy, ...resumed } = options;
  let result = await go(side, again, state, resumed, scenario.streamed);
  for (let more = 0; more < 3 && (result.interruptions ?? []).length > 0; more += 1) {
    scenario.decide(result.state);
    result = await go(side, again, result.state, resumed, scenario.streamed);
  }
  return plain({
    waiting,
    requests: side.requests,
    did: side.did,
    output: result.finalOutput,
    newItems: result.newItems.map((item) => toItemLine(item)),
    history: result.history,
    usage: { ...(toUsageLine(result.state.usage) as object), requestUsageEntries: undefined },
    context: result.runContext.context,
    guardrails: [
      result.inputGuardrailResults,
      result.outputGuardrailResults.map(({ guardrail, output }) => ({ guardrail, output })),
      result.toolInputGuardrailResults,
      result.toolOutputGuardrailResults,
    ],
    lastAgent: result.lastAgent?.name,
    // The original keeps no ids of calls in a session.
    session: (await session?.getItems())?.map(({ id: _id, ...item }) => item),
  });
}

/** Everything with results that follow each other sorted by their call. */
export function inCallOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => inCallOrder(item));
    const isResult = (item: unknown): boolean => callIdOf(item) !== undefined;
    return items.some(isResult) ? sortRuns(items) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inCallOrder(one)]));
}

function sortRuns(items: unknown[]): unknown[] {
  const sorted: unknown[] = [];
  let results: unknown[] = [];
  const flush = (): void => {
    sorted.push(
      ...results.toSorted((one, other) =>
        (callIdOf(one) ?? "").localeCompare(callIdOf(other) ?? ""),
      ),
    );
    results = [];
  };
  for (const item of items) {
    if (callIdOf(item) !== undefined) results.push(item);
    else {
      flush();
      sorted.push(item);
    }
  }
  flush();
  return sorted;
}

function callIdOf(item: unknown): string | undefined {
  const raw = (item as { rawItem?: unknown })?.rawItem ?? item;
  const { type, callId } = (raw ?? {}) as { type?: unknown; callId?: unknown };
  return type === "function_call_result" ? String(callId) : undefined;
}
