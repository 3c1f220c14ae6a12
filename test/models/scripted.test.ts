import { Agent, run, tool, type Model as TheirModel } from "@openai/agents";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { user, type AgentInputItem, type AgentOutputItem } from "../../src/agents/items.ts";
import type { ModelRequest } from "../../src/agents/model.ts";
import { call, createScriptedModel, message, reasoning } from "../../src/models/scripted.ts";
import { collect, createRequest } from "./support.ts";

function callUntilAnswered({ input }: ModelRequest): AgentOutputItem[] {
  return input.length > 1 ? [message("done")] : [call("f")];
}

describe("createScriptedModel", () => {
  it("answers turn by turn, with usage and response ids that tell the turn", async () => {
    const model = createScriptedModel([[call("f", { a: 1 }, "c1")], [message("done")]]);
    expect(await model.getResponse(createRequest())).toEqual({
      output: [
        {
          type: "function_call",
          id: "fc_c1",
          callId: "c1",
          name: "f",
          status: "completed",
          arguments: '{"a":1}',
          providerData: {},
        },
      ],
      responseId: "resp_1",
      usage: expect.objectContaining({
        requests: 1,
        inputTokens: 10,
        outputTokens: 1,
        totalTokens: 11,
      }),
    });
    expect(await model.getResponse(createRequest())).toMatchObject({
      output: [{ role: "assistant", content: [{ type: "output_text", text: "done" }] }],
      responseId: "resp_2",
      usage: { requests: 1, inputTokens: 20, outputTokens: 2, totalTokens: 22 },
    });
  });

  it("streams the text in deltas that join to it", async () => {
    const text = "It is sunny\nin Oakland.  ";
    const model = createScriptedModel([[reasoning("rs_1"), message(text), call("f")]]);
    const events = await collect(model.getStreamedResponse(createRequest()));
    expect(events.at(0)).toEqual({ type: "response_started" });
    const deltas = events.filter((event) => event.type === "output_text_delta");
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(text);
    expect(events.at(-1)).toMatchObject({
      type: "response_done",
      response: { id: "resp_1", usage: { inputTokens: 10 }, output: [{}, {}, { name: "f" }] },
    });
  });

  it("throws the errors of the script, and goes on after them", async () => {
    const failure = new Error("overloaded");
    const model = createScriptedModel([failure, () => failure, [message("done")]]);
    await expect(model.getResponse(createRequest())).rejects.toBe(failure);
    await expect(collect(model.getStreamedResponse(createRequest()))).rejects.toBe(failure);
    expect(await model.getResponse(createRequest())).toMatchObject({ responseId: "resp_3" });
  });

  it("says which turn it lacks", async () => {
    const model = createScriptedModel([[message("done")]]);
    await model.getResponse(createRequest());
    await expect(model.getResponse(createRequest())).rejects.toThrow(
      "The script has no turn 2: it has 1",
    );
  });

  it("keeps a copy of each request, without its signal", async () => {
    const input = [user("hi")];
    const model = createScriptedModel([[message("a")], [message("b")]]);
    const { signal } = new AbortController();
    await model.getResponse(createRequest({ input, signal }));
    input.push(user("more"));
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]?.input).toEqual([user("hi")]);
    expect(model.requests[0]).not.toHaveProperty("signal");
  });

  it("does not share its items", async () => {
    const shared = message("a");
    const model = createScriptedModel([[shared], [shared]]);
    const { output } = await model.getResponse(createRequest());
    output.splice(0);
    expect((await model.getResponse(createRequest())).output).toEqual([shared]);
  });

  it("names calls that have no id, each differently", async () => {
    const model = createScriptedModel([[call("f"), call("f")], [call("f")]]);
    const first = await model.getResponse(createRequest());
    const second = await model.getResponse(createRequest());
    expect([...first.output, ...second.output]).toMatchObject([
      { callId: "call_1" },
      { callId: "call_2" },
      { callId: "call_3" },
    ]);
  });

  it("takes arguments as text as they stand", () => {
    expect(call("f", "{broken").arguments).toBe("{broken");
    expect(call("f").arguments).toBe("{}");
  });

  it("rejects with the signal's reason while a turn is open", async () => {
    const model = createScriptedModel([() => new Promise(() => undefined)]);
    const controller = new AbortController();
    const reason = new Error("enough");
    const failing = model.getResponse(createRequest({ signal: controller.signal }));
    controller.abort(reason);
    await expect(failing).rejects.toBe(reason);
  });

  it("as a function answers from the input alone, in any process", async () => {
    const input: AgentInputItem[] = [user("hi")];
    const first = await createScriptedModel(callUntilAnswered).getResponse(
      createRequest({ input }),
    );
    expect(first).toMatchObject({ responseId: "resp_1", output: [{ callId: "call_1" }] });
    input.push(...first.output);
    const second = await createScriptedModel(callUntilAnswered).getResponse(
      createRequest({ input }),
    );
    expect(second).toMatchObject({ responseId: "resp_2", usage: { inputTokens: 20 } });
  });
});

/** Their items are more kinds than ours, so that the types do not match by themselves. */
function isTheirModel(value: object): value is TheirModel {
  return "getResponse" in value && "getStreamedResponse" in value;
}

describe("a scripted model in @openai/agents", () => {
  const weather = tool({
    name: "get_weather",
    description: "Weather of a city",
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => `Sunny in ${city}`,
  });

  it.each([false, true])("is a model there too, streamed: %s", async (stream) => {
    const model = createScriptedModel([
      [reasoning("rs_1"), call("get_weather", { city: "Oakland" })],
      [message("It is sunny in Oakland")],
    ]);
    if (!isTheirModel(model)) throw new Error("It is no model");
    const agent = new Agent({ name: "a", model, tools: [weather] });
    const result = stream
      ? await run(agent, "hi", { stream: true })
      : await run(agent, "hi", { stream: false });
    if ("completed" in result) await result.completed;
    expect(result.finalOutput).toBe("It is sunny in Oakland");
    expect(result.rawResponses).toHaveLength(2);
    expect(model.requests[1]?.input).toMatchObject([
      { role: "user" },
      { type: "reasoning" },
      { type: "function_call", callId: "call_1" },
      { type: "function_call_result", callId: "call_1" },
    ]);
  });
});
