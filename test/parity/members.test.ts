import { describe } from "vitest";
import { z } from "zod";

import { call, message, reasoning } from "../../src/testing.ts";
import type { Agent, AgentInputItem, AgentOutputItem, RunItem } from "../../src/index.ts";
import { canonicalJson } from "../../src/lib/json.ts";
import type { Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";
import { plain } from "./transcript.ts";

const rome = { city: "Rome" };

/** A run with an item of every kind that models and tools make, and one that waits. */
async function everyItem(lib: Library, kit: Kit): Promise<readonly RunItem[]> {
  const compaction = { type: "compaction", id: "cmp_1", encrypted_content: "abc" } as const;
  const hosted = {
    type: "hosted_tool_call",
    id: "ws_1",
    name: "web_search_call",
    status: "completed",
    output: "a page",
    providerData: { type: "web_search_call" },
  } as const;
  const last = new lib.Agent({
    name: "Last",
    tools: [temperature(lib, kit)],
    model: kit.model([message("Hi.")], [call("get_temperature", rome, "c2")]),
  });
  const agent = new lib.Agent({
    name: "First",
    tools: [search(lib, kit)],
    handoffs: [last],
    model: kit.model(
      [
        reasoning("rs_1"),
        compaction,
        hosted,
        message("Wait."),
        call("search", { query: "a" }, "c1"),
      ],
      [call("transfer_to_Last", {}, "h1")],
    ),
  });
  const { newItems } = await lib.run(agent, "Go.");
  const { newItems: waiting, state } = await lib.run(last, "Go on.");
  state.addInput("More.");
  for (const item of state.getInterruptions()) state.approve(item);
  const after = new lib.Agent({
    name: "Last",
    tools: [temperature(lib, kit)],
    model: kit.model([message("Done.")]),
  });
  const told = await lib.run(after, await lib.RunState.fromString(after, state.toString()));
  return [...newItems, ...waiting, ...told.newItems];
}

describe("run items", () => {
  parity("are JSON with toJSON", async (lib, kit) => {
    for (const item of await everyItem(lib, kit)) {
      const { type, rawItem, agent, output, sourceAgent, targetAgent, toolName } = item.toJSON();
      const { executionStatus } = item.toJSON();
      const shown = { type, rawItem, agent, output, sourceAgent, targetAgent, toolName };
      kit.print(canonicalJson(plain({ ...shown, executionStatus })));
    }
  });

  parity(
    "say their toolName and callId, and by executionStatus if a tool ran",
    async (lib, kit) => {
      for (const item of await everyItem(lib, kit)) {
        const { toolName, callId, executionStatus } = item as unknown as Record<string, unknown>;
        kit.print(item.type, toolName, callId, executionStatus);
      }
    },
  );
});

describe("classes", () => {
  parity("of items", async (lib, kit) => {
    const names = [
      "RunMessageOutputItem",
      "RunToolCallItem",
      "RunToolCallOutputItem",
      "RunReasoningItem",
      "RunCompactionItem",
      "RunInputItem",
      "RunHandoffCallItem",
      "RunHandoffOutputItem",
      "RunToolApprovalItem",
    ] as const;
    for (const item of await everyItem(lib, kit)) {
      kit.print(
        item.type,
        names.filter((name) => item instanceof lib[name]),
      );
    }
  });

  parity("of events", async (lib, kit) => {
    const names = [
      "RunItemStreamEvent",
      "RunAgentUpdatedStreamEvent",
      "RunRawModelStreamEvent",
    ] as const;
    const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
    for await (const event of await lib.run(agent, "Go.", { stream: true })) {
      kit.print(
        event.type,
        names.filter((name) => event instanceof lib[name]),
      );
    }
  });
});

const oneAtATime = ["begins", "ends", "begins", "ends", "7 Late."];

describe("small values", () => {
  parity("defineOutputGuardrail", async (lib, kit) => {
    const execute = async ({ agentOutput }: { agentOutput: unknown }) => {
      kit.print("looks at", agentOutput);
      return { tripwireTriggered: false, outputInfo: {} };
    };
    const guardrail = lib.defineOutputGuardrail({ name: "g", execute });
    const agent = new lib.Agent({ name: "A" });
    const context = new lib.RunContext({});
    const { agent: judged, ...told } = await guardrail.run({ agent, agentOutput: "Hi.", context });
    kit.print(guardrail.name, guardrail.type, guardrail.guardrailFunction === execute);
    kit.print(judged === agent, told);
  });

  parity("setDefaultModelProvider", async (lib, kit) => {
    lib.setDefaultModelProvider({
      getModel(name) {
        kit.print("model", name);
        return kit.model([message("Hi.")]);
      },
    });
    await lib.run(new lib.Agent({ name: "A", model: "m" }), "Go.");
    lib.setDefaultModelProvider({
      getModel: () => {
        throw new Error("There is none");
      },
    });
  });

  parity("toolErrorFormatter and what its runContext has", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "A",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", rome, "c1")], [message("Hi.")]),
    });
    const options = {
      context: { user: "Ada" },
      toolErrorFormatter: ({ runContext }: { runContext: { context: unknown } }) => {
        kit.print(runContext.context);
        return "No.";
      },
    };
    const { state } = await lib.run(agent, "Go.", options);
    for (const item of state.getInterruptions()) state.reject(item);
    await lib.run(agent, state, options);
  });

  parity("toolInput of the context of an agent used as a tool", async (lib, kit) => {
    const inner = new lib.Agent({
      name: "Inner",
      instructions: ({ toolInput }) => JSON.stringify(toolInput),
      model: kit.model([message("Hi.")]),
    });
    const parameters = z.object({ city: z.string() });
    const tool = inner.asTool({ toolName: "ask", toolDescription: "", parameters });
    const model = kit.model([call("ask", rome, "o1")], [message("Done.")]);
    await lib.run(new lib.Agent({ name: "A", tools: [tool], model }), "Go.");
  });

  parity(
    "toolExecution, toolNotFoundBehavior, errorHandlers and their default, of runner and run",
    async (lib, kit) => {
      const options = {
        toolExecution: { maxFunctionToolConcurrency: 1 },
        toolNotFoundBehavior: "return_error_to_model" as const,
        errorHandlers: { default: () => ({ finalOutput: "Late." }) },
      };
      for (const [ofRunner, ofRun] of [
        [{}, options],
        [
          {
            toolExecution: options.toolExecution,
            toolNotFoundBehavior: options.toolNotFoundBehavior,
          },
          { errorHandlers: options.errorHandlers },
        ],
      ]) {
        const slow = lib.tool({
          name: "slow",
          description: "",
          parameters: z.object({}),
          execute: async () => {
            kit.print("begins");
            for (let tick = 0; tick < 100; tick += 1) await Promise.resolve();
            kit.print("ends");
            return "";
          },
        });
        const calls = [call("slow", {}, "c1"), call("unknown", {}, "c2"), call("slow", {}, "c3")];
        const agent = new lib.Agent({ name: "A", tools: [slow], model: kit.model(calls) });
        const runner = new lib.Runner(ofRunner);
        const result = await runner.run(agent, "Go.", { ...ofRun, maxTurns: 1 });
        // One at a time; the unknown tool ends no run; the handler of no kind of its own is asked.
        kit.print(result.newItems.length, result.finalOutput);
      }
    },
    { prints: [...oneAtATime, ...oneAtATime] },
  );
});

