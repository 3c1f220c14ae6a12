import { describe, expect, it } from "vitest";

import type { AgentInputItem } from "../../src/agents/items.ts";
import { message } from "../../src/models/scripted.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, ran, keptCall as call } from "../support/expected.ts";
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
