import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { RunContext } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { interruptionOf } from "./pieces.ts";

describe("policies", () => {
  parity("asks a function, and waits only where it says so", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: async (_context, { city }) => city === "Oakland",
      execute: async ({ city }) => `20C in ${city}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [getTemperature],
      model: kit.model(
        [
          call("get_temperature", { city: "Rome" }, "c1"),
          call("get_temperature", { city: "Oakland" }, "c2"),
        ],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    result.state.approve(interruptionOf(result, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity(
    "asks a function that answers at once",
    async (lib, kit) => {
      const tools = [
        lib.tool({
          name: "get_temperature",
          description: "The temperature in a city.",
          parameters: z.object({ city: z.string() }),
          needsApproval: (_context, { city }) => city === "Oakland",
          execute: ({ city }) => `20C in ${city}`,
        }),
      ];
      const model = kit.model(
        [
          call("get_temperature", { city: "Oakland" }, "c1"),
          call("get_temperature", { city: "Rome" }, "c2"),
        ],
        [message("Done.")],
      );
      const agent = new lib.Agent({ name: "Clerk", tools, model });
      let result = await lib.run(agent, "Temp?");
      kit.report(result);
      result.state.reject(interruptionOf(result, "c1"));
      result = await lib.run(agent, result.state);
      kit.print(result.finalOutput);
    },
    { differs: ["outputs_in_call_order"] },
  );

  parity("tells the function the context, the arguments and the call", async (lib, kit) => {
    const payment = lib.tool({
      name: "pay",
      description: "Pays.",
      parameters: z.object({ cents: z.number(), note: z.string().default("none") }),
      needsApproval: async (context: RunContext, args, callId) => {
        const limit = (context.context as { limit: number }).limit;
        kit.print("policy", limit, args, callId);
        return args.cents > limit;
      },
      execute: async ({ cents, note }) => {
        kit.print("paying", cents, note);
        return "paid";
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [payment],
      model: kit.model(
        [call("pay", { cents: 100, note: null }, "c1")],
        [call("pay", { cents: 900, note: "rent" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Pay.", { context: { limit: 500 } });
    kit.report(result);
    result.state.approve(interruptionOf(result, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("waits where a policy cannot be told the arguments", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: async () => {
        kit.print("the policy is asked");
        return false;
      },
      execute: async ({ city }) => `20C in ${city}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [getTemperature],
      model: kit.model([call("get_temperature", "{broken", "c1")], [message("Done.")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("does not ask a person about arguments that cannot be read", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: true,
      execute: async ({ city }) => `20C in ${city}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [getTemperature],
      model: kit.model([call("get_temperature", "{broken", "c1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("does not ask a person about arguments that do not fit", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: true,
      execute: async ({ city }) => `20C in ${city}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [getTemperature],
      model: kit.model([call("get_temperature", { town: 1 }, "c1")], [message("Done.")]),
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("does not ask the policy about a call that is decided", async (lib, kit) => {
    const getTemperature = lib.tool({
      name: "get_temperature",
      description: "The temperature in a city.",
      parameters: z.object({ city: z.string() }),
      needsApproval: async (_context, { city }) => {
        kit.print("the policy is asked about", city);
        return true;
      },
      execute: async ({ city }) => `20C in ${city}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [getTemperature],
      model: kit.model(
        [call("get_temperature", { city: "Rome" }, "c1")],
        [call("get_temperature", { city: "Bonn" }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "c1"), { alwaysReject: true });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });
});