describe("items keep what they have", () => {
  parity("are kept as they were given", async (lib, kit) => {
    const items: Record<string, AgentInputItem[]> = {
      "role, content, id, type and providerData of messages": [
        { type: "message", role: "system", content: "Be brief.", id: "m1", providerData: { a: 1 } },
        { role: "user", content: "Hi.", id: "m2", type: "message", providerData: { b: 2 } },
        {
          role: "user",
          content: [{ type: "input_text", text: "Look.", providerData: { c: 3 } }],
        },
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "Wait." }],
          phase: "commentary",
        },
      ],
      "namespace and caller of calls": [
        {
          type: "function_call",
          callId: "c0",
          name: "search",
          arguments: "{}",
          namespace: "web",
          caller: { type: "direct" },
        },
        {
          type: "function_call_result",
          callId: "c0",
          name: "search",
          status: "completed",
          output: [
            { type: "input_text", text: "found", providerData: { d: 4 } },
            { type: "input_image", image: "https://example.com/a.png", providerData: { e: 5 } },
          ],
          namespace: "web",
          caller: { type: "direct" },
        },
      ],
      "content, rawContent and providerData of reasoning": [
        {
          type: "reasoning",
          id: "rs_0",
          content: [{ type: "input_text", text: "Hm." }],
          rawContent: [{ type: "reasoning_text", text: "Hmmm." }],
          providerData: { encrypted_content: "abc" },
        },
      ],
      "output of hosted calls": [
        { type: "hosted_tool_call", id: "ws_0", name: "web_search_call", output: "a page" },
      ],
    };
    for (const given of Object.values(items)) {
      const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
      kit.report(await lib.run(agent, [...given, lib.user("Go.")]));
    }
  });

  parity("phase of an answer, and namespace of a call", async (lib, kit) => {
    const output: AgentOutputItem[] = [
      { ...message("Wait."), phase: "commentary" },
      { ...call("search", { query: "a" }, "c1") },
    ];
    const agent = new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      model: kit.model(output, [{ ...message("Done."), phase: "final_answer" }]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("providerData of text and image that a tool gives", async (lib, kit) => {
    for (const output of [
      { type: "text", text: "a", providerData: { a: 1 } },
      { type: "image", image: "https://example.com/a.png", providerData: { b: 2 } },
    ]) {
      const look = lib.tool({
        name: "look",
        description: "",
        parameters: z.object({}),
        execute: () => output,
      });
      const model = kit.model([call("look", {}, "c1")], [message("Hi.")]);
      kit.report(await lib.run(new lib.Agent({ name: "A", tools: [look], model }), "Go."));
    }
  });

  parity(
    "requestId and providerData of a response, and signal and tracing of a request",
    async (lib, kit) => {
      const model = {
        getResponse: async (request: { signal?: AbortSignal; tracing: unknown }) => {
          kit.print("signal" in request, request.tracing);
          return {
            usage: new lib.Usage(),
            output: [message("Hi.")],
            responseId: "r1",
            requestId: "q1",
            providerData: { a: 1 },
          };
        },
        getStreamedResponse: () => {
          throw new Error("Not asked for");
        },
      };
      const runner = new lib.Runner({ tracingDisabled: true, workflowName: "w" });
      const { rawResponses } = await runner.run(new lib.Agent({ name: "A", model }), "Go.");
      kit.print(rawResponses.map(({ requestId, providerData }) => [requestId, providerData]));
      kit.print(runner.config.tracingDisabled, runner.config.workflowName);
    },
  );
});

describe("what passes through", () => {
  parity("events and items of unknown kinds pass with id and providerData", async (lib, kit) => {
    const novel = { type: "unknown", id: "u_1", providerData: { type: "novel" } } as const;
    const usage = { requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    const response = { id: "r1", usage, output: [message("Hi.")] };
    const model = {
      getResponse: () => Promise.reject(new Error("Not asked for")),
      async *getStreamedResponse() {
        yield { type: "response_started" as const, providerData: { a: 1 } };
        yield { type: "model" as const, event: { type: "novel" }, providerData: { b: 2 } };
        yield { type: "response_done" as const, response, providerData: { c: 3 } };
      },
    };
    const agent = new lib.Agent({ name: "A", model });
    const stream = await lib.run(agent, [novel, lib.user("Go.")], { stream: true });
    for await (const event of stream) {
      if (event.type === "raw_model_stream_event")
        kit.print(event.data.type, event.data.providerData);
    }
    kit.report(stream);
  });

  parity("toJSON of a state gives what fromString takes as text", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "A",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", rome, "c1")]),
    });
    const { state } = await lib.run(agent, "Go.");
    const loaded = await lib.RunState.fromString(agent, JSON.stringify(state.toJSON()));
    kit.print(loaded.getInterruptions().map(({ name }) => name));
  });
});

