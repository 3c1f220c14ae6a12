import { describe, expect, it } from "vitest";

import {
  defineToolInputGuardrail,
  ToolGuardrailFunctionOutputFactory,
} from "../../src/agent/guardrail.ts";
import { handoff, type HandoffInputData } from "../../src/agent/handoff.ts";
import type { AgentInputItem } from "../../src/agent/items.ts";
import { call, message } from "../../src/models/scripted.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, ran } from "../support/expected.ts";
import { approveAll, decideNothing, rejectAll, type Stage } from "../support/scenario.ts";

const open = useConversations();

const rejected = "Tool execution was not approved.";
const before = [said("Are you there?"), message("I am.")];
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const rome = call("search", { city: "Rome" }, "c3");
const searching = (stage: Stage) =>
  stage.agent({ tools: [stage.getTemperature(), stage.cityTool("search")] });

describe.each(ways)("a conversation with pauses ($name)", (way) => {
  it("T-106 has the message and the call while the run waits", async () => {
    const talk = await open(way, { script: [[oakland]] });
    await talk.say("How warm?");
    expect(talk.result.interruptions.map(({ rawItem }) => rawItem.callId)).toEqual(["c1"]);
    expect(await talk.session.getItems()).toEqual([said("How warm?"), oakland]);
    // Looking again adds nothing.
    await talk.decide(decideNothing);
    expect(await talk.session.getItems()).toEqual([said("How warm?"), oakland]);
    expect(talk.inputs()).toHaveLength(1);
  });

  it("T-107, T-108 gets the output and the last word after the decision, the message once", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")], [message("Bye.")]] });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    const first = [said("How warm?"), oakland, answered(oakland, "Oakland: 20 C"), message("20.")];
    expect(talk.result.finalOutput).toBe("20.");
    expect(await talk.session.getItems()).toEqual(first);

    await talk.say("Thanks.");
    expect(await talk.session.getItems()).toEqual([...first, said("Thanks."), message("Bye.")]);
    expect(talk.inputs()).toEqual([
      [said("How warm?")],
      first.slice(0, 3),
      [...first, said("Thanks.")],
    ]);
  });

  it("T-109 goes on over three turns, each tool runs once and each call has its output", async () => {
    const again = call("get_temperature", { city: "Lima" }, "c4");
    const talk = await open(way, {
      agent: searching,
      script: [
        [message("Let me see.")],
        [oakland, rome],
        [message("Both are warm.")],
        [again],
        [message("As you like.")],
      ],
    });
    await talk.say("Hello.");
    await talk.say("Oakland and Rome?");
    await talk.decide(approveAll);
    await talk.say("And Lima?");
    await talk.decide((state, items) => {
      for (const item of items) state.reject(item, { message: "Not Lima." });
    });
    const whole = [
      said("Hello."),
      message("Let me see."),
      said("Oakland and Rome?"),
      oakland,
      rome,
      answered(oakland, "Oakland: 20 C"),
      answered(rome, "Rome: 20 C"),
      message("Both are warm."),
      said("And Lima?"),
      again,
      answered(again, "Not Lima."),
      message("As you like."),
    ];
    expect(await talk.session.getItems()).toEqual(whole);
    expect(talk.inputs()).toEqual([1, 3, 7, 9, 11].map((length) => whole.slice(0, length)));
    expect(talk.stage.executions).toEqual([ran("c3", "Rome", "search"), ran("c1")]);
  });

  it("has outputs in call order, each as soon as those before it are there", async () => {
    const talk = await open(way, {
      agent: searching,
      script: [[rome, oakland, { ...rome, callId: "c5" }, paris], [message("Done.")]],
    });
    await talk.say("All?");
    const calls = [said("All?"), rome, oakland, { ...rome, callId: "c5" }, paris];
    const first = answered(rome, "Rome: 20 C");
    expect(await talk.session.getItems()).toEqual([...calls, first]);
    // The last one is decided first: its output waits for the one in front of it.
    await talk.decide((state, items) => state.approve(items.at(-1)!));
    expect(await talk.session.getItems()).toEqual([...calls, first]);
    await talk.decide(rejectAll);
    const outputs = [
      first,
      answered(oakland, rejected),
      answered({ ...rome, callId: "c5" }, "Rome: 20 C"),
      answered(paris, "Paris: 20 C"),
    ];
    expect(await talk.session.getItems()).toEqual([...calls, ...outputs, message("Done.")]);
    expect(talk.inputs()).toEqual([[said("All?")], [...calls, ...outputs]]);
    expect(talk.stage.executions.map(({ callId }) => callId)).toEqual(["c3", "c5", "c2"]);
  });

  it("shows what the session held to guardrails, hooks and whoever asks for input and history", async () => {
    const seen: unknown[] = [];
    const talk = await open(way, {
      initialItems: before,
      script: [[oakland], [message("20.")]],
      agent: (stage) => {
        const agent = stage.agent({
          inputGuardrails: [
            {
              name: "looks",
              execute: async ({ input }) => {
                seen.push(input);
                return { tripwireTriggered: false, outputInfo: null };
              },
            },
          ],
        });
        agent.on("agent_start", (_context, _agent, items) => seen.push(items));
        return agent;
      },
    });
    await talk.say("How warm?");
    const input = [...before, said("How warm?")];
    expect(seen).toEqual([input, input]);
    await talk.decide(approveAll);
    expect(seen).toHaveLength(2);
    const made = [oakland, answered(oakland, "Oakland: 20 C"), message("20.")];
    expect(talk.result.input).toEqual(input);
    expect(talk.result.history).toEqual([...input, ...made]);
    expect(talk.result.newItems.map(({ rawItem }) => rawItem)).toEqual(made);
  });

  it("takes items as input, and keeps each of them", async () => {
    const items: AgentInputItem[] = [
      { role: "user", content: "One." },
      message("Two."),
      { role: "user", content: [{ type: "input_text", text: "Three." }] },
    ];
    const talk = await open(way, { initialItems: before, script: [[message("Four.")]] });
    await talk.say(items);
    expect(talk.inputs()).toEqual([[...before, ...items]]);
    expect(await talk.session.getItems()).toEqual([...before, ...items, message("Four.")]);
  });
});

