import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { said, useConversations, ways, type Conversation } from "../support/conversation.ts";
import { ran } from "../support/expected.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { approveAll, decideNothing, rejectAll, type Stage } from "../support/scenario.ts";
import {
  bodiesOf,
  historyFields,
  historyKinds,
  ourModel,
  startHistory,
  wireCall,
  wireMessage,
  wireOutput,
} from "../support/server-history.ts";

const openConversation = useConversations();
let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

afterEach(async () => {
  await standIn.close();
});

const oakland = wireCall("c1", "get_temperature", { city: "Oakland" });
const paris = wireCall("c2", "get_temperature", { city: "Paris" });
const rome = wireCall("c3", "search", { city: "Rome" });
const question = [{ role: "user", content: "How warm?" }];
const warm = wireMessage("20.");

const cases = historyKinds.flatMap((kind) =>
  ways.filter((way) => way.kind === "memory").map((way) => ({ ...way, kind, way })),
);

describe.each(cases)("history that the provider keeps ($kind, $name)", ({ kind, way }) => {
  const agentOf = (stage: Stage): AnyAgent =>
    stage.agent({
      model: ourModel(standIn),
      modelSettings: { retry: { maxRetries: 0 } },
      tools: [stage.getTemperature(), stage.cityTool("search")],
    });
  const open = (): Promise<Conversation> => openConversation(way, { script: [], agent: agentOf });
  const start = async (talk: Conversation): Promise<void> =>
    talk.say("How warm?", { session: undefined, ...startHistory(standIn, kind) });
  const alone = { session: undefined };

  /** Everything that a body says besides its input and history. */
  const rest = (body: JsonObject): JsonObject => {
    const { input: _input, conversation: _id, previous_response_id: _previous, ...others } = body;
    return others;
  };
  /** What each body says of input and history. */
  const sent = (): JsonObject[] =>
    bodiesOf(standIn).map(({ input, conversation, previous_response_id: previous }) => ({
      input: input ?? null,
      ...(conversation === undefined ? {} : { conversation }),
      ...(previous === undefined ? {} : { previous_response_id: previous }),
    }));
  const expected = (...inputs: JsonObject[][]): JsonObject[] =>
    inputs.map((input, index) => ({ input, ...historyFields(kind, index) }));

  it("T-111, T-112, T-113 gets the outputs of each turn only, after every pause", async () => {
    standIn.reply({ output: [oakland] }, { output: [paris] }, { output: [warm] });
    const talk = await open();
    await start(talk);
    await talk.decide(approveAll, alone);
    await talk.decide(rejectAll, alone);
    expect(talk.result.finalOutput).toBe("20.");
    expect(sent()).toEqual(
      expected(
        question,
        [wireOutput("c1", "Oakland: 20 C")],
        [wireOutput("c2", "Tool execution was not approved.")],
      ),
    );
    // In everything else the three bodies are the same.
    const [first, ...others] = bodiesOf(standIn).map((body) => rest(body));
    expect(others).toEqual([first, first]);
    expect(first).toMatchObject({ model: "stand-in", stream: way.streamed });
    expect(talk.stage.executions).toEqual([ran("c1")]);
    expect(await talk.session.getItems()).toEqual([]);
  });

  it("T-114 gets nothing until all calls are decided, then all outputs in call order", async () => {
    standIn.reply({ output: [oakland, rome, paris] }, { output: [warm] });
    const talk = await open();
    await start(talk);
    await talk.decide((state, items) => state.approve(items[1]!), alone);
    await talk.decide(decideNothing, alone);
    expect(bodiesOf(standIn)).toHaveLength(1);
    await talk.decide((state, items) => state.reject(items[0]!, { message: "Not there." }), alone);
    expect(talk.result.finalOutput).toBe("20.");
    expect(sent()).toEqual(
      expected(question, [
        wireOutput("c1", "Not there."),
        wireOutput("c3", "Rome: 20 C"),
        wireOutput("c2", "Paris: 20 C"),
      ]),
    );
  });

  it("goes on through turns without a pause", async () => {
    standIn.reply({ output: [rome] }, { output: [oakland] }, { output: [warm] });
    const talk = await open();
    await start(talk);
    await talk.decide(approveAll, alone);
    expect(sent()).toEqual(
      expected(question, [wireOutput("c3", "Rome: 20 C")], [wireOutput("c1", "Oakland: 20 C")]),
    );
  });

  it("is not told again what a filter left out", async () => {
    standIn.reply({ output: [rome] }, { output: [oakland] }, { output: [warm] });
    const note = { role: "system", content: "note" } as const;
    const talk = await open();
    const filtered = { ...alone, callModelInputFilter: () => ({ input: [note] }) };
    await talk.say("How warm?", { ...filtered, ...startHistory(standIn, kind) });
    await talk.decide(approveAll, filtered);
    expect(sent()).toEqual(expected([note], [note], [note]));
    expect(talk.result.history.map(({ type }) => type)).toEqual([
      "message",
      "function_call",
      "function_call_result",
      "function_call",
      "function_call_result",
      "message",
    ]);
  });

  it("is named by the next run", async () => {
    standIn.reply({ output: [oakland] }, { output: [warm] }, { output: [wireMessage("Bye.")] });
    const talk = await open();
    await start(talk);
    await talk.decide(approveAll, alone);
    const { lastResponseId } = talk.result;
    expect(lastResponseId).toBe("resp_2");
    await talk.say("Thanks.", {
      ...alone,
      ...(kind === "conversation"
        ? { conversationId: "conv_1" }
        : { previousResponseId: lastResponseId }),
    });
    expect(sent()[2]).toEqual({
      input: [{ role: "user", content: "Thanks." }],
      ...historyFields(kind, 2),
    });
  });

  it("is lost: the failure says so, and the run goes on when it is back", async () => {
    standIn.reply({ output: [oakland] }, { output: [warm] });
    const talk = await open();
    await start(talk);
    standIn.history.forget();
    await talk.decide(approveAll, alone);
    expect(talk.error).toMatchObject({
      code: "conversation_lost",
      message: expect.stringContaining("does not know the conversation or previous response"),
    });
    expect(talk.stage.executions).toEqual([ran("c1")]);
    expect(talk.state.getInterruptions()).toEqual([]);
    await talk.decide(decideNothing, alone);
    expect(talk.error).toMatchObject({ code: "conversation_lost" });

    standIn.history.createConversation([]);
    standIn.history.storeResponse("resp_1");
    await talk.decide(decideNothing, alone);
    expect(talk.result.finalOutput).toBe("20.");
    expect(talk.stage.executions).toEqual([ran("c1")]);
    const [, ...others] = sent();
    const [wanted] = expected(question, [wireOutput("c1", "Oakland: 20 C")]).slice(1);
    expect(others).toEqual([wanted, wanted, wanted]);
  });

  it("is not kept for agents that are used as tools", async () => {
    const ask = wireCall("o1", "ask_inner", { input: "Rome?" });
    standIn.reply(
      { output: [ask] },
      { output: [oakland] },
      { output: [wireMessage("Warm.")] },
      { output: [warm] },
    );
    const talk = await openConversation(way, {
      script: [],
      agent: (stage) =>
        stage.agent({
          model: ourModel(standIn),
          tools: [
            stage
              .agent({ name: "inner", model: ourModel(standIn) })
              .asTool({ toolName: "ask_inner", toolDescription: "Asks." }),
          ],
        }),
    });
    await start(talk);
    await talk.decide(approveAll, alone);
    const [outer, inner, innerAgain, outerAgain] = sent();
    expect(outer).toEqual({ input: question, ...historyFields(kind, 0) });
    expect(inner).toEqual({ input: [{ role: "user", content: "Rome?" }] });
    expect(innerAgain?.["input"]).toHaveLength(3);
    expect(Object.keys(innerAgain ?? {})).toEqual(["input"]);
    expect(outerAgain).toEqual({
      input: [wireOutput("o1", "Warm.")],
      ...(kind === "conversation" ? historyFields(kind, 1) : { previous_response_id: "resp_1" }),
    });
  });
});

describe("a run without history at the provider", () => {
  it("names none", async () => {
    standIn.reply({ output: [warm] });
    const [way] = ways;
    const talk = await openConversation(way!, {
      initialItems: [said("Before.")],
      script: [],
      agent: (stage) => stage.agent({ model: ourModel(standIn) }),
    });
    await talk.say("How warm?");
    const [body] = bodiesOf(standIn);
    expect(body).not.toHaveProperty("conversation");
    expect(body).not.toHaveProperty("previous_response_id");
    expect(body?.["input"]).toEqual([{ role: "user", content: "Before." }, ...question]);
  });
});
