import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("approvals", () => {
  parity("approves one call", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: true,
      execute: async ({ city }) => {
        kit.print("measuring", city);
        return `20C in ${city}`;
      },
    });
    const agent = new lib.Agent({
      name: "Weather Assistant",
      instructions: "Answer briefly.",
      tools: [getTemperature],
      model: kit.model([call("get_temperature", { city: "Oakland" })], [message("It is 20C.")]),
    });
    let result = await lib.run(agent, "Temp in Oakland?");
    kit.report(result);
    for (const interruption of result.interruptions) result.state.approve(interruption);
    result = await lib.run(agent, result.state);
    kit.report(result);
    kit.print(result.finalOutput);
  });

  const rejections = {
    "the default text": undefined,
    "a text": { message: "Not Oakland." },
    "an empty text": { message: "" },
  };
  for (const [what, options] of Object.entries(rejections)) {
    parity(`rejects one call with ${what}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model([call("get_temperature", { city: "Oakland" })], [message("No.")]),
      });
      let result = await lib.run(agent, "Temp?");
      for (const interruption of result.interruptions) result.state.reject(interruption, options);
      result = await lib.run(agent, result.state);
      kit.report(result);
    });
  }

  parity("goes on approving a tool that was approved for good", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Oakland" }, "c1")],
        [
          call("get_temperature", { city: "Rome" }, "c2"),
          call("get_temperature", { city: "Bonn" }, "c3"),
        ],
        [message("Warm.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "c1"), { alwaysApprove: true });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("goes on rejecting a tool that was rejected for good", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Oakland" }, "c1")],
        [
          call("get_temperature", { city: "Rome" }, "c2"),
          call("get_temperature", { city: "Bonn" }, "c3"),
        ],
        [message("Closed.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "c1"), { alwaysReject: true, message: "closed" });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("lets a decision on one call go before one for good", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
          call("get_temperature", { city: "Bonn" }, "c3"),
        ],
        [message("Warm.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "c1"), { alwaysReject: true, message: "closed" });
    result.state.approve(interruptionOf(result, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("lets a rejection go before an approval for good", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Warm.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    const rome = interruptionOf(result, "c2");
    result.state.approve(interruptionOf(result, "c1"), { alwaysApprove: true });
    result.state.reject(rome);
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("decides on two parallel calls, each in its way", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    result.state.reject(interruptionOf(result, "c2"), { message: "not Rome" });
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity(
    "goes on with the calls that are decided, and keeps the others",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [
            call("get_temperature", { city: "Oakland" }, "c1"),
            call("get_temperature", { city: "Rome" }, "c2"),
          ],
          [message("Done.")],
        ),
      });
      let result = await lib.run(agent, "Temp?");
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state);
      kit.report(result);
      result.state.approve(interruptionOf(result, "c2"));
      result = await lib.run(agent, result.state);
      kit.report(result);
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("stays where it is without a decision", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Oakland" })], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    result = await lib.run(agent, result.state);
    kit.report(result);
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity(
    "runs free calls before it waits for the gated one",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit), temperature(lib, kit)],
        model: kit.model(
          [
            call("search", { query: "a" }, "c1"),
            call("get_temperature", { city: "Rome" }, "c2"),
            call("search", { query: "b" }, "c3"),
          ],
          [message("Done.")],
        ),
      });
      let result = await lib.run(agent, "Temp?");
      kit.report(result);
      result.state.approve(interruptionOf(result, "c2"));
      result = await lib.run(agent, result.state);
      kit.report(result);
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("takes the last of two decisions on one call", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    const [oakland, rome] = [interruptionOf(result, "c1"), interruptionOf(result, "c2")];
    result.state.approve(oakland);
    result.state.reject(oakland, { message: "no" });
    result.state.reject(rome, { message: "no" });
    result.state.approve(rome);
    result.state.approve(rome);
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("takes decisions made through the context", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    const { runContext } = result;
    const toolName = "get_temperature";
    kit.print(runContext.isToolApproved({ toolName, callId: "c1" }));
    const [oakland, rome] = [interruptionOf(result, "c1"), interruptionOf(result, "c2")];
    runContext.approveTool(oakland);
    runContext.rejectTool(rome, { message: "not Rome" });
    kit.print(runContext.isToolApproved({ toolName, callId: "c1" }));
    kit.print(runContext.isToolApproved({ toolName, callId: "c2" }));
    kit.print(runContext.getRejectionMessage(toolName, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("asks again for a new call with the arguments of an approved one", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Oakland" }, "c1")],
        [call("get_temperature", { city: "Oakland" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    while (result.interruptions.length > 0) {
      kit.report(result);
      for (const interruption of result.interruptions) result.state.approve(interruption);
      result = await lib.run(agent, result.state);
    }
    kit.report(result);
  });

  parity("refuses to go on twice at once", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    const { state } = await lib.run(agent, "Temp?");
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    const both = await Promise.allSettled([lib.run(agent, state), lib.run(agent, state)]);
    kit.print(both.map(({ status }) => status));
  });

  parity("keeps a message that came with a gated call", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [message("Let me see."), call("get_temperature", { city: "Oakland" }, "c1")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity(
    "refuses an item that was changed",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model([call("get_temperature", { city: "Oakland" }, "c1")], [message("Done.")]),
      });
      let result = await lib.run(agent, "Temp?");
      const item = interruptionOf(result, "c1");
      result.state.approve(item);
      item.rawItem.arguments = '{"city":"Rome"}';
      const error = await kit.failure(async () => result.state.approve(item));
      kit.print(error instanceof lib.ModelBehaviorError);
      result = await lib.run(agent, result.state);
      kit.report(result);
    },
    { differs: ["errors_say_what_to_do"] },
  );

  parity("tells what it stopped for until it goes on, decided or not", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    for (const index of [0, 1]) {
      result.state.approve(result.interruptions[index]!);
      kit.print(result.interruptions.length, result.state.getInterruptions().length);
      kit.report(result);
    }
    const state = await lib.RunState.fromString(agent, result.state.toString());
    kit.print(state.getInterruptions().map(({ rawItem }) => rawItem.callId));
    result = await lib.run(agent, state);
    kit.print(result.interruptions, result.state.getInterruptions());
  });
});
