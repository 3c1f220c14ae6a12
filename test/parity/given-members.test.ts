import { describe } from "vitest";
import { z } from "zod";

import { call, message, reasoning } from "../../src/testing.ts";
import type { AgentInputItem, ToolUseBehavior } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";

const rome = { city: "Rome" };

describe("what programs give, member by member", () => {
  parity("guardrails of a tool, and what they are told and answer", async (lib, kit) => {
    const { allow, rejectContent } = lib.ToolGuardrailFunctionOutputFactory;
    const before = lib.defineToolInputGuardrail({
      name: "before",
      run: async ({ agent, context, toolCall }) => {
        kit.print(agent.name, context.context, toolCall.name, toolCall.arguments);
        return allow({ seen: toolCall.callId });
      },
    });
    const after = lib.defineToolOutputGuardrail({
      name: "after",
      run: async ({ agent, context, toolCall, output }) => {
        kit.print(agent.name, context.context, toolCall.callId, output);
        return rejectContent("Not that.", { withheld: true });
      },
    });
    const measure = lib.tool({
      name: "measure",
      description: "",
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => `20C in ${city}`,
      inputGuardrails: [before],
      outputGuardrails: [after],
    });
    kit.print(measure.inputGuardrails?.length, measure.outputGuardrails?.length);
    const model = kit.model([call("measure", rome, "c1")], [message("Hi.")]);
    const agent = new lib.Agent({ name: "A", tools: [measure], model });
    const result = await lib.run(agent, "Go.", { context: { user: "Ada" } });
    for (const { guardrail, output } of [
      ...result.toolInputGuardrailResults,
      ...result.toolOutputGuardrailResults,
    ]) {
      kit.print(guardrail, output.behavior.type, output.outputInfo);
    }
    kit.report(result);
  });

  parity("a guardrail of a tool that throws, and its result", async (lib, kit) => {
    const { throwException } = lib.ToolGuardrailFunctionOutputFactory;
    for (const side of ["input", "output"] as const) {
      const run = async () => throwException({ by: side });
      const guardrails =
        side === "input"
          ? { inputGuardrails: [lib.defineToolInputGuardrail({ name: "g", run })] }
          : { outputGuardrails: [lib.defineToolOutputGuardrail({ name: "g", run })] };
      const tools = [temperature(lib, kit, { needsApproval: false, ...guardrails })];
      const model = kit.model([call("get_temperature", rome, "c1")]);
      const error = await kit.failure(() =>
        lib.run(new lib.Agent({ name: "A", tools, model }), "Go."),
      );
      if (
        error instanceof lib.ToolInputGuardrailTripwireTriggered ||
        error instanceof lib.ToolOutputGuardrailTripwireTriggered
      ) {
        const { guardrail, output } = error.result;
        kit.print(guardrail, output.behavior.type, output.outputInfo);
      }
    }
  });

  parity("what a toolUseBehavior is told, and all that it answers", async (lib, kit) => {
    for (const isFinalOutput of [true, false]) {
      const toolUseBehavior: ToolUseBehavior = (_context, results) => {
        for (const { type, tool, ...rest } of results) {
          kit.print(type, tool.name, "output" in rest ? rest.output : undefined);
        }
        return isFinalOutput
          ? { isFinalOutput, isInterrupted: undefined, finalOutput: "Found." }
          : { isFinalOutput, isInterrupted: undefined };
      };
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit), temperature(lib, kit, { needsApproval: false })],
        toolUseBehavior,
        model: kit.model(
          [call("search", { query: "a" }, "c1"), call("get_temperature", rome, "c2")],
          [message("Hi.")],
        ),
      });
      kit.report(await lib.run(agent, "Go."));
    }
  });

  parity("options of an agent, each where it is used", async (lib, kit) => {
    const other = new lib.Agent({
      name: "Other",
      handoffDescription: "Answers.",
      model: kit.model([message('{"answer":"42"}')]),
      outputType: z.object({ answer: z.string() }),
      outputGuardrails: [
        {
          name: "after",
          execute: async ({ agentOutput }) => {
            kit.print("after", agentOutput);
            return { tripwireTriggered: false, outputInfo: {} };
          },
        },
      ],
    });
    const agent = new lib.Agent({
      name: "A",
      instructions: "Be brief.",
      tools: [search(lib, kit)],
      handoffs: [other],
      modelSettings: { toolChoice: "required", parallelToolCalls: false, temperature: 0.5 },
      resetToolChoice: false,
      inputGuardrails: [
        {
          name: "before",
          runInParallel: false,
          execute: async ({ input }) => {
            kit.print("before", input);
            return { tripwireTriggered: false, outputInfo: {} };
          },
        },
      ],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("transfer_to_Other", {}, "h1")],
      ),
    });
    kit.report(await lib.run(agent as unknown as typeof other, "Go."));
  });

  for (const stream of [false, true]) {
    parity(`conversationId of a run, streamed: ${stream}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
      });
      const options = { conversationId: "conv_1" };
      if (stream) await kit.watch(await lib.run(agent, "Go.", { ...options, stream }));
      else kit.report(await lib.run(agent, "Go.", options));
    });
  }

  for (const reasoningItemIdPolicy of ["omit", "preserve"] as const) {
    parity(`reasoningItemIdPolicy of a runner: ${reasoningItemIdPolicy}`, async (lib, kit) => {
      const runner = new lib.Runner({ reasoningItemIdPolicy });
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        model: kit.model(
          [reasoning("rs_1"), call("search", { query: "a" }, "c1")],
          [message("Hi.")],
        ),
      });
      kit.report(await runner.run(agent, "Go."));
    });
  }

  parity("reasoningItemIdPolicy over a reload, and another one then", async (lib, kit) => {
    const given = reasoning("rs_0");
    const other = { reasoningItemIdPolicy: "preserve" as const };
    for (const [isOfRunner, options] of [
      [true, {}],
      [false, {}],
      [true, other],
    ] as const) {
      const inner = new lib.Agent({
        name: "Inner",
        tools: [search(lib, kit)],
        model: kit.model(
          [reasoning("rs_2"), call("search", { query: "a" }, "i1")],
          [message("Ho.")],
        ),
      });
      const agent = new lib.Agent({
        name: "A",
        tools: [
          temperature(lib, kit),
          inner.asTool({ toolName: "ask", toolDescription: "", needsApproval: true }),
        ],
        model: kit.model(
          [reasoning("rs_1"), call("get_temperature", rome, "c1")],
          [reasoning("rs_3"), call("ask", { input: "Why?" }, "c2")],
          [message("Hi.")],
        ),
      });
      const omit = { reasoningItemIdPolicy: "omit" as const };
      let result = await new lib.Runner(isOfRunner ? omit : {}).run(
        agent,
        [given, lib.user("Go.")],
        isOfRunner ? {} : omit,
      );
      while (result.interruptions.length > 0) {
        const state = await lib.RunState.fromString(agent, result.state.toString());
        for (const item of state.getInterruptions()) state.approve(item);
        result = await lib.run(agent, state, options);
      }
      kit.report(result);
    }
  });

  parity(
    "a session's getSessionId, getItems, addItems, popItem and clearSession",
    async (lib, kit) => {
      const items: AgentInputItem[] = [];
      const session = {
        getSessionId: async () => "s1",
        getItems: async (limit?: number) => {
          return items.slice(limit === undefined ? 0 : -limit);
        },
        addItems: async (some: AgentInputItem[]) => {
          items.push(...some);
        },
        popItem: async () => items.pop(),
        clearSession: async () => void items.splice(0),
      };
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        model: kit.model(
          [call("search", { query: "a" }, "c1")],
          [message("Hi.")],
          [message("Ho.")],
        ),
      });
      kit.report(await lib.run(agent, "One.", { session }));
      await session.popItem();
      kit.report(await lib.run(agent, "Two.", { session }));
      await session.clearSession();
      kit.print(await session.getSessionId(), items.length);
    },
  );
});

describe("what programs are told, member by member", () => {
  parity("input and state of the data of an error handler", async (lib, kit) => {
    for (const input of ["Go.", [lib.user("Go.")]]) {
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        model: kit.model([call("search", { query: "a" }, "c1")]),
      });
      await lib.run(agent, input, {
        maxTurns: 1,
        errorHandlers: {
          maxTurns: ({ runData }) => {
            kit.print(
              JSON.stringify(runData.input),
              runData.state?.getInterruptions().length,
              runData.lastAgent?.name,
            );
            return { finalOutput: "Late." };
          },
        },
      });
    }
  });

  parity("the state of a MaxTurnsExceededError", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Go.", { maxTurns: 1 }));
    if (!(error instanceof lib.MaxTurnsExceededError)) throw error;
    kit.print(error.state?.history, error.state?.getInterruptions());
    kit.report(await lib.run(agent, error.state!, { maxTurns: 2 }));
  });

  parity("the state of a ToolTimeoutError", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "",
      parameters: z.object({}),
      timeoutMs: 1,
      timeoutBehavior: "raise_exception",
      execute: () => new Promise(() => undefined),
    });
    const agent = new lib.Agent({
      name: "A",
      tools: [slow],
      model: kit.model([call("slow", {}, "c1")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Go."));
    if (!(error instanceof lib.ToolTimeoutError)) throw error;
    kit.print(error.toolName, error.timeoutMs, error.state?.history);
  });

  parity("agent and agentName of a handoff", (lib, kit) => {
    const other = new lib.Agent({ name: "Other" });
    const to = lib.handoff(other);
    kit.print(to.agent === other, to.agentName, to.toolName, to.toolDescription);
    return Promise.resolve();
  });

  parity("maxTurns and currentTurn of a stream", async (lib, kit) => {
    for (const maxTurns of [undefined, 3]) {
      const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
      const options = maxTurns === undefined ? {} : { maxTurns };
      const stream = await lib.run(agent, "Go.", { ...options, stream: true });
      await stream.completed;
      kit.print(stream.maxTurns, stream.currentTurn);
    }
  });

  parity("the history of a state", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "A",
      tools: [search(lib, kit), temperature(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("get_temperature", rome, "c2")],
      ),
    });
    const { state } = await lib.run(agent, "Go.");
    kit.print(JSON.stringify(state.history));
  });

  parity("the signal of a request", async (lib, kit) => {
    const signal = new AbortController().signal;
    const model = {
      getResponse: async (request: { signal?: AbortSignal }) => {
        kit.print(request.signal instanceof AbortSignal, request.signal?.aborted);
        return { usage: new lib.Usage(), output: [message("Hi.")], responseId: "r1" };
      },
      getStreamedResponse: () => {
        throw new Error("Not asked for");
      },
    };
    const agent = new lib.Agent({ name: "A", model });
    const { rawResponses } = await lib.run(agent, "Go.", { signal });
    kit.print(JSON.stringify(rawResponses));
  });

  parity("the handoffs of a request, member by member", async (lib, kit) => {
    const model = {
      getResponse: async ({ handoffs }: { handoffs: object[] }) => {
        for (const {
          toolName,
          toolDescription,
          inputJsonSchema,
          strictJsonSchema,
        } of handoffs as Record<string, unknown>[])
          kit.print(toolName, toolDescription, JSON.stringify(inputJsonSchema), strictJsonSchema);
        return { usage: new lib.Usage(), output: [message("Hi.")] };
      },
      getStreamedResponse: () => {
        throw new Error("Not asked for");
      },
    };
    const inputType = z.object({ reason: z.string() });
    const other = new lib.Agent({ name: "Other", handoffDescription: "Answers." });
    const third = lib.handoff(new lib.Agent({ name: "Third" }), { inputType, onHandoff: () => {} });
    await lib.run(new lib.Agent({ name: "A", handoffs: [other, third], model }), "Go.");
  });
});
