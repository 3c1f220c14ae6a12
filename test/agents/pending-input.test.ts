import { describe, expect, it } from "vitest";

import type { ToolUseBehavior } from "../../src/agents/agent-options.ts";
import type { InputGuardrail } from "../../src/agents/guardrail.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { readStoredLines } from "../support/journal.ts";
import { createJournal } from "../support/journal.ts";
import { call, message } from "../../src/models/scripted.ts";
import { createRecorder } from "../../src/engine/recorder.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { createStoreSink } from "../../src/engine/store-sink.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, keptItems, ran } from "../support/expected.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  rejectAll,
  type Decide,
  type Stage,
} from "../support/scenario.ts";

const open = useConversations();

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const rome = call("search", { city: "Rome" }, "c3");
const outputs = [answered(oakland, "Oakland: 20 C"), answered(paris, "Paris: 20 C")];

const add =
  (...inputs: (string | AgentInputItem[])[]): Decide =>
  (state) => {
    for (const input of inputs) state.addInput(input);
  };

const addAndApprove =
  (...inputs: string[]): Decide =>
  (state, items) => {
    for (const input of inputs) state.addInput(input);
    for (const item of items) state.approve(item);
  };

const someWays = ways.filter(({ kind }) => kind !== "sqlite");

describe.each(someWays)("input that is added while a run waits ($name)", (way) => {
  it("T-117 comes after the outputs, once, in the order in which it was added", async () => {
    const talk = await open(way, {
      script: [[oakland, paris], [message("20.")], [message("Bye.")]],
    });
    await talk.say("How warm?");
    const more: AgentInputItem = { role: "user", content: [{ type: "input_text", text: "In F." }] };
    await talk.decide(add("Please.", [more, said("Please.")]));
    const added = [said("Please."), more, said("Please.")];
    expect(talk.state.pendingInput).toEqual(added);
    // While a call is open nobody is asked.
    await talk.decide((state, items) => state.approve(items[0]!));
    expect(talk.inputs()).toHaveLength(1);
    expect(talk.state.pendingInput).toEqual(added);
    await talk.decide(approveAll);

    const asked = [said("How warm?"), oakland, paris, ...outputs, ...added];
    expect(talk.inputs()).toEqual([[said("How warm?")], asked]);
    expect(talk.state.pendingInput).toEqual([]);
    const whole = [...asked, message("20.")];
    expect(await talk.session.getItems()).toEqual(keptItems(whole));
    expect(talk.result.history).toEqual(whole);
    expect(talk.result.newItems.map(({ type }) => type)).toEqual([
      "tool_call_item",
      "tool_call_item",
      "tool_call_output_item",
      "tool_call_output_item",
      "input_item",
      "input_item",
      "input_item",
      "message_output_item",
    ]);
    await talk.say("Thanks.");
    expect(talk.inputs().at(-1)).toEqual([...keptItems(whole), said("Thanks.")]);
  });

  it("can be taken back, and added anew", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?");
    await talk.decide((state) => {
      state.addInput("Wrong.");
      const copy = state.pendingInput;
      copy.push(said("not added"));
      Object.assign(copy[0]!, { content: "changed" });
      expect(state.pendingInput).toEqual([said("Wrong.")]);
    });
    await talk.decide((state) => {
      expect(state.pendingInput).toEqual([said("Wrong.")]);
      state.clearPendingInput();
      state.clearPendingInput();
      expect(state.pendingInput).toEqual([]);
    });
    await talk.decide(addAndApprove("Right."));
    const asked = [said("How warm?"), oakland, outputs[0]!, said("Right.")];
    expect(talk.inputs().at(-1)).toEqual(asked);
    expect(await talk.session.getItems()).toEqual(keptItems([...asked, message("20.")]));
  });

  it("stays when the model fails, and is sent with the next call", async () => {
    const talk = await open(way, { script: [[oakland], new Error("away"), [message("20.")]] });
    await talk.say("How warm?");
    await talk.decide(addAndApprove("In F."));
    expect(talk.error).toMatchObject({ message: "away" });
    expect(talk.state.pendingInput).toEqual([said("In F.")]);
    expect(await talk.session.getItems()).toEqual(
      keptItems([said("How warm?"), oakland, outputs[0]!]),
    );
    await talk.decide(decideNothing);
    const asked = [said("How warm?"), oakland, outputs[0]!, said("In F.")];
    expect(talk.inputs().slice(1)).toEqual([asked, asked]);
    expect(await talk.session.getItems()).toEqual(keptItems([...asked, message("20.")]));
  });

  it("can be added where the model failed", async () => {
    const talk = await open(way, { script: [new Error("away"), [message("20.")]] });
    await talk.say("How warm?");
    await talk.decide(add("In F."));
    expect(talk.inputs().at(-1)).toEqual([said("How warm?"), said("In F.")]);
    expect(await talk.session.getItems()).toEqual(keptItems(talk.result.history));
  });

  it("follows a handoff to the agent that goes on", async () => {
    const transfer = call("transfer_to_clerk", {}, "h1");
    const talk = await open(way, {
      script: [[oakland, transfer], [message("Here.")]],
      agent: (stage) => stage.agent({ handoffs: [stage.agent({ name: "clerk" })] }),
    });
    await talk.say("How warm?");
    await talk.decide(addAndApprove("In F."));
    expect(talk.result.lastAgent?.name).toBe("clerk");
    expect(talk.inputs().at(-1)).toEqual([
      said("How warm?"),
      oakland,
      transfer,
      outputs[0]!,
      answered(transfer, '{"assistant":"clerk"}'),
      said("In F."),
    ]);
  });

  it("is all that is sent besides the outputs where the provider keeps the history", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    const options = { session: undefined, conversationId: "conv_1" };
    await talk.say("How warm?", options);
    await talk.decide(addAndApprove("In F."), { session: undefined });
    expect(talk.inputs()).toEqual([[said("How warm?")], [outputs[0]!, said("In F.")]]);
  });
});

