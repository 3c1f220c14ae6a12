import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type {
  AgentInputItem,
  AgentOutputItem,
  FunctionTool,
  Model,
  RunResult,
  Session,
} from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { interruptionOf } from "./pieces.ts";

/** A model whose every request is printed as one line. */
function tracedModel(kit: Kit, ...turns: AgentOutputItem[][]): Model {
  return kit.model(
    ...turns.map((turn, index) => ({ input }: { input: string | AgentInputItem[] }) => {
      kit.print(`input ${index + 1}: ${typeof input === "string" ? input : trace(input)}`);
      return turn;
    }),
  );
}

function trace(items: readonly AgentInputItem[]): string {
  return items.map((item) => traceItem(item)).join(" | ");
}

function traceItem(item: AgentInputItem): string {
  if (item.type === "function_call") return `call ${item.callId} ${item.name}${item.arguments}`;
  if (item.type === "function_call_result") {
    const { output, callId } = item;
    const isText = typeof output === "object" && "text" in output;
    return `out ${callId} "${isText ? output.text : JSON.stringify(output)}"`;
  }
  if (!("role" in item)) return item.type;
  const { role, content } = item;
  const text = typeof content === "string" ? content : JSON.stringify(content.map(textOf));
  return `${role}: ${text}`;
}

function textOf(part: object): unknown {
  return "text" in part ? part.text : part;
}

/** What a result stands at: items, what waits, and how often models were asked. */
function standing(result: RunResult): string {
  const items = result.newItems.map(({ type, rawItem }) => {
    const id = "callId" in rawItem ? rawItem.callId : "";
    return (
      { tool_call_item: id, tool_call_output_item: `out ${id}` }[type as string] ??
      `${type} ${id}`.trim()
    );
  });
  const pending = result.interruptions.map(
    ({ rawItem, agent }) => `${rawItem.callId} of ${agent.name}`,
  );
  const { requests } = result.state.usage;
  return `items [${items.join(", ")}] pending [${pending.join(", ")}] requests ${requests}`;
}

function temperatureTool(lib: Library): FunctionTool {
  return lib.tool({
    name: "get_temperature",
    description: "The temperature in a city.",
    parameters: z.object({ city: z.string() }),
    needsApproval: true,
    execute: ({ city }) => `20C in ${city}`,
  });
}

function searchTool(lib: Library): FunctionTool {
  return lib.tool({
    name: "search",
    description: "Finds things.",
    parameters: z.object({ query: z.string() }),
    execute: ({ query }) => `found ${query}`,
  });
}

const oakland = call("get_temperature", { city: "Oakland" }, "call_1");
const berkeley = call("get_temperature", { city: "Berkeley" }, "call_2");

