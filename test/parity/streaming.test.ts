import { describe } from "vitest";

import { call, message, reasoning } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("streaming", () => {
  parity("streams a run without tools", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([reasoning("rs_1"), message("All is well today.")]),
    });
    const stream = await lib.run(agent, "Well?", { stream: true });
    await kit.watch(stream);
    kit.print(stream.finalOutput, stream.currentTurn, stream.maxTurns, stream.currentAgent?.name);
    kit.print(lib.extractAllTextOutput(stream.newItems));
  });

  parity("streams a run up to its pause, and on from there", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit), temperature(lib, kit)],
      model: kit.model(
        [
          message("Let me see."),
          call("search", { query: "a" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let stream = await lib.run(agent, "Temp?", { stream: true });
    await kit.watch(stream);
    kit.print(stream.interruptions.length, stream.currentTurn);
    stream.state.approve(interruptionOf(stream, "c2"));
    stream = await lib.run(agent, stream.state, { stream: true });
    await kit.watch(stream);
    kit.print(stream.currentTurn);
  });

  parity("streams what a rejection leads to", async (lib, kit) => {
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
    let stream = await lib.run(agent, "Temp?", { stream: true });
    await kit.watch(stream);
    stream.state.reject(interruptionOf(stream, "c1"));
    stream.state.approve(interruptionOf(stream, "c2"));
    const state = await lib.RunState.fromString(agent, stream.state.toString());
    stream = await lib.run(agent, state, { stream: true });
    await kit.watch(stream);
  });

  parity(
    "streams what is new at each of three stops",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit), temperature(lib, kit)],
        model: kit.model(
          [
            reasoning("rs_1"),
            call("get_temperature", { city: "Rome" }, "c1"),
            call("search", { query: "a" }, "c2"),
            call("get_temperature", { city: "Oslo" }, "c3"),
          ],
          [message("Done.")],
        ),
      });
      let stream = await lib.run(agent, "Temp?", { stream: true });
      await kit.watch(stream);
      for (const callId of ["c3", "c1"]) {
        stream.state.approve(interruptionOf(stream, callId));
        stream = await lib.run(agent, stream.state, { stream: true });
        await kit.watch(stream);
      }
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("streams text alone", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [message("Looking. "), call("search", { query: "a" }, "c1")],
        [message("Found it here.")],
      ),
    });
    const stream = await lib.run(agent, "Find.", { stream: true });
    for await (const delta of stream.toTextStream()) kit.print(delta);
    await stream.completed;
    kit.print(stream.finalOutput);
  });

  parity("streams text to a stream of Node's", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Found it here.")]) });
    const stream = await lib.run(agent, "Find.", { stream: true });
    const text = stream.toTextStream({ compatibleWithNodeStreams: true });
    for await (const delta of text) kit.print(String(delta));
    await stream.completed;
    kit.report(stream);
  });

  parity("is complete although nobody looks at the events", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Found.")]),
    });
    const stream = await lib.run(agent, "Find.", { stream: true });
    await stream.completed;
    kit.report(stream);
  });

  parity("gives its events as a web stream", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Found.")]) });
    const stream = await lib.run(agent, "Find.", { stream: true });
    const reader = stream.toStream().getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      kit.print(next.value.type);
    }
    await stream.completed;
    kit.report(stream);
  });

  parity("throws the model's failure from the iteration and from completed", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], new Error("overloaded")),
    });
    const stream = await lib.run(agent, "Find.", { stream: true });
    await kit.failure(async () => {
      for await (const event of stream) kit.print(event.type);
    });
    await kit.failure(() => stream.completed);
    kit.print(stream.error instanceof Error, stream.cancelled);
  });

  parity("streams a handoff", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [billing],
      model: kit.model([call("transfer_to_Billing", {}, "h1")]),
    });
    const stream = await lib.run(agent, "Pay.", { stream: true });
    await kit.watch(stream);
    kit.print(stream.currentAgent?.name);
  });

  parity("ends quietly when its signal aborts", async (lib, kit) => {
    const controller = new AbortController();
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], () => {
        controller.abort();
        return [message("Too late.")];
      }),
    });
    const stream = await lib.run(agent, "Find.", { stream: true, signal: controller.signal });
    for await (const event of stream) kit.print(event.type);
    await stream.completed;
    kit.print(stream.cancelled, stream.error, stream.finalOutput);
  });

  parity("ends quietly when the iteration is left", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Found.")]),
    });
    const stream = await lib.run(agent, "Find.", { stream: true });
    for await (const event of stream) {
      kit.print(event.type);
      break;
    }
    await stream.completed;
    kit.print(stream.cancelled, stream.error);
  });
});
