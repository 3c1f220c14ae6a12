import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("hooks", () => {
  parity("tells agents and runners of a run without pauses", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1"), call("search", { query: "b" }, "c2")],
        [message("Done.")],
      ),
    });
    const runner = new lib.Runner();
    kit.hooks("agent", agent);
    kit.hooks("runner", runner);
    kit.report(await runner.run(agent, "Go."));
  });

  parity("tells of no second start after a pause, and of one end", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit), temperature(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1"), call("get_temperature", { city: "Rome" }, "c2")],
        [message("Done.")],
      ),
    });
    const runner = new lib.Runner();
    kit.hooks("agent", agent);
    kit.hooks("runner", runner);
    let result = await runner.run(agent, "Go.");
    kit.print("paused");
    result.state.approve(interruptionOf(result, "c2"));
    result = await runner.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    kit.report(result);
  });

  parity("tells nothing of calls that are rejected", async (lib, kit) => {
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
    kit.hooks("agent", agent);
    let result = await lib.run(agent, "Go.");
    result.state.reject(interruptionOf(result, "c1"));
    result.state.approve(interruptionOf(result, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("tells of handoffs", async (lib, kit) => {
    const second = new lib.Agent({ name: "Second", model: kit.model([message("Done.")]) });
    const agent = new lib.Agent({
      name: "First",
      handoffs: [second],
      tools: [temperature(lib, kit)],
      model: kit.model([
        call("transfer_to_Second", {}, "h1"),
        call("get_temperature", { city: "Rome" }, "c1"),
      ]),
    });
    const runner = new lib.Runner();
    kit.hooks("first", agent);
    kit.hooks("second", second);
    kit.hooks("runner", runner);
    let result = await runner.run(agent, "Go.");
    kit.print("paused");
    result.state.approve(interruptionOf(result, "c1"));
    result = await runner.run(agent, result.state);
    kit.report(result);
  });

  parity(
    "tells of starts in the order of the calls, also of agents used as tools",
    async (lib, kit) => {
      const inner = new lib.Agent({ name: "Inner", model: kit.model([message("Here.")]) });
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [
          inner.asTool({ toolName: "ask", toolDescription: "Asks." }),
          search(lib, kit),
          temperature(lib, kit, { needsApproval: () => false }),
        ],
        model: kit.model(
          [
            call("ask", { input: "a" }, "c1"),
            call("search", { query: "a" }, "c2"),
            call("get_temperature", { city: "Rome" }, "c3"),
          ],
          [message("Done.")],
        ),
      });
      const started: string[] = [];
      agent.on("agent_tool_start", (_context, { name }) => void started.push(name));
      await lib.run(agent, "Go.");
      kit.print(started);
    },
  );

  parity("tells of agents used as tools", async (lib, kit) => {
    const inner = new lib.Agent({
      name: "Inner",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "i1")], [message("Here.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [inner.asTool({ toolName: "inner", toolDescription: "Inner." })],
      model: kit.model([call("inner", { input: "a" }, "o1")], [message("Done.")]),
    });
    const runner = new lib.Runner();
    kit.hooks("inner", inner);
    kit.hooks("desk", agent);
    kit.hooks("runner", runner);
    kit.report(await runner.run(agent, "Go."));
  });

  parity("tells of tools that throw, and of outputs that are not text", async (lib, kit) => {
    const broken = lib.tool({
      name: "break",
      description: "Breaks.",
      parameters: z.object({}),
      execute: () => {
        throw new Error("boom");
      },
    });
    const structured = lib.tool({
      name: "structured",
      description: "Gives an object.",
      parameters: z.object({}),
      execute: () => ({ a: 1 }),
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [broken, structured],
      model: kit.model(
        [call("break", {}, "c1")],
        [call("structured", {}, "c2")],
        [message("Done.")],
      ),
    });
    kit.hooks("agent", agent);
    kit.report(await lib.run(agent, "Go."));
  });

  parity("tells a stream's hooks in the same order", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Done.")]),
    });
    const runner = new lib.Runner();
    kit.hooks("agent", agent);
    kit.hooks("runner", runner);
    const stream = await runner.run(agent, "Go.", { stream: true });
    await stream.completed;
    kit.report(stream);
  });

  parity("stops telling listeners that were taken off", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      model: kit.model([message("One.")], [message("Two.")]),
    });
    const listener = (): void => kit.print("always");
    agent.on("agent_start", listener);
    agent.once("agent_start", () => kit.print("once"));
    await lib.run(agent, "Go.");
    agent.off("agent_start", listener);
    await lib.run(agent, "Go.");
  });
});