describe.each(someWays)("input that no model would see ($name)", (way) => {
  const behaviors: { name: string; behavior: ToolUseBehavior; isRefused: boolean }[] = [
    { name: "the first tool ends the run", behavior: "stop_on_first_tool", isRefused: true },
    {
      name: "the waiting tool ends the run",
      behavior: { stopAtToolNames: ["get_temperature"] },
      isRefused: true,
    },
    {
      name: "a tool beside it ends the run",
      behavior: { stopAtToolNames: ["search"] },
      isRefused: true,
    },
    {
      name: "a function may end the run",
      behavior: () => ({ isFinalOutput: false, isInterrupted: undefined }),
      isRefused: true,
    },
    {
      name: "another tool ends the run",
      behavior: { stopAtToolNames: ["other"] },
      isRefused: false,
    },
    { name: "no tool ends the run", behavior: "run_llm_again", isRefused: false },
  ];

  it.each(behaviors)(
    "T-118 is refused where it must be: $name",
    async ({ behavior, isRefused }) => {
      const talk = await open(way, {
        script: [[rome, oakland], [message("20.")]],
        agent: (stage) =>
          stage.agent({
            tools: [stage.getTemperature(), stage.cityTool("search")],
            toolUseBehavior: behavior,
          }),
      });
      await talk.say("How warm?");
      await talk.decide((state) => {
        if (!isRefused) return state.addInput("In F.");
        expect(() => state.addInput("In F.")).toThrow(
          expect.objectContaining({ name: "UserError", message: expect.stringContaining("input") }),
        );
      });
      expect(talk.state.pendingInput).toEqual(isRefused ? [] : [said("In F.")]);
    },
  );

  it("T-118 is refused once no turn is left, until the limit is raised", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?", { maxTurns: 1 });
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "MaxTurnsExceededError" });
    await talk.decide(
      (state) => {
        expect(() => state.addInput("In F.")).toThrow(
          expect.objectContaining({
            name: "UserError",
            message: expect.stringContaining("no remaining model turns"),
          }),
        );
      },
      { maxTurns: 3 },
    );
    expect(talk.inputs().at(-1)).toEqual([said("How warm?"), oakland, outputs[0]!]);
  });

  it("stays where the limit stops the run after it was added", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?", { maxTurns: 1 });
    await talk.decide(addAndApprove("In F."));
    expect(talk.error).toMatchObject({ name: "MaxTurnsExceededError" });
    expect(talk.state.pendingInput).toEqual([said("In F.")]);
    await talk.decide(decideNothing, { maxTurns: 2 });
    expect(talk.inputs().at(-1)).toEqual([said("How warm?"), oakland, outputs[0]!, said("In F.")]);
  });

  it("T-118 is refused by a run that is over", async () => {
    const talk = await open(way, { script: [[message("20.")]] });
    await talk.say("How warm?");
    expect(() => talk.state.addInput("In F.")).toThrow(
      expect.objectContaining({ name: "UserError" }),
    );
  });

  it("can be added where a no left nothing that could end the run", async () => {
    const talk = await open(way, {
      script: [[oakland], new Error("away"), [message("20.")]],
      agent: (stage) => stage.agent({ toolUseBehavior: "stop_on_first_tool" }),
    });
    await talk.say("How warm?");
    await talk.decide(rejectAll);
    expect(talk.error).toMatchObject({ message: "away" });
    await talk.decide(add("In F."));
    expect(talk.result.finalOutput).toBe("20.");
    expect(talk.inputs().at(-1)).toContainEqual(said("In F."));
  });
});

