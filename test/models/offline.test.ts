import { describe, expect, it } from "vitest";
import {
  messageText,
  user,
  type AgentInputItem,
  type AgentOutputItem,
  type FunctionCallResultItem,
} from "../../src/agents/items.ts";
import type { ModelRequest, SerializedFunctionTool } from "../../src/agents/model.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { createOfflineModel } from "../../src/models/offline.ts";
import { collect, createRequest } from "./support.ts";

function functionTool(name: string, properties: JsonObject): SerializedFunctionTool {
  const required = Object.keys(properties);
  const parameters = { type: "object", properties, required, additionalProperties: false };
  return { type: "function", name, description: `Does ${name}`, parameters, strict: true };
}

const text = { type: "string" };
const weather = functionTool("get_weather", { city: text });
const population = functionTool("get_population", { town: text });
const refund = functionTool("refund_order", { order: text, cents: { type: "integer" } });
const handoff = {
  toolName: "transfer_to_billing",
  toolDescription: "Hand over",
  inputJsonSchema: { type: "object" },
  strictJsonSchema: true,
};

const model = createOfflineModel();

async function ask(
  input: ModelRequest["input"],
  fields: Partial<ModelRequest> = { tools: [weather] },
): Promise<AgentOutputItem[]> {
  return (await model.getResponse(createRequest({ input, ...fields }))).output;
}

function callsOf(output: AgentOutputItem[]): string[] {
  return output.map((item) =>
    item.type === "function_call" ? `${item.callId} ${item.name} ${item.arguments}` : "",
  );
}

function answerOf(output: AgentOutputItem[]): string {
  const [item] = output;
  return item?.type === "message" ? messageText(item) : "";
}

function resultOf(
  callId: string,
  output: FunctionCallResultItem["output"],
  name = "get_weather",
): FunctionCallResultItem {
  return { type: "function_call_result", callId, name, status: "completed", output };
}

describe("the offline model proposes", () => {
  it("one call per place", async () => {
    const output = await ask("What is the weather in Oakland and San Francisco?");
    expect(callsOf(output)).toEqual([
      'call_1 get_weather {"city":"Oakland"}',
      'call_2 get_weather {"city":"San Francisco"}',
    ]);
  });

  it("calls of whichever tool takes one text", async () => {
    const output = await ask("How many people live in Graz, Villach or Linz?", {
      tools: [refund, population],
    });
    expect(callsOf(output)).toEqual([
      'call_1 get_population {"town":"Graz"}',
      'call_2 get_population {"town":"Villach"}',
      'call_3 get_population {"town":"Linz"}',
    ]);
  });

  it("calls of the tool that the message speaks of", async () => {
    const tools = [weather, population];
    expect(callsOf(await ask("What is the population of Graz?", { tools }))).toEqual([
      'call_1 get_population {"town":"Graz"}',
    ]);
    expect(callsOf(await ask("What is the weather in Graz?", { tools }))).toEqual([
      'call_1 get_weather {"city":"Graz"}',
    ]);
  });

  it("the calls that the message spells, and no others", async () => {
    const input =
      'Do refund_order {"order":"a } b","cents":5} in Paris, get_weather({"city":"Rome"}) and ' +
      'delete_all {"x":1}, then refund_order {"order":"c","cents":6}.';
    expect(callsOf(await ask(input, { tools: [weather, refund] }))).toEqual([
      'call_1 refund_order {"order":"a } b","cents":5}',
      'call_2 get_weather {"city":"Rome"}',
      'call_3 refund_order {"order":"c","cents":6}',
    ]);
  });

  it("handoffs that the message spells, then what the next agent offers", async () => {
    const input: AgentInputItem[] = [
      user('transfer_to_billing {} and refund_order {"order":"a","cents":5}'),
    ];
    const first = await ask(input, { handoffs: [handoff] });
    expect(callsOf(first)).toEqual(["call_1 transfer_to_billing {}"]);
    input.push(...first, resultOf("call_1", '{"assistant":"Billing"}', "transfer_to_billing"));
    const second = await ask(input, { tools: [refund] });
    expect(callsOf(second)).toEqual(['call_2 refund_order {"order":"a","cents":5}']);
    input.push(...second, resultOf("call_2", "Refunded 5 cents", "refund_order"));
    expect(answerOf(await ask(input, { tools: [refund] }))).toBe(
      "Offline demo model: Refunded 5 cents",
    );
  });

  it("for the last user message only, with new ids", async () => {
    const before = await ask("Weather in Rome?");
    const input = [
      user("Weather in Rome?"),
      ...before,
      resultOf("call_1", "Rome: hot"),
      ...(await ask([user("Weather in Rome?"), ...before, resultOf("call_1", "Rome: hot")])),
      user("And in Rome and Oslo?"),
    ];
    expect(callsOf(await ask(input))).toEqual([
      'call_2 get_weather {"city":"Rome"}',
      'call_3 get_weather {"city":"Oslo"}',
    ]);
  });

  it("ids that are not in the input", async () => {
    const used: AgentInputItem = {
      type: "function_call",
      callId: "call_2",
      name: "x",
      arguments: "{}",
    };
    const output = await ask([used, user("Weather in Rome?")]);
    expect(callsOf(output)).toEqual(['call_3 get_weather {"city":"Rome"}']);
  });

  it("nothing where tools are not to be used", async () => {
    const modelSettings = { toolChoice: "none" };
    const output = await ask("Weather in Rome?", { tools: [weather], modelSettings });
    expect(answerOf(output)).toContain("Offline demo model");
  });
});