describe.each(ways)("what a session does not get ($name)", (way) => {
  it.each([true, false])(
    "T-115 input that a guardrail refused, nor what a model said to it (in parallel: %s)",
    async (runInParallel) => {
      const talk = await open(way, {
        initialItems: before,
        script: [[message("Fine.")], [message("Fine.")]],
        agent: (stage) =>
          stage.agent({
            inputGuardrails: [
              {
                name: "no_secrets",
                runInParallel,
                execute: async ({ input }) => ({
                  tripwireTriggered: JSON.stringify(input).includes("secret"),
                  outputInfo: null,
                }),
              },
            ],
          }),
      });
      await talk.say("A secret.");
      expect(talk.error).toMatchObject({ name: "InputGuardrailTripwireTriggered" });
      expect(await talk.session.getItems()).toEqual(before);
      await talk.say("A question.");
      expect(talk.inputs().at(-1)).toEqual([...before, said("A question.")]);
      expect(await talk.session.getItems()).toEqual([
        ...before,
        said("A question."),
        message("Fine."),
      ]);
    },
  );

  it("T-116 an answer that an output guardrail blocked; what an approved tool did stays", async () => {
    const talk = await open(way, {
      script: [[oakland], [message("Blocked.")], [message("Blocked.")]],
      agent: (stage) =>
        stage.agent({
          outputGuardrails: [
            { name: "no", execute: async () => ({ tripwireTriggered: true, outputInfo: null }) },
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "OutputGuardrailTripwireTriggered" });
    const kept = [said("How warm?"), oakland, answered(oakland, "Oakland: 20 C")];
    expect(await talk.session.getItems()).toEqual(kept);
    expect(talk.stage.executions).toEqual([ran("c1")]);
    // Of a run of one turn what was asked stays.
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
    expect(await talk.session.getItems()).toEqual([...kept, said("And now?")]);
  });

  it("T-116 a tool's output that was the blocked answer", async () => {
    const talk = await open(way, {
      script: [[rome, oakland], [message("Fine.")]],
      agent: (stage) =>
        stage.agent({
          tools: [stage.getTemperature(), stage.cityTool("search", { execute: () => "early" })],
          toolUseBehavior: { stopAtToolNames: ["get_temperature"] },
          outputGuardrails: [
            {
              name: "no",
              execute: async ({ agentOutput }) => ({
                tripwireTriggered: String(agentOutput).includes("20 C"),
                outputInfo: null,
              }),
            },
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "OutputGuardrailTripwireTriggered" });
    const kept = [
      said("How warm?"),
      rome,
      oakland,
      answered(rome, "early"),
      answered(oakland, "The output was withheld by a guardrail."),
    ];
    expect(await talk.session.getItems()).toEqual(kept);
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
  });

  it("what a model was asked and did not answer, until the run is gone on with", async () => {
    const talk = await open(way, {
      agent: searching,
      script: [new Error("away"), [rome], new Error("away"), [message("Warm.")]],
    });
    await talk.say("Rome?");
    expect(talk.error).toMatchObject({ message: "away" });
    expect(await talk.session.getItems()).toEqual([]);
    await talk.say("Rome, please?");
    const asked = [said("Rome, please?"), rome, answered(rome, "Rome: 20 C")];
    expect(await talk.session.getItems()).toEqual(asked);
    await talk.decide(decideNothing);
    expect(await talk.session.getItems()).toEqual([...asked, message("Warm.")]);
    expect(talk.inputs()).toEqual([[said("Rome?")], [said("Rome, please?")], asked, asked]);
  });

  it("what a filter made of the input of one call", async () => {
    const talk = await open(way, {
      initialItems: before,
      script: [[oakland], [message("20.")]],
      config: {
        callModelInputFilter: ({ modelData }) => ({
          ...modelData,
          input: [said("filtered"), ...modelData.input.slice(-1)],
        }),
      },
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    const output = answered(oakland, "Oakland: 20 C");
    expect(talk.inputs()).toEqual([
      [said("filtered"), said("How warm?")],
      [said("filtered"), output],
    ]);
    const whole = [...before, said("How warm?"), oakland, output, message("20.")];
    expect(await talk.session.getItems()).toEqual(whole);
    expect(talk.result.history).toEqual(whole);
  });
});

describe.each(ways)("the end of a run in a session ($name)", (way) => {
  it("adds the text that a handler put in place of a failure", async () => {
    const talk = await open(way, { agent: searching, script: [[rome], [message("Next.")]] });
    await talk.say("Rome?", {
      maxTurns: 1,
      errorHandlers: { maxTurns: () => ({ finalOutput: "I gave up." }) },
    });
    const whole = [
      said("Rome?"),
      rome,
      answered(rome, "Rome: 20 C"),
      { ...message("I gave up."), content: [{ type: "output_text", text: "I gave up." }] },
    ];
    expect(await talk.session.getItems()).toEqual(whole);
    await talk.say("And?");
    expect(talk.inputs().at(-1)).toEqual([...whole, said("And?")]);
  });

  it("adds a tool's output that ended the run", async () => {
    const talk = await open(way, {
      script: [[oakland]],
      agent: (stage) => stage.agent({ toolUseBehavior: "stop_on_first_tool" }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.result.finalOutput).toBe("Oakland: 20 C");
    expect(await talk.session.getItems()).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "Oakland: 20 C"),
    ]);
  });

  it("goes on where the limit of turns stopped it, with a higher one", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?", { maxTurns: 1 });
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "MaxTurnsExceededError" });
    await talk.decide(decideNothing, { maxTurns: 2 });
    expect(await talk.session.getItems()).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "Oakland: 20 C"),
      message("20."),
    ]);
  });

  it("tells of a call that a guardrail failed, and of those beside it", async () => {
    const talk = await open(way, {
      script: [[rome, oakland], [message("Next.")]],
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.cityTool("search"),
            stage.getTemperature({
              inputGuardrails: [
                defineToolInputGuardrail({
                  name: "not_oakland",
                  run: async () => ToolGuardrailFunctionOutputFactory.throwException(),
                }),
              ],
            }),
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "ToolCallError" });
    const kept = [
      said("How warm?"),
      rome,
      oakland,
      answered(rome, "Rome: 20 C"),
      answered(oakland, "The run failed before this call ran."),
    ];
    expect(await talk.session.getItems()).toEqual(kept);
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
  });
});

describe.each(ways)("a conversation that goes on without a decision ($name)", (way) => {
  it("closes the calls of the run that waits for the model, and keeps the session as it is", async () => {
    const talk = await open(way, {
      agent: searching,
      script: [
        [oakland, rome, paris],
        [message("Never mind.")],
        [message("20.")],
        [message("Bye.")],
      ],
    });
    await talk.say("How warm?");
    const waiting = talk.state;
    const calls = [said("How warm?"), oakland, rome, paris];
    expect(await talk.session.getItems()).toEqual(calls);

    await talk.say("Forget it.");
    const lost = "No output of this call was recorded. It may not have run.";
    expect(talk.inputs().at(-1)).toEqual([
      ...calls,
      answered(oakland, lost),
      answered(rome, lost),
      answered(paris, lost),
      said("Forget it."),
    ]);
    const both = [...calls, said("Forget it."), message("Never mind.")];
    expect(await talk.session.getItems()).toEqual(both);

    // The run that waited can still be gone on with: it knows nothing of the other.
    for (const item of waiting.getInterruptions()) waiting.approve(item);
    await talk.say(waiting as never);
    const outputs = [
      answered(oakland, "Oakland: 20 C"),
      answered(rome, "Rome: 20 C"),
      answered(paris, "Paris: 20 C"),
    ];
    expect(talk.inputs().at(-1)).toEqual([...calls, ...outputs]);
    const whole = [...both, ...outputs, message("20.")];
    expect(await talk.session.getItems()).toEqual(whole);

    await talk.say("Thanks.");
    expect(talk.inputs().at(-1)).toEqual([...whole, said("Thanks.")]);
  });
});

describe.each(ways)("a run and its session ($name)", (way) => {
  it("is not gone on with without it, or with another one", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?");
    const id = await talk.session.getSessionId();
    const waiting = await talk.session.getItems();

    await talk.decide(approveAll, { session: undefined });
    expect(talk.error).toMatchObject({ name: "UserError", message: expect.stringContaining(id) });
    expect(talk.state.getInterruptions()).toHaveLength(1);
    const other = new MemorySession({ sessionId: "ses_other" });
    await talk.decide(decideNothing, { session: other });
    expect(talk.error).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(`"${id}".*"ses_other"`),
    });
    expect(await other.getItems()).toEqual([]);
    expect(await talk.session.getItems()).toEqual(waiting);
    expect(talk.stage.executions).toEqual([]);

    await talk.decide(decideNothing);
    expect(talk.result.finalOutput).toBe("20.");
    expect(talk.stage.executions).toEqual([ran("c1")]);
    expect(await talk.session.getItems()).toEqual([
      ...waiting,
      answered(oakland, "Oakland: 20 C"),
      message("20."),
    ]);
    // Once it is over it needs none.
    await talk.decide(decideNothing, { session: undefined });
    expect(talk.result.finalOutput).toBe("20.");
  });

  it("T-110 goes with no history at the provider", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    for (const options of [
      { conversationId: "conv_1" },
      { previousResponseId: "resp_1" },
      { autoPreviousResponseId: true },
    ]) {
      await talk.say("How warm?", options);
      expect(talk.error).toMatchObject({ name: "UserError" });
    }
    expect(talk.inputs()).toEqual([]);

    await talk.say("How warm?", { conversationId: "conv_1", session: undefined });
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "UserError" });
    expect(talk.stage.executions).toEqual([]);
    await talk.decide(decideNothing, { session: undefined });
    expect(talk.result.finalOutput).toBe("20.");
    expect(await talk.session.getItems()).toEqual([]);
  });
});

