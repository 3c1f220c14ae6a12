import { describe, expect, it } from "vitest";
import { z } from "zod";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type { AgentOutputItem, Model, Runner, Tool } from "../../src/index.ts";
import { createKit, type Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search } from "./pieces.ts";

/** A provider whose models say by which name they were asked for. */
function provider(kit: Kit, makeModel: () => Model = () => kit.model([message("Hi.")])) {
  return {
    getModel(name?: string): Model {
      kit.print("model", name === "" ? undefined : name);
      return makeModel();
    },
  };
}

const names = [
  "gpt-5",
  "gpt-5-2026-01-02",
  "gpt-5-mini",
  "gpt-5.1",
  "gpt-5.1-chat-latest",
  "gpt-5.2",
  "gpt-5.2-pro",
  "gpt-5.2-codex",
  "gpt-5.3-codex",
  "gpt-5.3-chat-latest",
  "gpt-5.4-nano",
  "gpt-5.4-pro-2026-01-02",
  "gpt-5.5",
  "gpt-5.6",
  "gpt-5.6-terra",
  "gpt-6-astra",
  "gpt-6",
  "gpt-50",
  "gpt-4.1",
  "o3",
  "llama-5",
];

describe("settings that go with a model's name", () => {
  parity("are sent for models of these names", async (lib, kit) => {
    const runner = new lib.Runner({ modelProvider: provider(kit) });
    for (const model of names) await runner.run(new lib.Agent({ name: "A", model }), "Hi.");
  });

  parity("are sent for the default model", async (lib, kit) => {
    const runner = new lib.Runner({ modelProvider: provider(kit) });
    await runner.run(new lib.Agent({ name: "A" }), "Hi.");
    await runner.run(new lib.Agent({ name: "A" }).clone({ name: "B" }), "Hi.");
  });

  parity("are those of the name in OPENAI_DEFAULT_MODEL", async (lib, kit) => {
    const before = process.env["OPENAI_DEFAULT_MODEL"];
    try {
      for (const name of ["GPT-5.4-Pro", "gpt-4.1"]) {
        process.env["OPENAI_DEFAULT_MODEL"] = name;
        const runner = new lib.Runner({ modelProvider: provider(kit) });
        await runner.run(new lib.Agent({ name: "A" }), "Hi.");
      }
    } finally {
      if (before === undefined) delete process.env["OPENAI_DEFAULT_MODEL"];
      else process.env["OPENAI_DEFAULT_MODEL"] = before;
    }
  });

  parity("lie beneath those of the runner, and not beneath an agent's own", async (lib, kit) => {
    const modelSettings = { text: { verbosity: "high" as const }, reasoning: { summary: "auto" } };
    for (const given of [{}, { modelSettings: { temperature: 1 } }]) {
      const runner = new lib.Runner({
        modelProvider: provider(kit),
        model: "gpt-5",
        modelSettings,
      });
      await runner.run(new lib.Agent({ name: "A", ...given }), "Hi.");
    }
  });
});

const place = z.object({
  city: z.string().describe("Where"),
  days: z.number().optional().describe("How long"),
  unit: z.enum(["C", "F"]).nullable(),
});
const plainPlace = z.object({ city: z.string(), tags: z.array(z.string()) });
const values = { city: "Rome", days: 2, unit: "C" };

async function askInside(lib: Library, kit: Kit, options: object, input: unknown): Promise<void> {
  const inner = new lib.Agent({ name: "Inner", model: kit.model([message("Warm.")]) });
  const agent = new lib.Agent({
    name: "Desk",
    tools: [inner.asTool({ toolName: "ask", toolDescription: "Asks.", ...options })],
    model: kit.model([call("ask", input, "o1")], [message("Done.")]),
  });
  kit.report(await lib.run(agent, "Temp?"));
}