interface Failing {
  agent: Agent;
  options?: Parameters<Library["run"]>[2];
}

const trips = async () => ({ tripwireTriggered: true, outputInfo: {} });
const away = () => Promise.reject(new Error("away"));

/** Programs that fail, by the class of their error. */
const failures: Record<string, (lib: Library, kit: Kit) => Failing> = {
  ModelBehaviorError: (lib, kit) => ({
    agent: new lib.Agent({ name: "A", model: kit.model([call("unknown", {}, "c1")]) }),
  }),
  ModelRefusalError: (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      model: kit.model([{ ...message(""), content: [{ type: "refusal", refusal: "No." }] }]),
    }),
  }),
  UserError: (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      outputType: z.object({ answer: z.string() }),
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")]),
    }) as unknown as Agent,
    options: { maxTurns: 1, errorHandlers: { maxTurns: () => ({ finalOutput: "no answer" }) } },
  }),
  GuardrailExecutionError: (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      inputGuardrails: [{ name: "g", runInParallel: false, execute: away }],
      model: kit.model([message("Hi.")]),
    }),
  }),
  InputGuardrailTripwireTriggered: (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      inputGuardrails: [{ name: "g", execute: trips }],
      model: kit.model([message("Hi.")]),
    }),
  }),
  OutputGuardrailTripwireTriggered: (lib, kit) => ({
    agent: new lib.Agent({
      name: "A",
      outputGuardrails: [{ name: "g", execute: trips }],
      model: kit.model([message("Hi.")]),
    }),
  }),
  ToolInputGuardrailTripwireTriggered: (lib, kit) => guarded(lib, kit, "inputGuardrails"),
  ToolOutputGuardrailTripwireTriggered: (lib, kit) => guarded(lib, kit, "outputGuardrails"),
};