describe.each(ways)("sessionInputCallback ($name)", (way) => {
  const extra = said("extra");

  it("reorders, drops and adds; all but what the session has is saved", async () => {
    const seen: unknown[] = [];
    const talk = await open(way, {
      initialItems: before,
      script: [[oakland], [message("20.")], [message("Bye.")]],
    });
    await talk.say("How warm?", {
      sessionInputCallback: (history, input) => {
        seen.push(structuredClone(history), structuredClone(input));
        return [extra, ...input, history[1]!, { role: "system", content: "Be brief." }];
      },
    });
    expect(seen).toEqual([before, [said("How warm?")]]);
    const sent = [extra, said("How warm?"), before[1], { role: "system", content: "Be brief." }];
    const saved = [...before, extra, said("How warm?"), { role: "system", content: "Be brief." }];
    expect(talk.inputs()).toEqual([sent]);
    expect(await talk.session.getItems()).toEqual([...saved, oakland]);

    // It was asked once: what it said holds for the whole run.
    await talk.decide(approveAll);
    const made = [oakland, answered(oakland, "Oakland: 20 C")];
    expect(talk.inputs().at(-1)).toEqual([...sent, ...made]);
    expect(talk.result.input).toEqual(sent);
    const whole = [...saved, ...made, message("20.")];
    expect(await talk.session.getItems()).toEqual(whole);
    expect(seen).toHaveLength(2);
    await talk.say("Thanks.");
    expect(talk.inputs().at(-1)).toEqual([...whole, said("Thanks.")]);
  });

  it("may drop the input, or everything", async () => {
    const talk = await open(way, {
      initialItems: before,
      script: [[message("One.")], [message("Two.")]],
    });
    await talk.say("Dropped.", { sessionInputCallback: (history) => history.slice(-1) });
    expect(talk.inputs()).toEqual([[before[1]]]);
    expect(await talk.session.getItems()).toEqual([...before, message("One.")]);
    await talk.say("Dropped.", { sessionInputCallback: async () => [] });
    expect(talk.inputs().at(-1)).toEqual([]);
    expect(await talk.session.getItems()).toEqual([...before, message("One."), message("Two.")]);
  });

  it("changes what it is given without changing the session", async () => {
    const talk = await open(way, { initialItems: before, script: [[message("One.")]] });
    await talk.say("How warm?", {
      sessionInputCallback: (history, input) => {
        Object.assign(input[0]!, { content: "changed" });
        history.length = 1;
        return [...history, ...input];
      },
    });
    expect(talk.inputs()).toEqual([[before[0], said("changed")]]);
    expect(await talk.session.getItems()).toEqual([...before, said("changed"), message("One.")]);
  });

  it("keeps equal items apart", async () => {
    const yes = said("Yes.");
    const talk = await open(way, { initialItems: [yes, yes], script: [[message("One.")]] });
    await talk.say([yes], { sessionInputCallback: (history, input) => [...input, ...history] });
    expect(talk.inputs()).toEqual([[yes, yes, yes]]);
    expect(await talk.session.getItems()).toEqual([yes, yes, yes, message("One.")]);
  });

  it("starts nothing when it throws or returns no list", async () => {
    const talk = await open(way, { initialItems: before, script: [[message("One.")]] });
    await talk.say("How warm?", {
      sessionInputCallback: () => {
        throw new Error("out of order");
      },
    });
    expect(talk.error).toMatchObject({ message: "out of order" });
    await talk.say("How warm?", { sessionInputCallback: () => "no list" as never });
    expect(talk.error).toMatchObject({ name: "UserError" });
    expect(talk.inputs()).toEqual([]);
    expect(await talk.session.getItems()).toEqual(before);
  });

  it("can be the runner's, for all its runs", async () => {
    const talk = await open(way, {
      initialItems: before,
      script: [[message("One.")], [message("Two.")]],
      config: { sessionInputCallback: (history, input) => [...history.slice(-1), ...input] },
    });
    await talk.say("A?");
    await talk.say("B?", { sessionInputCallback: (_history, input) => input });
    expect(talk.inputs()).toEqual([[before[1], said("A?")], [said("B?")]]);
  });
});