describe("the offline model answers", () => {
  const asked = user("What is the weather in Oakland, San Francisco and Rome?");

  it("from the outputs alone, in the order of the calls", async () => {
    const calls = await ask([asked]);
    const results = [
      resultOf("call_3", { type: "text", text: "Rome: 30 °C" }),
      resultOf("call_1", "Oakland: sunny"),
      resultOf("call_2", "The call was rejected: too expensive"),
    ];
    expect(answerOf(await ask([asked, ...calls, ...results]))).toBe(
      "Offline demo model: Oakland: sunny\nThe call was rejected: too expensive\nRome: 30 °C",
    );
  });

  it("when all calls are made, even if they came one by one", async () => {
    const [first, second, third] = await ask([asked]);
    if (first === undefined || second === undefined || third === undefined) throw new Error("few");
    const open = await ask([asked, first, resultOf("call_1", "Oakland: sunny")]);
    expect(callsOf(open)).toEqual([
      'call_2 get_weather {"city":"San Francisco"}',
      'call_3 get_weather {"city":"Rome"}',
    ]);
  });

  it("from outputs whose calls are kept elsewhere", async () => {
    const output = await ask([resultOf("call_1", "Oakland: sunny")]);
    expect(answerOf(output)).toBe("Offline demo model: Oakland: sunny");
  });

  it("what it can do when nothing fits", async () => {
    const answer = answerOf(await ask("Tell me a joke."));
    expect(answer).toContain("Offline demo model");
    expect(answer).toContain("get_weather");
    expect(answerOf(await ask("Tell me a joke.", {}))).toContain("no tool");
  });

  it("without usage, with a response id that counts responses", async () => {
    const calls = await ask([asked]);
    const first = await model.getResponse(createRequest({ input: [asked], tools: [weather] }));
    expect(first.responseId).toBe("offline_1");
    const input = [asked, ...calls, resultOf("call_1", "x")];
    const second = await model.getResponse(createRequest({ input }));
    expect(second.responseId).toBe("offline_2");
    expect(second.usage).toMatchObject({ requests: 1, inputTokens: 0, totalTokens: 0 });
  });

  it("in deltas that join to the message", async () => {
    const request = createRequest({ input: "Tell me a joke.", tools: [weather] });
    const events = await collect(model.getStreamedResponse(request));
    const deltas = events.filter((event) => event.type === "output_text_delta");
    expect(deltas.length).toBeGreaterThan(3);
    const done = events.at(-1);
    const output = done?.type === "response_done" ? done.response.output : [];
    expect(deltas.map(({ delta }) => delta).join("")).toBe(answerOf(output));
  });

  it("the same every time", async () => {
    const request = createRequest({ input: [asked], tools: [weather] });
    expect(await model.getResponse(request)).toEqual(await model.getResponse(request));
  });
});