function guarded(lib: Library, kit: Kit, where: "inputGuardrails" | "outputGuardrails"): Failing {
  const run = async () => lib.ToolGuardrailFunctionOutputFactory.throwException({ why: "no" });
  const define =
    where === "inputGuardrails" ? lib.defineToolInputGuardrail : lib.defineToolOutputGuardrail;
  const options = { [where]: [define({ name: "g", run })], needsApproval: false };
  return {
    agent: new lib.Agent({
      name: "A",
      tools: [temperature(lib, kit, options)],
      model: kit.model([call("get_temperature", rome, "c1")], [message("Hi.")]),
    }),
  };
}

describe("errors", () => {
  for (const [name, makeFailing] of Object.entries(failures)) {
    parity(
      `have their class and their state: ${name}`,
      async (lib, kit) => {
        const { agent, options } = makeFailing(lib, kit);
        const error = await kit.failure(() => lib.run(agent, "Go.", options));
        const classes = lib as unknown as Record<string, new () => Error>;
        kit.print(error instanceof (classes[name] ?? Map), error instanceof lib.AgentsError);
        // The original's has none after some failures; here it is always there.
        kit.print(error.state?.getInterruptions().length ?? 0);
        if (lib === ours && error.state === undefined) throw new Error("It has no state");
      },
      name === "UserError" ? { differs: ["errors_say_what_to_do"] } : {},
    );
  }
});

describe("a tool that takes too long", () => {
  parity("ends a run with a ToolTimeoutError, where it shall", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "",
      parameters: z.object({}),
      timeoutMs: 1,
      timeoutBehavior: "raise_exception",
      execute: () => new Promise(() => undefined),
    });
    const model = kit.model([call("slow", {}, "c1")]);
    const agent = new lib.Agent({ name: "A", tools: [slow], model });
    const error = await kit.failure(() => lib.run(agent, "Go."));
    kit.print(error instanceof lib.ToolTimeoutError);
  });
});

describe("what guardrails of tools answer", () => {
  parity("has a behavior and an outputInfo", async (lib, kit) => {
    const { allow, rejectContent, throwException } = lib.ToolGuardrailFunctionOutputFactory;
    for (const { behavior, outputInfo } of [
      allow({ a: 1 }),
      rejectContent("No.", { b: 2 }),
      throwException({ c: 3 }),
    ]) {
      kit.print(behavior, outputInfo);
    }
  });
});

