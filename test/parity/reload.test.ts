import { describe } from "vitest";

import { call, message, reasoning } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("reload", () => {
  parity("goes on from text, decided after loading", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit), search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1"), call("get_temperature", { city: "Rome" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    const text = result.state.toString();
    const state = await lib.RunState.fromString(agent, text);
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("goes on from JSON.stringify, decided before", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Rome" }, "c1"),
          call("get_temperature", { city: "Bonn" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "c1"));
    result.state.reject(interruptionOf(result, "c2"), { message: "no" });
    const state = await lib.RunState.fromString(agent, JSON.stringify(result.state));
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("decides with items of the result on a state that was loaded", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    const state = await lib.RunState.fromString(agent, JSON.stringify(result.state));
    for (const interruption of result.interruptions) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity(
    "reloads between two decisions",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [
            call("get_temperature", { city: "Rome" }, "c1"),
            call("get_temperature", { city: "Bonn" }, "c2"),
          ],
          [call("get_temperature", { city: "Oslo" }, "c3")],
          [message("Done.")],
        ),
      });
      let result = await lib.run(agent, "Temp?");
      for (let round = 0; result.interruptions.length > 0; round += 1) {
        const state = await lib.RunState.fromString(agent, result.state.toString());
        const [first] = state.getInterruptions();
        if (round === 1) state.reject(first!, { message: "no" });
        else state.approve(first!);
        result = await lib.run(agent, await lib.RunState.fromString(agent, state.toString()));
        kit.report(result);
      }
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("keeps decisions for good in the text", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit), search(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Rome" }, "c1")],
        [call("get_temperature", { city: "Bonn" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "c1"), { alwaysReject: true, message: "closed" });
    const state = await lib.RunState.fromString(agent, result.state.toString());
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("goes on with what the agent has become by then", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: "Be brief.",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    const { state } = await lib.run(agent, "Temp?");
    const grown = agent.clone({
      instructions: "Be thorough.",
      tools: [...agent.tools, search(lib, kit)],
    });
    const loaded = await lib.RunState.fromString(grown, state.toString());
    for (const interruption of loaded.getInterruptions()) loaded.approve(interruption);
    kit.report(await lib.run(grown, loaded));
  });

  parity("keeps context and usage in the text", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?", { context: { user: { id: 7 }, tags: ["a"] } });
    const state = await lib.RunState.fromString(agent, result.state.toString());
    kit.print(state.usage.totalTokens);
    state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("loads with a context of the caller's own", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: ({ context }) => `Help ${(context as { user: string }).user}.`,
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?", { context: { user: "Ann" } });
    result.state.approve(interruptionOf(result, "c1"));
    const text = result.state.toString();
    const context = new lib.RunContext({ user: "Bob" });
    const state = await lib.RunState.fromStringWithContext(agent, text, context);
    result = await lib.run(agent, state);
    kit.print(result.finalOutput, result.runContext.context);
  });

  parity("runs a state that is complete once more without doing anything", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("runs the text of a state that is complete once more", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Done.")]) });
    const { state } = await lib.run(agent, "Go.");
    const loaded = await lib.RunState.fromString(agent, state.toString());
    kit.report(await lib.run(agent, loaded));
  });

  parity("keeps reasoning with the calls that follow it, over reloads", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit), search(lib, kit)],
      model: kit.model(
        [
          reasoning("rs_1"),
          call("search", { query: "a" }, "c1"),
          reasoning("rs_2"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [reasoning("rs_3"), message("Warm. "), call("get_temperature", { city: "Bonn" }, "c3")],
        [reasoning("rs_4"), message("Done.")],
      ),
    });
    let result = await lib.run(agent, [
      lib.user("Temp?"),
      lib.assistant("Where?"),
      lib.user("Both."),
    ]);
    while (result.interruptions.length > 0) {
      kit.report(result);
      const state = await lib.RunState.fromString(agent, JSON.stringify(result.state));
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      result = await lib.run(agent, state);
    }
    kit.report(result);
  });

  parity("runs without anything to say", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([message("Yes?")], [message("Yes.")]),
    });
    kit.report(await lib.run(agent, ""));
    kit.report(await lib.run(agent, []));
  });

  parity("gives its history as input for the next run", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [message("Found.")],
        [message("Again.")],
      ),
    });
    const first = await lib.run(agent, [lib.system("Be kind."), lib.user("Find a.")]);
    const second = await lib.run(agent, [...first.history, lib.user("And b?")]);
    kit.report(second);
    kit.print(second.output.length, second.newItems.length);
  });

  parity("goes on after the model failed, without running tools again", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], new Error("overloaded"), [
        message("Done."),
      ]),
    });
    let result = await lib.run(agent, "Temp?");
    const { state } = result;
    state.approve(interruptionOf(result, "c1"));
    await kit.failure(() => lib.run(agent, state));
    result = await lib.run(agent, await lib.RunState.fromString(agent, state.toString()));
    kit.report(result);
  });
});