describe.each(ways)("a handoff's input filter in a session ($name)", (way) => {
  const transfer = call("transfer_to_clerk", {}, "h1");
  const back = call("transfer_to_boss", {}, "h2");
  const transferred = answered(transfer, '{"assistant":"clerk"}');

  it("shapes what the next agent sees; the session keeps everything", async () => {
    const seen: unknown[] = [];
    const talk = await open(way, {
      initialItems: before,
      script: [[rome], [transfer], [oakland], [message("20.")]],
      agent: (stage) => {
        const clerk = stage.agent({ name: "clerk" });
        const filtered = handoff(clerk, {
          inputFilter: (data) => {
            seen.push(data.inputHistory, data.preHandoffItems.length, data.newItems.length);
            const { inputHistory } = data;
            if (!Array.isArray(inputHistory)) throw new Error("It is not a list");
            return {
              ...data,
              inputHistory: [...inputHistory.slice(-1), said("a note")],
              preHandoffItems: [],
              newItems: data.newItems.slice(-1),
            };
          },
        });
        return stage.agent({ tools: [stage.cityTool("search")], handoffs: [filtered] });
      },
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(seen).toEqual([[...before, said("How warm?")], 2, 2]);
    const sent = [said("How warm?"), said("a note"), transferred];
    const output = answered(oakland, "Oakland: 20 C");
    expect(talk.inputs().slice(2)).toEqual([sent, [...sent, oakland, output]]);
    expect(await talk.session.getItems()).toEqual([
      ...before,
      said("How warm?"),
      rome,
      answered(rome, "Rome: 20 C"),
      transfer,
      transferred,
      oakland,
      output,
      message("20."),
    ]);
  });

  it("works on what a callback and an earlier filter left", async () => {
    const seen: unknown[] = [];
    const talk = await open(way, {
      initialItems: [...before, said("Third."), message("Fourth.")],
      script: [[transfer], [back], [oakland], [message("20.")]],
      agent: (stage) => {
        const boss = stage.agent({ name: "boss" });
        const drop =
          (count: number) =>
          (data: HandoffInputData): HandoffInputData => {
            seen.push(data.inputHistory);
            return {
              ...data,
              inputHistory: data.inputHistory.slice(count) as AgentInputItem[],
              newItems: [],
              preHandoffItems: [],
            };
          };
        const clerk = stage.agent({
          name: "clerk",
          handoffs: [handoff(boss, { inputFilter: drop(2) })],
        });
        return stage.agent({ handoffs: [handoff(clerk, { inputFilter: drop(1) })] });
      },
    });
    const extra = said("extra");
    await talk.say("How warm?", {
      sessionInputCallback: (history, input) => [history[3]!, extra, history[1]!, ...input],
    });
    await talk.decide(approveAll);
    const combined = [message("Fourth."), extra, before[1], said("How warm?")];
    expect(seen).toEqual([combined, combined.slice(1)]);
    const output = answered(oakland, "Oakland: 20 C");
    expect(talk.inputs()).toEqual([
      combined,
      combined.slice(1),
      combined.slice(3),
      [...combined.slice(3), oakland, output],
    ]);
    expect(await talk.session.getItems()).toEqual([
      ...before,
      said("Third."),
      message("Fourth."),
      extra,
      said("How warm?"),
      transfer,
      transferred,
      back,
      answered(back, '{"assistant":"boss"}'),
      oakland,
      output,
      message("20."),
    ]);
  });
});
