import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("limits", () => {
  parity("throws when the turns are used up", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("search", { query: "b" }, "c2")],
        [message("Done.")],
      ),
    });
    const error = await kit.failure(() => lib.run(agent, "Go.", { maxTurns: 2 }));
    kit.print(error instanceof lib.MaxTurnsExceededError, error.state !== undefined);
  });

  parity("has ten turns by default", async (lib, kit) => {
    const turns = Array.from({ length: 11 }, (_, n) => [call("search", { query: "a" }, `c${n}`)]);
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(...turns),
    });
    await kit.failure(() => lib.run(agent, "Go."));
  });

  parity("goes on with a higher limit, from the state of the error", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Go.", { maxTurns: 1 });
    const { state } = result;
    state.approve(interruptionOf(result, "c1"));
    const error = await kit.failure(() => lib.run(agent, state));
    const stopped = await lib.RunState.fromString(agent, error.state!.toString());
    result = await lib.run(agent, stopped, { maxTurns: 5 });
    kit.report(result);
  });

  parity("goes on with a higher limit given with the decision", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Go.", { maxTurns: 1 });
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state, { maxTurns: 2 });
    kit.report(result);
  });

  parity("keeps its limit over a pause", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model(
        [call("get_temperature", { city: "Rome" }, "c1")],
        [call("get_temperature", { city: "Bonn" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Go.", { maxTurns: 2 });
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    result.state.approve(interruptionOf(result, "c2"));
    const { state } = result;
    await kit.failure(() => lib.run(agent, state));
  });

  parity("runs without limit where that is said", async (lib, kit) => {
    const turns = Array.from({ length: 12 }, (_, n) => [call("search", { query: "a" }, `c${n}`)]);
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(...turns, [message("Done.")]),
    });
    const result = await lib.run(agent, "Go.", { maxTurns: null });
    kit.print(result.finalOutput, result.rawResponses.length);
  });

  parity("throws from a stream when the turns are used up", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Done.")]),
    });
    const stream = await lib.run(agent, "Go.", { maxTurns: 1, stream: true });
    await kit.failure(async () => {
      for await (const event of stream) kit.print(event.type);
    });
    await kit.failure(() => stream.completed);
  });

  parity("lets a handler end a run that has no turns left", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Done.")]),
    });
    kit.hooks("agent", agent);
    const result = await lib.run(agent, "Go.", {
      maxTurns: 1,
      errorHandlers: {
        maxTurns: ({ error, context, runData }) => {
          kit.print(error.constructor.name, error.message, context.usage.requests);
          kit.print(runData.newItems.length, runData.history.length, runData.output.length);
          kit.print(runData.input, runData.lastAgent?.name, runData.rawResponses.length);
          return { finalOutput: "Out of turns." };
        },
      },
    });
    kit.report(result);
  });

  parity("streams what a handler ends a run with", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")]),
    });
    const errorHandlers = { maxTurns: () => ({ finalOutput: "Out of turns." }) };
    await kit.watch(await lib.run(agent, "Go.", { maxTurns: 1, errorHandlers, stream: true }));
  });

  parity("keeps a handler's output out of the history where it says so", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Go.", { maxTurns: 1 });
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state, {
      errorHandlers: { default: () => ({ finalOutput: "Out.", includeInHistory: false }) },
    });
    kit.report(result);
  });

  parity("lets handlers end a run that has no proper output", async (lib, kit) => {
    const refusal = { type: "refusal" as const, refusal: "No." };
    const errorHandlers = {
      modelRefusal: () => ({ finalOutput: "Refused." }),
      invalidFinalOutput: () => ({ finalOutput: { degrees: 0 } }),
    };
    const refusing = new lib.Agent({
      name: "Clerk",
      model: kit.model([{ ...message(""), content: [refusal] }]),
    });
    kit.report(await lib.run(refusing, "Go.", { errorHandlers }));
    const confused = new lib.Agent({
      name: "Clerk",
      outputType: z.object({ degrees: z.number() }),
      model: kit.model([message("warm")]),
    });
    kit.report(await lib.run(confused, "Go.", { errorHandlers }));
  });

  parity("fails all the same where a handler has no output", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Done.")]),
    });
    const errorHandlers = { maxTurns: () => undefined };
    await kit.failure(() => lib.run(agent, "Go.", { maxTurns: 1, errorHandlers }));
  });

  parity("has no turn at all where that is said", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model([message("Done.")]) });
    await kit.failure(() => lib.run(agent, "Go.", { maxTurns: 0 }));
  });

  parity("rejects with the reason when a tool aborts", async (lib, kit) => {
    const controller = new AbortController();
    const stop = lib.tool({
      name: "stop",
      description: "Stops it all.",
      parameters: z.object({}),
      execute: () => {
        controller.abort(new RangeError("enough"));
        return "stopped";
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [stop],
      model: kit.model([call("stop", {}, "c1")], (request) => {
        request.signal?.throwIfAborted();
        return [message("Done.")];
      }),
    });
    const { message: text } = await kit.failure(() =>
      lib.run(agent, "Go.", { signal: controller.signal }),
    );
    kit.print(text);
  });

  parity("rejects when its signal aborts", async (lib, kit) => {
    const controller = new AbortController();
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], (request) => {
        controller.abort();
        request.signal?.throwIfAborted();
        return [message("Too late.")];
      }),
    });
    await kit.failure(() => lib.run(agent, "Go.", { signal: controller.signal }));
  });

  parity("throws what the model throws", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Clerk", model: kit.model(new RangeError("overloaded")) });
    await kit.failure(() => lib.run(agent, "Go."));
  });
});