describe("structured input of agents used as tools", () => {
  const cases: [name: string, options: object, input: unknown][] = [
    ["is told with a summary of what is described", { parameters: place }, values],
    ["is told with its schema", { parameters: place, includeInputSchema: true }, values],
    [
      "is JSON where nothing is described",
      { parameters: plainPlace },
      { city: "Rome", tags: ["a"] },
    ],
    [
      "is told with its schema where nothing is described",
      { parameters: plainPlace, includeInputSchema: true },
      { city: "Rome", tags: [] },
    ],
    [
      "is the text of a lone input",
      { parameters: z.object({ input: z.string() }) },
      { input: "a" },
    ],
    ["needs parameters for a schema", { includeInputSchema: true }, { input: "a" }],
    [
      "may be a JSON Schema",
      {
        parameters: {
          type: "object",
          description: "A place.",
          properties: { city: { type: "string" }, level: { type: ["integer", "null"] } },
          required: ["city", "level"],
          additionalProperties: false,
        },
      },
      { city: "Rome", level: null },
    ],
  ];
  for (const [name, options, input] of cases) {
    parity(name, (lib, kit) => askInside(lib, kit, options, input));
  }

  parity("is what a builder makes of it", async (lib, kit) => {
    const inputBuilder = ({ params, summary, jsonSchema }: Record<string, unknown>) => {
      kit.print(params, summary, JSON.stringify(jsonSchema));
      return [lib.user("From the builder.")];
    };
    await askInside(lib, kit, { parameters: place, inputBuilder }, values);
    await askInside(
      lib,
      kit,
      { parameters: place, inputBuilder, includeInputSchema: true },
      values,
    );
  });
});

describe("who watches an agent used as a tool", () => {
  for (const way of ["onStream", "on"] as const) {
    parity(`is told all events of a run that is not streamed, by ${way}`, async (lib, kit) => {
      const events: string[] = [];
      const watcher = ({
        event,
        agent,
        toolCall,
      }: {
        event: { type: string; name?: string };
        agent: { name: string };
        toolCall?: { callId: string };
      }) => {
        events.push(`${event.type} ${event.name ?? ""} ${agent.name} ${toolCall?.callId ?? ""}`);
      };
      const inner = new lib.Agent({
        name: "Inner",
        tools: [search(lib, kit)],
        model: kit.model([call("search", { query: "a" }, "i1")], [message("Found.")]),
      });
      const tool = inner.asTool({
        toolName: "ask",
        toolDescription: "Asks.",
        ...(way === "onStream" ? { onStream: watcher } : {}),
      });
      if (way === "on") tool.on("*", watcher).on("run_item_stream_event", watcher);
      const agent = new lib.Agent({
        name: "Desk",
        tools: [tool],
        model: kit.model([call("ask", { input: "a" }, "o1")], [message("Done.")]),
      });
      kit.report(await lib.run(agent, "Find."));
      kit.print(events.join("\n"));
    });
  }
});

describe("error handlers", () => {
  const outputType = z.object({ answer: z.string() });
  for (const finalOutput of [{ answer: "late" }, { answer: 7 }, "late"]) {
    const fits = typeof finalOutput === "object" && finalOutput.answer === "late";
    parity(
      `must fit the output type: ${JSON.stringify(finalOutput)}`,
      async (lib, kit) => {
        const agent = new lib.Agent({
          name: "Clerk",
          outputType,
          tools: [search(lib, kit)],
          model: kit.model([call("search", { query: "a" }, "c1")]),
        });
        const errorHandlers = { maxTurns: () => ({ finalOutput }) };
        const go = () => lib.run(agent, "Find.", { maxTurns: 1, errorHandlers });
        if (fits) kit.print((await go()).finalOutput);
        else kit.print((await kit.failure(go)) instanceof lib.UserError);
      },
      fits ? {} : { differs: ["errors_say_what_to_do"] },
    );
  }
});