describe("golden traces", () => {
  parity(
    "B-1 approve",
    async (lib, kit) => {
      const tools = [temperatureTool(lib)];
      const model = tracedModel(kit, [oakland], [message("20C.")]);
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp in Oakland?");
      kit.print(standing(result));
      result.state.approve(interruptionOf(result, "call_1"));
      result = await lib.run(agent, result.state);
      kit.print(standing(result), result.finalOutput);
    },
    {
      prints: [
        "input 1: user: Temp in Oakland?",
        "items [call_1, tool_approval_item call_1] pending [call_1 of Clerk] requests 1",
        'input 2: user: Temp in Oakland? | call call_1 get_temperature{"city":"Oakland"} | out call_1 "20C in Oakland"',
        "items [call_1, out call_1, message_output_item] pending [] requests 2 20C.",
      ],
    },
  );

  parity(
    "B-2 reject with a text, then approve another call",
    async (lib, kit) => {
      const tools = [temperatureTool(lib)];
      const model = tracedModel(kit, [oakland], [berkeley], [message("20C.")]);
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp?");
      result.state.reject(interruptionOf(result, "call_1"), { message: "Not Oakland." });
      result = await lib.run(agent, result.state);
      kit.print(standing(result));
      result.state.approve(interruptionOf(result, "call_2"));
      result = await lib.run(agent, result.state);
      kit.print(standing(result), result.rawResponses.length);
    },
    {
      prints: [
        "input 1: user: Temp?",
        'input 2: user: Temp? | call call_1 get_temperature{"city":"Oakland"} | out call_1 "Not Oakland."',
        "items [call_1, out call_1, call_2, tool_approval_item call_2] pending [call_2 of Clerk] requests 2",
        'input 3: user: Temp? | call call_1 get_temperature{"city":"Oakland"} | out call_1 "Not Oakland." | call call_2 get_temperature{"city":"Berkeley"} | out call_2 "20C in Berkeley"',
        "items [call_1, out call_1, call_2, out call_2, message_output_item] pending [] requests 3 3",
      ],
    },
  );

  parity(
    "B-3 one free and two gated calls, decided one after the other",
    async (lib, kit) => {
      const tools = [searchTool(lib), temperatureTool(lib)];
      const calls = [
        call("search", { query: "a" }, "c1"),
        call("get_temperature", { city: "Oakland" }, "c2"),
        call("get_temperature", { city: "Rome" }, "c3"),
      ];
      const agent = new lib.Agent({
        name: "Clerk",
        tools,
        model: tracedModel(kit, calls, [message("Done.")]),
      });
      let result = await lib.run(agent, "Go.");
      kit.print(standing(result));
      result.state.approve(interruptionOf(result, "c2"));
      result = await lib.run(agent, result.state);
      kit.print(result.interruptions.map(({ rawItem }) => rawItem.callId));
      kit.report(result);
      result.state.reject(interruptionOf(result, "c3"));
      result = await lib.run(agent, result.state);
      kit.print(standing(result));
    },
    {
      differs: ["outputs_in_call_order"],
      prints: [
        "input 1: user: Go.",
        "items [c1, c2, c3, out c1, tool_approval_item c2, tool_approval_item c3] pending [c2 of Clerk, c3 of Clerk] requests 1",
        "[ 'c3' ]",
        'input 2: user: Go. | call c1 search{"query":"a"} | call c2 get_temperature{"city":"Oakland"} | call c3 get_temperature{"city":"Rome"} | out c1 "found a" | out c2 "20C in Oakland" | out c3 "Tool execution was not approved."',
        "items [c1, c2, c3, out c1, out c2, out c3, message_output_item] pending [] requests 2",
      ],
    },
  );

  parity(
    "B-4 a handoff and a gated call in one response",
    async (lib, kit) => {
      const specialist = new lib.Agent({
        name: "S",
        model: tracedModel(kit, [message("Solved.")]),
      });
      const agent = new lib.Agent({
        name: "Triage",
        tools: [temperatureTool(lib)],
        handoffs: [specialist],
        model: tracedModel(kit, [
          call("transfer_to_S", {}, "h1"),
          call("get_temperature", { city: "Rome" }, "c1"),
        ]),
      });
      let result = await lib.run(agent, "Go.");
      kit.print(standing(result), result.lastAgent?.name);
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state);
      kit.print(standing(result), result.lastAgent?.name);
    },
    {
      prints: [
        "input 1: user: Go.",
        "items [handoff_call_item h1, c1, tool_approval_item c1] pending [c1 of Triage] requests 1 Triage",
        'input 1: user: Go. | call h1 transfer_to_S{} | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome" | out h1 "{"assistant":"S"}"',
        "items [handoff_call_item h1, c1, out c1, handoff_output_item h1, message_output_item] pending [] requests 2 S",
      ],
    },
  );

  parity(
    "B-5 a call inside an agent used as a tool, rejected after a reload",
    async (lib, kit) => {
      const inner = new lib.Agent({
        name: "Inner",
        tools: [temperatureTool(lib)],
        model: tracedModel(
          kit,
          [call("get_temperature", { city: "Oakland" }, "i1")],
          [message("inner: 20C")],
        ),
      });
      const agent = new lib.Agent({
        name: "Outer",
        tools: [inner.asTool({ toolName: "ask_weather", toolDescription: "Weather." })],
        model: tracedModel(
          kit,
          [call("ask_weather", { input: "Oakland?" }, "o1")],
          [message("20C.")],
        ),
      });
      let result = await lib.run(agent, "Temp?");
      kit.print(standing(result));
      const state = await lib.RunState.fromString(agent, result.state.toString());
      for (const interruption of state.getInterruptions())
        state.reject(interruption, { message: "no" });
      result = await lib.run(agent, state);
      kit.print(standing(result));
    },
    {
      prints: [
        "input 1: user: Temp?",
        "input 1: user: Oakland?",
        "items [o1] pending [i1 of Inner] requests 2",
        'input 2: user: Oakland? | call i1 get_temperature{"city":"Oakland"} | out i1 "no"',
        'input 2: user: Temp? | call o1 ask_weather{"input":"Oakland?"} | out o1 "inner: 20C"',
        "items [o1, out o1, message_output_item] pending [] requests 4",
      ],
    },
  );

  parity(
    "B-6 a session over two runs",
    async (lib, kit) => {
      const session = createListSession();
      const tools = [temperatureTool(lib)];
      // The original saves calls without the provider's id.
      const { id: _id, ...rome } = call("get_temperature", { city: "Rome" }, "c1");
      const model = tracedModel(kit, [rome], [message("20C")], [message("bye")]);
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp?", { session });
      kit.print(trace(await session.getItems()));
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state, { session });
      kit.print(trace(await session.getItems()));
      await lib.run(agent, "Thanks", { session });
      kit.print(trace(await session.getItems()));
    },
    {
      prints: [
        "input 1: user: Temp?",
        'user: Temp? | call c1 get_temperature{"city":"Rome"}',
        'input 2: user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome"',
        'user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome" | assistant: ["20C"]',
        'input 3: user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome" | assistant: ["20C"] | user: Thanks',
        'user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome" | assistant: ["20C"] | user: Thanks | assistant: ["bye"]',
      ],
    },
  );

  for (const options of [{ conversationId: "conv_9" }, { previousResponseId: "resp_0" }]) {
    parity(
      `B-7 two approvals in a row with ${Object.keys(options).join()}`,
      async (lib, kit) => {
        const tools = [temperatureTool(lib)];
        const model = tracedModel(
          kit,
          [call("get_temperature", { city: "Rome" }, "c1")],
          [call("get_temperature", { city: "Bonn" }, "c2")],
          [message("Done.")],
        );
        const agent = new lib.Agent({ name: "Clerk", tools, model });
        let result = await lib.run(agent, "Temp?", options);
        while (result.interruptions.length > 0) {
          const state = await lib.RunState.fromString(agent, result.state.toString());
          for (const interruption of state.getInterruptions()) state.approve(interruption);
          result = await lib.run(agent, state);
        }
        kit.print(result.lastResponseId);
      },
      {
        prints: [
          "input 1: user: Temp?",
          'input 2: out c1 "20C in Rome"',
          'input 3: out c2 "20C in Bonn"',
          "resp_3",
        ],
      },
    );
  }

  parity(
    "B-8 a rejection for good, with a text",
    async (lib, kit) => {
      const tools = [temperatureTool(lib)];
      const model = tracedModel(
        kit,
        [call("get_temperature", { city: "Rome" }, "c1")],
        [call("get_temperature", { city: "Bonn" }, "c2")],
        [message("Done.")],
      );
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp?");
      result.state.reject(interruptionOf(result, "c1"), { alwaysReject: true, message: "closed" });
      result = await lib.run(agent, result.state);
      kit.print(standing(result));
    },
    {
      prints: [
        "input 1: user: Temp?",
        'input 2: user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "closed"',
        'input 3: user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "closed" | call c2 get_temperature{"city":"Bonn"} | out c2 "closed"',
        "items [c1, out c1, c2, out c2, message_output_item] pending [] requests 3",
      ],
    },
  );

  parity(
    "B-9 streaming a free and a gated call",
    async (lib, kit) => {
      const tools = [searchTool(lib), temperatureTool(lib)];
      const agent = new lib.Agent({
        name: "Clerk",
        tools,
        model: kit.model(
          [call("search", { query: "a" }, "c1"), call("get_temperature", { city: "Rome" }, "c2")],
          [message("Done.")],
        ),
      });
      const tellNames = async (stream: Awaited<ReturnType<typeof start>>): Promise<void> => {
        const names: string[] = [];
        for await (const event of stream) {
          if (event.type === "raw_model_stream_event") names.push(`raw:${event.data.type}`);
          if (event.type === "run_item_stream_event") names.push(event.name);
        }
        kit.print(names.join(", "));
      };
      const start = () => lib.run(agent, "Go.", { stream: true });
      const stream = await start();
      await tellNames(stream);
      stream.state.approve(interruptionOf(stream, "c2"));
      await tellNames(await lib.run(agent, stream.state, { stream: true }));
    },
    {
      prints: [
        "raw:response_started, raw:response_done, tool_called, tool_called, tool_output, tool_approval_requested",
        "tool_output, raw:response_started, raw:output_text_delta, raw:response_done, message_output_created",
      ],
    },
  );

  parity(
    "B-10 a limit of one turn",
    async (lib, kit) => {
      const tools = [temperatureTool(lib)];
      const model = tracedModel(
        kit,
        [call("get_temperature", { city: "Rome" }, "c1")],
        [message("Done.")],
      );
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp?", { maxTurns: 1 });
      const { state } = result;
      state.approve(interruptionOf(result, "c1"));
      const error = await kit.failure(() => lib.run(agent, state));
      kit.print(error.constructor.name, error.message);
      const again = await lib.RunState.fromString(agent, error.state!.toString());
      result = await lib.run(agent, again, { maxTurns: 2 });
      kit.print(standing(result));
    },
    {
      prints: [
        "input 1: user: Temp?",
        "MaxTurnsExceededError Max turns (1) exceeded",
        'input 2: user: Temp? | call c1 get_temperature{"city":"Rome"} | out c1 "20C in Rome"',
        "items [c1, out c1, message_output_item] pending [] requests 2",
      ],
    },
  );
});

/** A session as a user writes one. */
function createListSession(): Session {
  const items: AgentInputItem[] = [];
  return {
    getSessionId: async () => "session_1",
    getItems: async (limit) => structuredClone(limit === undefined ? items : items.slice(-limit)),
    addItems: async (more) => void items.push(...structuredClone(more)),
    popItem: async () => items.pop(),
    clearSession: async () => void items.splice(0),
  };
}
