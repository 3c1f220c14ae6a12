import { describe } from "vitest";

import { call, message } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

const kept = {
  conversationId: { conversationId: "conv_9" },
  previousResponseId: { previousResponseId: "resp_0" },
};

for (const [kind, options] of Object.entries(kept)) {
  describe(`history at the provider, by ${kind}`, () => {
    parity(`sends only what is new, by ${kind}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        instructions: "Be brief.",
        tools: [search(lib, kit)],
        model: kit.model(
          [message("Looking."), call("search", { query: "a" }, "c1")],
          [call("search", { query: "b" }, "c2"), call("search", { query: "c" }, "c3")],
          [message("Done.")],
        ),
      });
      kit.report(await lib.run(agent, "Find.", options));
    });

    parity(`sends only outputs after each pause and reload, by ${kind}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [call("get_temperature", { city: "Rome" }, "c1")],
          [call("get_temperature", { city: "Bonn" }, "c2")],
          [message("Done.")],
        ),
      });
      let result = await lib.run(agent, "Temp?", options);
      while (result.interruptions.length > 0) {
        const state = await lib.RunState.fromString(agent, result.state.toString());
        for (const interruption of state.getInterruptions()) state.approve(interruption);
        result = await lib.run(agent, state);
      }
      kit.report(result);
    });

    parity(
      `sends nothing until all calls are decided, by ${kind}`,
      async (lib, kit) => {
        const agent = new lib.Agent({
          name: "Clerk",
          tools: [search(lib, kit), temperature(lib, kit)],
          model: kit.model(
            [
              call("get_temperature", { city: "Rome" }, "c1"),
              call("search", { query: "a" }, "c2"),
              call("get_temperature", { city: "Bonn" }, "c3"),
            ],
            [message("Done.")],
          ),
        });
        let result = await lib.run(agent, "Temp?", options);
        result.state.approve(interruptionOf(result, "c3"));
        result = await lib.run(agent, result.state);
        result.state.reject(interruptionOf(result, "c1"), { message: "no" });
        result = await lib.run(
          agent,
          await lib.RunState.fromString(agent, result.state.toString()),
        );
        kit.report(result);
      },
      { differs: ["outputs_in_call_order"] },
    );

    parity(`goes on with it in the stream and in the next run, by ${kind}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [call("get_temperature", { city: "Rome" }, "c1")],
          [message("Done.")],
          [message("Again.")],
        ),
      });
      let stream = await lib.run(agent, "Temp?", { ...options, stream: true });
      await stream.completed;
      stream.state.approve(interruptionOf(stream, "c1"));
      stream = await lib.run(agent, stream.state, { stream: true });
      await kit.watch(stream);
      const next =
        kind === "conversationId"
          ? options
          : { previousResponseId: stream.lastResponseId ?? "none" };
      kit.report(await lib.run(agent, "Thanks.", next));
    });

    parity(`sends added input behind the outputs, by ${kind}`, async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
      });
      let result = await lib.run(agent, "Temp?", options);
      result.state.addInput("And be quick.");
      result.state.approve(interruptionOf(result, "c1"));
      result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
      kit.report(result);
    });

    parity(`hands off within it, by ${kind}`, async (lib, kit) => {
      const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
      const sales = new lib.Agent({ name: "Sales", model: kit.model([message("Sold.")]) });
      const agent = new lib.Agent({
        name: "Desk",
        handoffs: [billing, sales],
        tools: [search(lib, kit)],
        model: kit.model([
          call("transfer_to_Billing", {}, "h1"),
          call("search", { query: "a" }, "c1"),
          call("transfer_to_Sales", {}, "h2"),
        ]),
      });
      kit.report(await lib.run(agent, "Pay.", options));
    });

    parity(`keeps it from agents used as tools, by ${kind}`, async (lib, kit) => {
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
      kit.report(await lib.run(agent, "Go.", options));
    });

    parity(
      `refuses handoff filters, by ${kind}`,
      async (lib, kit) => {
        const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
        const agent = new lib.Agent({
          name: "Desk",
          handoffs: [lib.handoff(billing, { inputFilter: (data) => data })],
          model: kit.model([call("transfer_to_Billing", {}, "h1")]),
        });
        const error = await kit.failure(() => lib.run(agent, "Pay.", options));
        kit.print(error instanceof lib.UserError);
      },
      { differs: ["errors_say_what_to_do"] },
    );
  });
}