describe.each(someWays)("guardrails of added input ($name)", (way) => {
  const guard = (stage: Stage, name: string): InputGuardrail => ({
    name,
    execute: async ({ input, agent }) => {
      stage.notes.push([name, agent.name, input]);
      return { tripwireTriggered: JSON.stringify(input).includes("secret"), outputInfo: name };
    },
  });

  it("are those of the run and of the agent whose turn it is; they see what was added", async () => {
    const runWide: { stage?: Stage } = {};
    const transfer = call("transfer_to_clerk", {}, "h1");
    const talk = await open(way, {
      script: [[transfer], [oakland], [message("20.")]],
      config: {
        inputGuardrails: [
          { name: "all", execute: async (data) => guard(runWide.stage!, "all").execute(data) },
        ],
      },
      agent: (stage) => {
        runWide.stage = stage;
        const clerk = stage.agent({ name: "clerk", inputGuardrails: [guard(stage, "clerk's")] });
        return stage.agent({ handoffs: [clerk], inputGuardrails: [guard(stage, "first's")] });
      },
    });
    await talk.say("How warm?");
    talk.stage.notes.length = 0;
    await talk.decide(addAndApprove("In F.", "Please."));
    const added = [said("In F."), said("Please.")];
    expect(talk.stage.notes).toEqual([
      ["all", "clerk", added],
      ["clerk's", "clerk", added],
    ]);
    const names = talk.result.inputGuardrailResults.map(({ guardrail }) => guardrail.name);
    expect(names.toSorted()).toEqual(["all", "all", "clerk's", "first's"]);
    expect(names.slice(2)).toEqual(["all", "clerk's"]);
    expect(talk.inputs()).toHaveLength(3);
  });

  it("keep what they refuse from the model and the session until it is taken back", async () => {
    const talk = await open(way, {
      script: [[oakland], [message("20.")]],
      agent: (stage) => stage.agent({ inputGuardrails: [guard(stage, "no_secrets")] }),
    });
    await talk.say("How warm?");
    await talk.decide(addAndApprove("A secret."));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(talk.error).toMatchObject({ name: "InputGuardrailTripwireTriggered" });
      expect(talk.state.pendingInput).toEqual([said("A secret.")]);
      expect(talk.inputs()).toHaveLength(1);
      await talk.decide(decideNothing);
    }
    await talk.decide((state) => state.clearPendingInput());
    expect(talk.result.finalOutput).toBe("20.");
    const whole = [said("How warm?"), oakland, outputs[0]!, message("20.")];
    expect(talk.inputs().at(-1)).toEqual(whole.slice(0, 3));
    expect(await talk.session.getItems()).toEqual(keptItems(whole));
    expect(talk.stage.executions).toEqual([ran("c1")]);
  });

  it("may fail: then nothing is sent, and the input stays", async () => {
    let isDown = false;
    const talk = await open(way, {
      script: [[oakland], [message("20.")]],
      agent: (stage) =>
        stage.agent({
          inputGuardrails: [
            {
              name: "down",
              execute: async () => {
                if (isDown) throw new Error("out of order");
                return { tripwireTriggered: false, outputInfo: null };
              },
            },
          ],
        }),
    });
    await talk.say("How warm?");
    isDown = true;
    await talk.decide(addAndApprove("In F."));
    expect(talk.error).toMatchObject({ name: "GuardrailExecutionError" });
    expect(talk.inputs()).toHaveLength(1);
    expect(talk.state.pendingInput).toEqual([said("In F.")]);
    isDown = false;
    await talk.decide(decideNothing);
    expect(talk.inputs().at(-1)).toEqual([said("How warm?"), oakland, outputs[0]!, said("In F.")]);
  });
});

describe("input that comes while the model is asked", () => {
  it.each([{ stream: false }, { stream: true }])(
    "is not taken for seen: it goes with the next call (streamed: $stream)",
    async ({ stream }) => {
      const store = createMemoryRunStore();
      const addFromElsewhere = async (): Promise<void> => {
        const [run] = (await store.listRuns({ limit: 1 })).runs;
        const { runId } = run!;
        const journal = createJournal(readStoredLines(await store.read(runId)));
        const sink = createStoreSink(store, runId, {});
        const recorder = createRecorder(journal, { clock: systemClock, sink });
        await recorder.append([{ type: "input_added", items: [said("In F.")] }], () => true);
      };
      const stage = createStage([
        async () => {
          await addFromElsewhere();
          return [rome];
        },
        [message("68.")],
      ]);
      const agent = stage.agent({ tools: [stage.cityTool("search")] });
      const runner = new Runner({ store });
      if (stream) await (await runner.run(agent, "How warm?", { stream: true })).completed;
      else await runner.run(agent, "How warm?");
      expect(stage.model.requests.map(({ input }) => input)).toEqual([
        [said("How warm?")],
        [said("How warm?"), rome, answered(rome, "Rome: 20 C"), said("In F.")],
      ]);
    },
  );
});
