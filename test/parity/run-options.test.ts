import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { RunContext, ToolUseBehavior } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

interface Basket {
  items: string[];
  owner?: string;
}

describe("run options", () => {
  parity("lets tools, policies and instructions share and change a context", async (lib, kit) => {
    const add = lib.tool({
      name: "add",
      description: "Adds to the basket.",
      parameters: z.object({ item: z.string() }),
      needsApproval: async (context: RunContext, { item }) => {
        const basket = context.context as Basket;
        return item === "wine" && basket.items.length > 0;
      },
      execute: ({ item }, context) => {
        const basket = context?.context as Basket;
        basket.items.push(item);
        return `${basket.items.length} items`;
      },
    });
    const agent = new lib.Agent({
      name: "Shop",
      instructions: ({ context }: RunContext) =>
        `In the basket: ${(context as Basket).items.join()}`,
      tools: [add],
      model: kit.model(
        [call("add", { item: "bread" }, "c1")],
        [call("add", { item: "wine" }, "c2")],
        [message("Done.")],
      ),
    });
    const context: Basket = { items: [] };
    let result = await lib.run(agent, "Shop.", { context });
    kit.print(context);
    const state = await lib.RunState.fromString(agent, result.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("takes a RunContext for a context", async (lib, kit) => {
    const context = new lib.RunContext<Basket>({ owner: "Ann", items: [] });
    const agent = new lib.Agent({
      name: "Shop",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Done.")]),
    });
    const result = await lib.run(agent, "Shop.", { context });
    kit.print(context.usage.requests, result.runContext === context);
    kit.report(result);
  });

  parity("filters what the model is sent", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: "Be brief.",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    const runner = new lib.Runner({
      callModelInputFilter: ({ modelData, agent: of, context }) => {
        kit.print("filter", of.name, modelData.input.length, modelData.instructions, context);
        return {
          instructions: `${modelData.instructions ?? ""} Really.`,
          input: [lib.system("Filtered."), ...modelData.input],
        };
      },
    });
    let result = await runner.run(agent, "Temp?", { context: { a: 1 } });
    result.state.approve(interruptionOf(result, "c1"));
    result = await runner.run(agent, result.state);
    kit.report(result);
  });

  parity("keeps the instructions where a filter says none", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: "Be brief.",
      model: kit.model([message("Done.")]),
    });
    const input = [lib.user("Go."), lib.user("Now.")];
    const result = await lib.run(agent, input, {
      callModelInputFilter: ({ modelData }) => ({ input: modelData.input.slice(0, 1) }),
    });
    kit.report(result);
  });

  parity("filters with a function of the run before that of the runner", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Done.")]) });
    const runner = new lib.Runner({
      callModelInputFilter: () => ({ input: [lib.user("the runner's")] }),
    });
    const result = await runner.run(agent, "Go.", {
      callModelInputFilter: async () => ({ input: [lib.user("the run's")] }),
    });
    kit.report(result);
  });

  parity("fails where a filter throws", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Done.")]) });
    await kit.failure(() =>
      lib.run(agent, "Go.", {
        callModelInputFilter: () => {
          throw new TypeError("boom");
        },
      }),
    );
  });

  parity("words rejections with a function, where they have no text", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Rome" }, "c1"),
          call("get_temperature", { city: "Bonn" }, "c2"),
          call("get_temperature", { city: "Oslo" }, "c3"),
        ],
        [message("Done.")],
      ),
    });
    const runner = new lib.Runner({
      toolErrorFormatter: ({ kind, toolType, toolName, callId, defaultMessage, runContext }) => {
        kit.print(kind, toolType, toolName, callId, defaultMessage, runContext.context);
        return callId === "c2" ? undefined : `No: ${callId}`;
      },
    });
    let result = await runner.run(agent, "Temp?", { context: { a: 1 } });
    result.state.reject(interruptionOf(result, "c1"));
    result.state.reject(interruptionOf(result, "c2"));
    result.state.reject(interruptionOf(result, "c3"), { message: "a text of its own" });
    result = await runner.run(agent, result.state);
    kit.report(result);
  });

  parity("words unknown tools with a function", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("lost", {}, "c1")], [message("Done.")]),
    });
    const result = await lib.run(agent, "Go.", {
      toolNotFoundBehavior: "return_error_to_model",
      toolErrorFormatter: async ({ kind, toolName, defaultMessage }) => {
        kit.print(kind, toolName, defaultMessage);
        return "There is no such tool.";
      },
    });
    kit.report(result);
  });

  parity("adds input while it waits", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.addInput("And be quick.");
    result.state.addInput([lib.user("Please.")]);
    kit.print(result.state.pendingInput.length);
    result.state.approve(interruptionOf(result, "c1"));
    kit.report(result);
    result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    kit.report(result);
  });

  parity("keeps added input until the model is asked", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      inputGuardrails: [
        {
          name: "input",
          execute: async ({ input }) => {
            kit.print("guardrail", JSON.stringify(input));
            return { tripwireTriggered: false, outputInfo: {} };
          },
        },
      ],
      model: kit.model(
        [
          call("get_temperature", { city: "Rome" }, "c1"),
          call("get_temperature", { city: "Oslo" }, "c2"),
        ],
        [call("get_temperature", { city: "Bonn" }, "c3")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.addInput("One.");
    for (const callId of ["c1", "c2"]) {
      result.state.approve(interruptionOf(result, callId));
      result = await lib.run(agent, result.state);
      kit.print(result.state.pendingInput);
    }
    result.state.addInput("Two.");
    result.state.approve(interruptionOf(result, "c3"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("adds input to a stream while it waits", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let stream = await lib.run(agent, "Temp?", { stream: true });
    await stream.completed;
    stream.state.addInput("And be quick.");
    stream.state.approve(interruptionOf(stream, "c1"));
    stream = await lib.run(agent, stream.state, { stream: true });
    await kit.watch(stream);
  });

  parity("refuses input that no model may see", async (lib, kit) => {
    for (const toolUseBehavior of [
      "stop_on_first_tool",
      { stopAtToolNames: ["get_temperature"] },
      { stopAtToolNames: ["another"] },
      () => ({ isFinalOutput: false, isInterrupted: undefined }),
    ] satisfies ToolUseBehavior[]) {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        toolUseBehavior,
        model: kit.model([call("get_temperature", { city: "Rome" }, "c1")]),
      });
      const { state } = await lib.run(agent, "Temp?");
      const add = async (): Promise<void> => state.addInput("Be quick.");
      if (typeof toolUseBehavior === "object" && toolUseBehavior.stopAtToolNames[0] === "another") {
        await add();
      } else {
        await kit.failure(add);
      }
    }
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Done.")]) });
    const { state } = await lib.run(agent, "Temp?");
    await kit.failure(async () => state.addInput("Be quick."));
  });

  parity("takes added input back", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.addInput("Never mind.");
    result.state.clearPendingInput();
    kit.print(result.state.pendingInput);
    result.state.addInput("Be quick.");
    kit.print(result.state.pendingInput);
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("adds up usage by request, with details", async (lib, kit) => {
    const usage = new lib.Usage();
    usage.add(
      new lib.Usage({
        requests: 1,
        inputTokens: 5,
        outputTokens: 2,
        totalTokens: 7,
        inputTokensDetails: { cached_tokens: 3 },
      }),
    );
    usage.add(new lib.Usage({ requests: 1, inputTokens: 1, outputTokens: 1, totalTokens: 2 }));
    kit.print(JSON.stringify(usage));
  });
});
