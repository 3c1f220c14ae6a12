import { describe } from "vitest";
import { z } from "zod";

import { call, message, reasoning } from "../../src/testing.ts";
import type { RunContext, ToolUseBehavior } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("agents", () => {
  parity("makes instructions with a function", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: async (runContext: RunContext, { name }) => {
        const { user } = runContext.context as { user: string };
        return `You are ${name}. Help ${user}.`;
      },
      model: kit.model([message("Hi.")]),
    });
    kit.report(await lib.run(agent, "Hi.", { context: { user: "Ann" } }));
  });

  parity("asks for a structured output with zod", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputType: z.object({ city: z.string(), degrees: z.number() }),
      tools: [temperature(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Rome" }, "c1")],
        [message('{"city":"Rome","degrees":20}')],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    kit.print(result.finalOutput?.degrees);
    kit.report(result);
  });

  parity("asks for a structured output with a JSON Schema", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputType: {
        type: "json_schema" as const,
        name: "reading",
        strict: true,
        schema: {
          type: "object" as const,
          properties: { degrees: { type: "number" } },
          required: ["degrees"],
          additionalProperties: false as const,
        },
      },
      model: kit.model([message('{"degrees":20}')]),
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("fails where the output does not fit", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputType: z.object({ degrees: z.number() }),
      model: kit.model([message('{"degrees":"warm"}')]),
    });
    const error = await kit.failure(() => lib.run(agent, "Temp?"));
    kit.print(error instanceof lib.ModelBehaviorError);
  });

  parity("fails where the model refuses", async (lib, kit) => {
    const refusal = { type: "refusal" as const, refusal: "I must not." };
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([
        { type: "message", role: "assistant", status: "completed", content: [refusal] },
      ]),
    });
    const error = await kit.failure(() => lib.run(agent, "Temp?"));
    if (error instanceof lib.ModelRefusalError) kit.print(error.refusal);
  });

  const behaviors: Record<string, ToolUseBehavior> = {
    "asks the model again": "run_llm_again",
    "ends with the first tool": "stop_on_first_tool",
    "ends with a tool that is named": { stopAtToolNames: ["get_temperature"] },
    "goes on where no tool is named": { stopAtToolNames: ["another"] },
    "ends where a function says so": (_context, results) => {
      const texts = results.map(({ tool, output }) => `${tool.name}: ${String(output)}`);
      return { isFinalOutput: true, isInterrupted: undefined, finalOutput: texts.join(", ") };
    },
    "goes on where a function says so": async () => ({
      isFinalOutput: false,
      isInterrupted: undefined,
    }),
  };
  for (const [name, toolUseBehavior] of Object.entries(behaviors)) {
    parity(`${name} after tools were used`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit), temperature(lib, kit, { needsApproval: false })],
        toolUseBehavior,
        model: kit.model(
          [call("search", { query: "a" }, "c1"), call("get_temperature", { city: "Rome" }, "c2")],
          [message("Done.")],
        ),
      });
      kit.report(await lib.run(agent, "Go."));
    });

    parity(`${name} after a pause`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        toolUseBehavior,
        model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
      });
      let result = await lib.run(agent, "Go.");
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state);
      kit.report(result);
    });
  }

  for (const resetToolChoice of [undefined, true, false]) {
    parity(`forces a tool, with resetToolChoice ${resetToolChoice}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        modelSettings: { toolChoice: "required", temperature: 0.5 },
        ...(resetToolChoice === undefined ? {} : { resetToolChoice }),
        model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
      });
      let result = await lib.run(agent, "Go.");
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state);
      kit.report(result);
    });
  }

  parity("merges the settings of the runner into those of the agent", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      modelSettings: {
        temperature: 0.2,
        topP: 0.9,
        reasoning: { effort: "low", summary: "auto" },
        providerData: { a: 1, nested: { x: 1 } },
        text: { verbosity: "low" },
      },
      model: kit.model([message("Done.")]),
    });
    const runner = new lib.Runner({
      modelSettings: {
        temperature: 0.7,
        maxTokens: 100,
        reasoning: { effort: "high" },
        providerData: { b: 2, nested: { y: 2 } },
        text: {},
      },
    });
    kit.report(await runner.run(agent, "Go."));
  });

  parity("takes the model of the agent before that of the runner", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("My own.")]) });
    const plain = new lib.Agent({ name: "Plain" });
    const named = new lib.Agent({ name: "Named", model: "some-model", modelSettings: {} });
    const unnamed = new lib.Agent({ name: "Unnamed", modelSettings: {} });
    const model = kit.model([message("The runner's.")]);
    const modelProvider = {
      getModel: (name?: string) => {
        kit.print("model", name === "" ? undefined : name);
        return kit.model([message("The provider's.")]);
      },
    };
    const runner = new lib.Runner({ model, modelProvider });
    kit.report(await runner.run(agent, "Go."));
    kit.report(await runner.run(plain, "Go."));
    kit.report(await runner.run(named, "Go."));
    kit.report(await new lib.Runner({ modelProvider }).run(unnamed, "Go."));
  });

  parity("clones an agent with changes", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: "Be brief.",
      tools: [search(lib, kit)],
      modelSettings: { temperature: 0.1 },
      model: kit.model([message("Done.")], [message("Done twice.")]),
    });
    const copy = agent.clone({ name: "Copy", instructions: "Be kind." });
    kit.report(await lib.run(copy, "Go."));
    kit.report(await lib.run(agent, "Go."));
    kit.print(copy.name, copy.tools.length, copy.modelSettings, agent.name);
  });

  parity("creates agents whose handoffs have outputs of their own", async (lib, kit) => {
    const weather = new lib.Agent({
      name: "Weather",
      outputType: z.object({ degrees: z.number() }),
      model: kit.model([message('{"degrees":20}')]),
    });
    const agent = lib.Agent.create({
      name: "Desk",
      handoffs: [weather],
      model: kit.model([call("transfer_to_Weather", {}, "h1")]),
    });
    const result = await lib.run(agent, "Temp?");
    kit.report(result);
  });

  parity("offers hosted tools as they are", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [
        search(lib, kit),
        { type: "hosted_tool", name: "web_search", providerData: { type: "web_search", x: 1 } },
        { type: "hosted_tool", name: "file_search", providerData: { type: "file_search" } },
        {
          type: "hosted_tool",
          name: "code_interpreter",
          providerData: { type: "code_interpreter" },
        },
      ],
      model: kit.model(
        [
          {
            type: "hosted_tool_call",
            id: "ws_1",
            name: "web_search_call",
            status: "completed",
            arguments: '{"query":"a"}',
            providerData: { action: { type: "search" } },
          },
          call("search", { query: "a" }, "c1"),
        ],
        [{ type: "hosted_tool_call", id: "ws_2", name: "web_search_call" }, message("Done.")],
      ),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("forces a tool until one was used, be it the provider's", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [lib.webSearchTool()],
      modelSettings: { toolChoice: "required" },
      model: kit.model(
        [reasoning("rs_1")],
        [{ type: "hosted_tool_call", id: "ws_1", name: "web_search_call" }],
        [message("Done.")],
      ),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("offers the hosted tools that the library makes", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [
        lib.webSearchTool(),
        lib.webSearchTool({
          searchContextSize: "high",
          userLocation: { type: "approximate", city: "Rome" },
        }),
        lib.fileSearchTool("vs_1", { maxNumResults: 3 }),
        lib.fileSearchTool(["vs_1", "vs_2"]),
        lib.codeInterpreterTool(),
        lib.imageGenerationTool({ size: "1024x1024" }),
      ],
      model: kit.model([message("Done.")]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("lets a compaction stand for all that was before it", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [
          message("Before."),
          { type: "compaction", id: "cmp_1", encrypted_content: "xyz" },
          call("search", { query: "a" }, "c1"),
        ],
        [message("Done.")],
      ),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("takes the last message of a response, and all its text", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([
        message("First."),
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [
            { type: "output_text", text: "Second, " },
            { type: "output_text", text: "and third." },
          ],
        },
      ]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("asks again where a response says nothing", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([], [{ ...message(""), content: [] }], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("takes the refusal of the last message only", async (lib, kit) => {
    const refusal = { type: "refusal" as const, refusal: "No." };
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([{ ...message(""), content: [refusal] }, message("Well, yes.")]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("asks again where a structured output is empty", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputType: z.object({ a: z.number() }),
      model: kit.model([message("")], [message('{"a":1}')]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("takes an empty message for an empty output", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("")]) });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("keeps defaults where nothing is given", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk" });
    const { instructions, handoffDescription, handoffs, tools } = agent;
    kit.print({ instructions, handoffDescription, handoffs, tools });
    const { inputGuardrails, outputGuardrails, outputType, toolUseBehavior } = agent;
    kit.print({ inputGuardrails, outputGuardrails, outputType, toolUseBehavior });
    kit.print(agent.resetToolChoice, agent.outputSchemaName, JSON.stringify(agent));
  });
});
