import { describe, expect, it } from "vitest";

import { handoff, type HandoffInputData } from "../../src/agents/handoff.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import { message } from "../../src/models/scripted.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, keptCall as call } from "../support/expected.ts";
import { ForeignSession } from "../support/foreign-session.ts";
import { approveAll, variants } from "../support/scenario.ts";

const open = useConversations();

const before = [said("Are you there?"), message("I am.")];
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const rome = call("search", { city: "Rome" }, "c3");

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

describe.each(variants)(
  "items that a session keeps otherwise than models take them ($name)",
  (way) => {
    it("are sent as the session says, also to callbacks, and kept as they are", async () => {
      const kept = [said("Are you there?"), message("I am.", "msg_1")];
      const session = Object.assign(new ForeignSession({ initialItems: kept }), {
        prepareHistoryItemForModelInput: ({ id: _id, ...item }: AgentInputItem) =>
          item as AgentInputItem,
      });
      const seen: unknown[] = [];
      const talk = await open(
        { ...way, kind: "foreign" },
        { script: [[oakland], [message("20.")]] },
      );
      await talk.say("How warm?", {
        session,
        sessionInputCallback: (history, input) => {
          seen.push(history);
          return [...history, ...input];
        },
      });
      await talk.decide(approveAll, { session });
      expect(seen).toEqual([before]);
      const made = [said("How warm?"), oakland, answered(oakland, "Oakland: 20 C")];
      expect(talk.inputs()).toEqual([
        [...before, made[0]],
        [...before, ...made],
      ]);
      expect(await session.getItems()).toEqual([...kept, ...made, message("20.")]);
    });
  },
);

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
              inputHistory: data.inputHistory.slice(count),
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