describe("the parts of an agent", () => {
  parity("answer whoever asks them", async (lib, kit) => {
    const output = z.object({ answer: z.string() });
    const other = new lib.Agent({ name: "Other" });
    const agent = new lib.Agent({
      name: "A",
      instructions: (_context, { name }) => `You are ${name}.`,
      tools: [search(lib, kit)],
      handoffs: [other, lib.handoff(new lib.Agent({ name: "Hidden" }), { isEnabled: false })],
      outputType: output,
    });
    const context = new lib.RunContext({});
    kit.print(JSON.stringify(agent), agent.toJSON());
    kit.print(await agent.getSystemPrompt(context));
    kit.print((await agent.getAllTools(context)).map(({ name }) => name));
    kit.print(await agent.getMcpTools(context));
    for (const { toolName, inputJsonSchema, strictJsonSchema } of await agent.getEnabledHandoffs(
      context,
    )) {
      kit.print(toolName, JSON.stringify(inputJsonSchema), strictJsonSchema);
    }
    kit.print(agent.processFinalOutput('{"answer":"42"}'), other.processFinalOutput("42"));
  });

  parity(
    "tell the model the inputJsonSchema and strictJsonSchema of a handoff",
    async (lib, kit) => {
      const inputType = z.object({ reason: z.string() });
      const other = new lib.Agent({ name: "Other", model: kit.model([message("Hi.")]) });
      const to = lib.handoff(other, {
        inputType,
        onHandoff: (_context, input) => kit.print(input),
      });
      to.strictJsonSchema = false;
      const model = kit.model([call("transfer_to_Other", { reason: "why not" }, "h1")]);
      const agent = new lib.Agent({ name: "A", handoffs: [to], model });
      kit.report(await lib.run(agent, "Go."));
    },
  );
});

const events = [
  "agent_start",
  "agent_end",
  "agent_handoff",
  "agent_tool_start",
  "agent_tool_end",
] as const;

describe("hooks by name", () => {
  parity(
    "are told of agent_start, agent_end, agent_handoff, agent_tool_start, agent_tool_end",
    async (lib, kit) => {
      const other = new lib.Agent({ name: "Other", model: kit.model([message("Hi.")]) });
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        handoffs: [other],
        model: kit.model(
          [call("search", { query: "a" }, "c1")],
          [call("transfer_to_Other", {}, "h1")],
        ),
      });
      const runner = new lib.Runner();
      kit.hooks("agent", agent);
      kit.hooks("other", other);
      kit.hooks("runner", runner);
      await runner.run(agent, "Go.");
    },
  );

  parity("of agents and runners take on, once and off, and what emit tells", async (lib, kit) => {
    for (const emitter of [new lib.Agent({ name: "A" }), new lib.Runner()]) {
      const told: string[] = [];
      for (const event of events) {
        const always = () => void told.push(`${event} always`);
        const never = () => void told.push(`${event} never`);
        emitter.on(event, always).on(event, never).off(event, never);
        emitter.once(event, () => void told.push(`${event} once`));
        const emit = emitter.emit.bind(emitter) as (name: string) => boolean;
        kit.print(emit(event), emit(event));
        emitter.off(event, always);
        kit.print(emit(event));
      }
      kit.print(told.join());
    }
  });
});

describe("usage", () => {
  parity("adds outputTokensDetails, endpoint and requestUsageEntries", async (lib, kit) => {
    const usage = new lib.Usage({
      inputTokens: 1,
      outputTokens: 2,
      outputTokensDetails: { reasoning_tokens: 1 },
      requestUsageEntries: [
        {
          inputTokens: 1,
          outputTokens: 2,
          totalTokens: 3,
          outputTokensDetails: { reasoning_tokens: 1 },
          endpoint: "responses.create",
        },
      ],
    });
    usage.add(new lib.Usage({ total_tokens: 9, outputTokensDetails: [{ reasoning_tokens: 5 }] }));
    kit.print(JSON.stringify(usage), usage.outputTokensDetails);
  });
});