describe("small things", () => {
  parity("usage in the API's spelling", async (lib, kit) => {
    const wire = {
      requests: 2,
      input_tokens: 3,
      output_tokens: 4,
      input_tokens_details: { cached_tokens: 1 },
      output_tokens_details: [{ reasoning_tokens: 2 }],
      request_usage_entries: [{ input_tokens: 3, output_tokens: 4 }],
    };
    kit.print(JSON.stringify(new lib.Usage(wire)), JSON.stringify(lib.Usage.fromJSON(wire)));
    kit.print(JSON.stringify(new lib.Usage({ inputTokens: 1 })), JSON.stringify(new lib.Usage()));
  });

  parity("messages with data for the provider", async (lib, kit) => {
    const more = { cache: true };
    kit.print(JSON.stringify(lib.user("a", more)), JSON.stringify(lib.system("b", more)));
    const { providerData } = lib.assistant("c", more);
    kit.print(providerData);
    const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
    await lib.run(agent, [lib.user("a", more)]);
  });

  parity("lists that are filled after the agent was made", async (lib, kit) => {
    const tools: Tool[] = [];
    const agent = new lib.Agent({
      name: "A",
      tools,
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")], [message("Ho.")]),
    });
    const clone = agent.clone({ name: "B" });
    tools.push(search(lib, kit));
    kit.report(await lib.run(agent, "Hi."));
    await lib.run(clone, "Hi.");
  });

  parity("a tool choice that a hook sets", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      modelSettings: { toolChoice: "required" },
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
    });
    agent.on("agent_tool_end", () => {
      agent.modelSettings.toolChoice = "none";
    });
    await lib.run(agent, "Hi.");
  });

  for (const reasoningItemIdPolicy of ["omit", "preserve"] as const) {
    parity(`reasoning items: ${reasoningItemIdPolicy} their ids`, async (lib, kit) => {
      const thought = {
        type: "reasoning" as const,
        id: "rs_1",
        content: [{ type: "input_text" as const, text: "Hm." }],
      };
      const agent = new lib.Agent({
        name: "A",
        tools: [search(lib, kit)],
        model: kit.model([thought, call("search", { query: "a" }, "c1")], [message("Hi.")]),
      });
      await lib.run(agent, "Hi.", { reasoningItemIdPolicy });
    });
  }
});

describe("two tools of one name", () => {
  type Policy = "error" | "warn" | undefined;
  const said = 'Cannot run agent "A": two of its tools are named "search"';

  /** The class of the error on both, and its text on ours. */
  async function twins(lib: Library, kit: Kit, [ofRunner, ofRun]: Policy[]): Promise<void> {
    const tools = [search(lib, kit), search(lib, kit)];
    const agent = new lib.Agent({ name: "A", tools, model: kit.model([message("Hi.")]) });
    const runner = new lib.Runner({ toolNameCollisionPolicy: ofRunner });
    const error = await kit.failure(() =>
      runner.run(agent, "Hi.", { toolNameCollisionPolicy: ofRun }),
    );
    kit.print(error instanceof lib.UserError);
    if (lib === ours) expect(error.message).toContain(said);
  }

  parity(
    "end a run where toolNameCollisionPolicy of run or runner is error",
    async (lib, kit) => {
      for (const policies of [
        [undefined, "error"],
        ["error", undefined],
        ["warn", "error"],
      ] satisfies Policy[][]) {
        await twins(lib, kit, policies);
      }
    },
    { differs: ["errors_say_what_to_do"], prints: ["true", "true", "true"] },
  );

  it("end it here whatever toolNameCollisionPolicy says", async () => {
    const { kit, transcript } = createKit();
    await twins(ours, kit, [undefined, "warn"]);
    expect(transcript.at(-1)).toBe("true");
  });
});

type Attempt = [name: string, attempt: () => unknown, expected: string];

const make = (config: object) => (): unknown => new ours.Runner(config);
const declare = (options: object) => (): unknown => new ours.Agent({ name: "A", ...options });
const declareTool = (options: object) => (): unknown =>
  ours.tool({
    name: "t",
    description: "",
    parameters: z.object({}),
    execute: () => "",
    ...options,
  });

