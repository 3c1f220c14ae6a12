import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { Agent, RunContext } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

/** An agent with a gated tool, to be used by others. */
function weatherAgent(lib: Library, kit: Kit, ...cities: string[]): Agent {
  const calls = cities.map((city, n) => [call("get_temperature", { city }, `i${n + 1}`)]);
  return new lib.Agent({
    name: "Weather",
    instructions: "Measure.",
    tools: [temperature(lib, kit)],
    model: kit.model(...calls, [message("It is 20C.")]),
  });
}

describe("agents as tools", () => {
  parity("runs an agent as a tool", async (lib, kit) => {
    const finder = new lib.Agent({
      name: "Finder of things",
      instructions: "Find.",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "i1")], [message("Here it is.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [finder.asTool({ toolDescription: "Finds things." })],
      model: kit.model([call("Finder_of_things", { input: "a thing" }, "o1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Find."));
  });

  parity("waits for a gated call inside", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." })],
      model: kit.model([call("ask_weather", { input: "Rome?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    for (const interruption of result.interruptions) result.state.approve(interruption);
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("waits twice inside, with a reload between", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome", "Bonn");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." })],
      model: kit.model([call("ask_weather", { input: "Where?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    for (let round = 0; result.interruptions.length > 0; round += 1) {
      const state = await lib.RunState.fromString(agent, result.state.toString());
      for (const interruption of state.getInterruptions()) {
        if (round === 0) state.reject(interruption, { message: "not Rome" });
        else state.approve(interruption);
      }
      result = await lib.run(agent, state);
      kit.report(result);
    }
  });

  parity("waits for the delegation, and then for the call inside", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        weather.asTool({
          toolName: "ask_weather",
          toolDescription: "Weather.",
          needsApproval: async (_context, { input }) => input.includes("Rome"),
        }),
      ],
      model: kit.model([call("ask_weather", { input: "Rome?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    while (result.interruptions.length > 0) {
      kit.report(result);
      for (const interruption of result.interruptions) result.state.approve(interruption);
      result = await lib.run(agent, result.state);
    }
    kit.report(result);
  });

  parity("rejects the delegation itself", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        weather.asTool({
          toolName: "ask_weather",
          toolDescription: "Weather.",
          needsApproval: true,
        }),
      ],
      model: kit.model([call("ask_weather", { input: "Rome?" }, "o1")], [message("No.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "o1"), { message: "do not ask" });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("waits three levels deep, over reloads", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const middle = new lib.Agent({
      name: "Middle",
      tools: [
        weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." }),
        temperature(lib, kit, { needsApproval: true }),
      ],
      model: kit.model(
        [call("ask_weather", { input: "Rome?" }, "m1")],
        [call("get_temperature", { city: "Oslo" }, "m2")],
        [message("Measured.")],
      ),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [middle.asTool({ toolName: "ask_middle", toolDescription: "Middle." })],
      model: kit.model([call("ask_middle", { input: "Where?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    while (result.interruptions.length > 0) {
      kit.report(result);
      for (const interruption of result.interruptions) result.state.approve(interruption);
      result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    }
    kit.report(result);
  });

  parity("waits in an agent that the inner run handed off to", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const middle = new lib.Agent({
      name: "Middle",
      handoffs: [weather],
      model: kit.model([call("transfer_to_Weather", {}, "h1")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [middle.asTool({ toolName: "ask_middle", toolDescription: "Middle." })],
      model: kit.model([call("ask_middle", { input: "Rome?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    const state = await lib.RunState.fromString(agent, result.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("streams over the pauses of a gated delegation, with reloads", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const ask = weather.asTool({
      toolName: "ask_weather",
      toolDescription: "Weather.",
      needsApproval: true,
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [ask],
      model: kit.model([call("ask_weather", { input: "Rome?" }, "o1")], [message("Warm.")]),
    });
    let stream = await lib.run(agent, "Temp?", { stream: true });
    await kit.watch(stream);
    while (stream.interruptions.length > 0) {
      const state = await lib.RunState.fromString(agent, stream.state.toString());
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      stream = await lib.run(agent, state, { stream: true });
      await kit.watch(stream);
    }
  });

  parity("keeps a decision for good from the agent inside", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        temperature(lib, kit),
        weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." }),
      ],
      model: kit.model(
        [call("get_temperature", { city: "Oslo" }, "o1")],
        [call("ask_weather", { input: "Rome?" }, "o2")],
        [message("Warm.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "o1"), { alwaysApprove: true });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("waits in two agents at once, and decides on one after the other", async (lib, kit) => {
    const first = new lib.Agent({
      name: "First",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "i1")], [message("Rome: 20C.")]),
    });
    const second = new lib.Agent({
      name: "Second",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Bonn" }, "i2")], [message("Bonn: 20C.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        first.asTool({ toolName: "ask_first", toolDescription: "First." }),
        second.asTool({ toolName: "ask_second", toolDescription: "Second." }),
        temperature(lib, kit),
      ],
      model: kit.model(
        [
          call("ask_first", { input: "Rome?" }, "o1"),
          call("get_temperature", { city: "Oslo" }, "o2"),
          call("ask_second", { input: "Bonn?" }, "o3"),
        ],
        [message("Warm.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    kit.print(result.interruptions.map(({ rawItem }) => rawItem.callId));
    result.state.approve(interruptionOf(result, "i1"));
    result = await lib.run(agent, result.state);
    kit.print(result.interruptions.map(({ rawItem }) => rawItem.callId));
    for (const interruption of result.interruptions) result.state.approve(interruption);
    result = await lib.run(agent, result.state);
    kit.print(result.interruptions.length, result.finalOutput, result.state.usage.requests);
  });

  parity("keeps a decision for good for the agent inside", async (lib, kit) => {
    const weather = weatherAgent(lib, kit, "Rome", "Bonn");
    const agent = new lib.Agent({
      name: "Desk",
      tools: [weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." })],
      model: kit.model([call("ask_weather", { input: "Where?" }, "o1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "i1"), { alwaysApprove: true });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("extracts the output as a function says", async (lib, kit) => {
    const finder = new lib.Agent({
      name: "Finder",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "i1")], [message("Here it is.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        finder.asTool({
          toolName: "find",
          toolDescription: "Finds.",
          customOutputExtractor: async (result) => {
            kit.print(result.finalOutput, result.newItems.length, result.rawResponses.length);
            return `extracted: ${result.finalOutput}`;
          },
        }),
      ],
      model: kit.model([call("find", { input: "a" }, "o1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Find."));
  });

  parity("gives a structured output of the agent inside as JSON", async (lib, kit) => {
    const weather = new lib.Agent({
      name: "Weather",
      outputType: z.object({ degrees: z.number() }),
      model: kit.model([message('{"degrees": 20}')]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [weather.asTool({ toolName: "ask_weather", toolDescription: "Weather." })],
      model: kit.model([call("ask_weather", { input: "Rome?" }, "o1")], [message("Warm.")]),
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("takes parameters of its own", async (lib, kit) => {
    const translator = new lib.Agent({
      name: "Translator",
      instructions: ({ toolInput }: RunContext) => `Translate ${JSON.stringify(toolInput)}.`,
      model: kit.model([message("Ciao.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        translator.asTool({
          toolName: "translate",
          toolDescription: "Translates.",
          parameters: z.object({ text: z.string(), to: z.string().default("it") }),
        }),
      ],
      model: kit.model([call("translate", { text: "Hi", to: "it" }, "o1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Translate."));
  });

  parity("makes the input inside with a function", async (lib, kit) => {
    const translator = new lib.Agent({
      name: "Translator",
      model: kit.model([message("Ciao.")], [message("Salut.")]),
    });
    const parameters = z.object({ text: z.string(), to: z.string() });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        translator.asTool({
          toolName: "translate",
          toolDescription: "Translates.",
          parameters,
          inputBuilder: ({ params: { text, to } }) => `To ${to}: ${text}`,
        }),
        translator.asTool({
          toolName: "translate_items",
          toolDescription: "Translates.",
          parameters,
          inputBuilder: async ({ params }) => [lib.user(JSON.stringify(params))],
        }),
      ],
      model: kit.model(
        [call("translate", { text: "Hi", to: "it" }, "o1")],
        [call("translate_items", { text: "Hi", to: "fr" }, "o2")],
        [message("Done.")],
      ),
    });
    kit.report(await lib.run(agent, "Translate."));
  });

  parity("limits the turns inside", async (lib, kit) => {
    const finder = new lib.Agent({
      name: "Finder",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "i1")], [message("Here.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        finder.asTool({
          toolName: "find",
          toolDescription: "Finds.",
          runOptions: { maxTurns: 1 },
        }),
      ],
      model: kit.model([call("find", { input: "a" }, "o1")], [message("Not found.")]),
    });
    kit.report(await lib.run(agent, "Find."));
  });

  parity("tells the agent above that the model inside failed", async (lib, kit) => {
    const finder = new lib.Agent({ name: "Finder", model: kit.model(new Error("overloaded")) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [finder.asTool({ toolName: "find", toolDescription: "Finds." })],
      model: kit.model([call("find", { input: "a" }, "o1")], [message("Not found.")]),
    });
    kit.report(await lib.run(agent, "Find."));
  });

  parity("offers an agent as a tool only where it is enabled", async (lib, kit) => {
    const finder = new lib.Agent({ name: "Finder" });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        finder.asTool({ toolName: "a", toolDescription: "A.", isEnabled: false }),
        finder.asTool({ toolName: "b", toolDescription: "B.", isEnabled: () => true }),
      ],
      model: kit.model([message("Done.")]),
    });
    kit.report(await lib.run(agent, "Find."));
  });

  parity("shares context and usage with the run inside", async (lib, kit) => {
    const counting = lib.tool({
      name: "count",
      description: "Counts.",
      parameters: z.object({}),
      execute: (_input, context) => {
        const counter = context?.context as { count: number };
        counter.count += 1;
        return String(counter.count);
      },
    });
    const inner = new lib.Agent({
      name: "Inner",
      tools: [counting],
      model: kit.model([call("count", {}, "i1")], [message("Counted.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [inner.asTool({ toolName: "inner", toolDescription: "Counts." }), counting],
      model: kit.model(
        [call("count", {}, "o1")],
        [call("inner", { input: "count" }, "o2")],
        [message("Done.")],
      ),
    });
    const context = { count: 0 };
    const result = await lib.run(agent, "Count.", { context });
    kit.print(context, result.state.usage.requests);
    kit.report(result);
  });

  parity(
    "streams a run whose inner run waits, and tells of both",
    async (lib, kit) => {
      const events: unknown[] = [];
      const weather = weatherAgent(lib, kit, "Rome");
      const agent = new lib.Agent({
        name: "Desk",
        tools: [
          search(lib, kit),
          weather.asTool({
            toolName: "ask_weather",
            toolDescription: "Weather.",
            onStream: ({ event }) => {
              events.push(event.type === "run_item_stream_event" ? event.name : event.type);
            },
          }),
        ],
        model: kit.model(
          [call("ask_weather", { input: "Rome?" }, "o1"), call("search", { query: "a" }, "o2")],
          [message("Warm.")],
        ),
      });
      let stream = await lib.run(agent, "Temp?", { stream: true });
      await kit.watch(stream);
      kit.print(events.splice(0));
      for (const interruption of stream.interruptions) stream.state.approve(interruption);
      stream = await lib.run(agent, stream.state, { stream: true });
      await kit.watch(stream);
      kit.print(events);
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("tells a function the events of the run inside", async (lib, kit) => {
    const finder = new lib.Agent({
      name: "Finder",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "i1")], [message("Here it is.")]),
    });
    const events: unknown[] = [];
    const agent = new lib.Agent({
      name: "Desk",
      tools: [
        finder.asTool({
          toolName: "find",
          toolDescription: "Finds.",
          onStream: ({ event, agent: of, toolCall }) => {
            const named = event.type === "run_item_stream_event" ? event.name : event.type;
            events.push([named, of.name, toolCall?.callId]);
          },
        }),
      ],
      model: kit.model([call("find", { input: "a" }, "o1")], [message("Done.")]),
    });
    await kit.watch(await lib.run(agent, "Find.", { stream: true }));
    kit.print(JSON.stringify(events));
  });
});