describe("options that are not honoured", () => {
  it.each([
    ["mcpServers", declare({ mcpServers: [{}] }), "use mcpTools({ servers }) in toolProviders"],
    ["mcpConfig", declare({ mcpConfig: { convertSchemasToStrict: true } }), "use mcpTools(...)"],
    ["prompt", declare({ prompt: { promptId: "p" } }), "write the text in instructions"],
    [
      "handoffOutputTypeWarningEnabled",
      declare({ handoffOutputTypeWarningEnabled: true }),
      "Agent.create",
    ],
    [
      "allowedCallers",
      declareTool({ allowedCallers: ["programmatic"] }),
      "there is no programmatic tool",
    ],
    [
      "customDataExtractor",
      declareTool({ customDataExtractor: () => ({}) }),
      "outputs have no custom",
    ],
    ["deferLoading", declareTool({ deferLoading: true }), "there is no tool search"],
    [
      "outputSchema",
      declareTool({ outputSchema: z.object({}) }),
      "check the output inside execute",
    ],
    ["providerData", declareTool({ providerData: { a: 1 } }), "tools are sent by name"],
    ["workflowName", make({ workflowName: "w" }), "there is no tracing yet"],
    ["traceId", make({ traceId: "t" }), "there is no tracing yet"],
    ["groupId", make({ groupId: "g" }), "there is no tracing yet"],
    ["traceMetadata", make({ traceMetadata: {} }), "there is no tracing yet"],
    [
      "traceIncludeSensitiveData",
      make({ traceIncludeSensitiveData: true }),
      "there is no tracing yet",
    ],
    ["tracing", make({ tracing: { apiKey: "k" } }), "there is no tracing yet"],
    ["tracingDisabled", make({ tracingDisabled: false }), "there is no tracing yet"],
    ["sandbox", make({ sandbox: {} }), "there are no sandbox agents"],
    [
      "outputGuardrailBlockedMessage",
      make({ outputGuardrailBlockedMessage: "x" }),
      "catch the error",
    ],
  ] satisfies Attempt[])("are refused by name: %s", (name, attempt, expected) => {
    expect(attempt).toThrow(ours.UserError);
    expect(attempt).toThrow(`with ${name}: `);
    expect(attempt).toThrow(expected);
  });

  it.each(["tracing", "sandbox", "outputGuardrailBlockedMessage"])(
    "are refused for one run: %s",
    async (name) => {
      const options = { [name]: {} };
      const running = ours.run(new ours.Agent({ name: "A" }), "Hi.", options);
      await expect(running).rejects.toThrow(`Cannot run agent "A" with ${name}: `);
    },
  );

  it.each([
    ["mcpServers", { mcpServers: [{}] }],
    ["prompt", { prompt: { promptId: "p" } }],
  ])("are refused where they were set later: %s", async (name, own) => {
    const agent = Object.assign(new ours.Agent({ name: "A" }), own);
    await expect(ours.run(agent, "Hi.")).rejects.toThrow(`Cannot run agent "A" with ${name}: `);
  });

  it.each([["preserveRawUsage", { preserveRawUsage: true }]])(
    "are refused where a model would ask: modelSettings: %s",
    async (name, modelSettings) => {
      const agent = new ours.Agent({ name: "A", model: "m", modelSettings });
      const modelProvider = { getModel: () => ({}) as Model };
      const running = new ours.Runner({ modelProvider }).run(agent, "Hi.");
      await expect(running).rejects.toThrow(name);
    },
  );

  it("are refused in a session: runCompaction", async () => {
    const session = Object.assign(new ours.MemorySession(), { runCompaction: async () => null });
    const running = ours.run(new ours.Agent({ name: "A" }), "Hi.", { session });
    await expect(running).rejects.toThrow("with runCompaction: no conversation is compacted");
  });

  it("are refused with what a model has for them: supportsPromptModelSelection", async () => {
    const answer = (request: object): AgentOutputItem[] => {
      const { prompt, overridePromptModel } = request as Record<string, unknown>;
      return [message(`Hi, ${String(prompt)} and ${String(overridePromptModel)}.`)];
    };
    const model = Object.assign(createScriptedModel([answer]), {
      // Asked of a model with a prompt; then request.prompt and request.overridePromptModel are set.
      supportsPromptModelSelection: true,
    });
    const { finalOutput } = await ours.run(new ours.Agent({ name: "A", model }), "Go.");
    expect(finalOutput).toBe("Hi, undefined and undefined.");
    expect(declare({ model, prompt: { promptId: "p" } })).toThrow("with prompt: ");
  });

  it.each(["reasoningItemIdPolicy", "toolNameCollisionPolicy"])(
    "are refused: %s of no meaning",
    (name) => {
      expect(make({ [name]: "sometimes" })).toThrow(`${name} must be either`);
    },
  );

  it("are taken where they ask for nothing", () => {
    const silent = { tracingDisabled: true, workflowName: "w", traceId: "t", tracing: {} };
    const runner: Runner = new ours.Runner({
      ...silent,
      traceIncludeSensitiveData: true,
    } as object);
    expect(runner.config.workflowName).toBe("w");
    expect(make({ traceIncludeSensitiveData: false })).not.toThrow();
    expect(declare({ mcpServers: [], mcpConfig: {} })).not.toThrow();
    expect(declareTool({ deferLoading: false })).not.toThrow();
  });
});
