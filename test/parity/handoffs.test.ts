import { describe } from "vitest";
import { z } from "zod";

import { call, message, reasoning } from "../../src/testing.ts";
import type { HandoffInputData, HandoffInputFilter, RunContext } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

const isToolItem = (type: string): boolean => type.startsWith("tool_call");

const withoutToolItems: HandoffInputFilter = (data) => ({
  ...data,
  preHandoffItems: data.preHandoffItems.filter(({ type }) => !isToolItem(type)),
  newItems: data.newItems.filter(({ type }) => !isToolItem(type)),
});

describe("handoffs", () => {
  parity("hands off to an agent", async (lib, kit) => {
    const billing = new lib.Agent({
      name: "Billing Desk",
      handoffDescription: "Knows all bills.",
      instructions: "Settle bills.",
      model: kit.model([message("Paid.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      instructions: "Find the right desk.",
      handoffs: [billing],
      model: kit.model([reasoning("rs_1"), call("transfer_to_Billing_Desk", {}, "h1")]),
    });
    kit.report(await lib.run(agent, "Pay my bill."));
  });

  parity("hands off with an input, and tells a function of it", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [
        lib.handoff(billing, {
          toolNameOverride: "to_billing",
          toolDescriptionOverride: "To the desk for bills.",
          inputType: z.object({ reason: z.string(), urgent: z.boolean().optional() }),
          onHandoff: async (context: RunContext, input) => {
            kit.print("handing off", context.context, input);
          },
        }),
      ],
      model: kit.model([call("to_billing", { reason: "late", urgent: null }, "h1")]),
    });
    kit.report(await lib.run(agent, "Pay.", { context: { user: "Ann" } }));
  });

  parity("fails where the input of a handoff cannot be used", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const desk = (args: unknown) =>
      new lib.Agent({
        name: "Desk",
        handoffs: [
          lib.handoff(billing, {
            inputType: z.object({ reason: z.string() }),
            onHandoff: () => undefined,
          }),
        ],
        model: kit.model([call("transfer_to_Billing", args, "h1")]),
      });
    await kit.failure(() => lib.run(desk("{broken"), "Pay."));
  });

  parity("removes tool items on the way to the next agent", async (lib, kit) => {
    const billing = new lib.Agent({
      name: "Billing",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "b" }, "c2")], [message("Paid.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [search(lib, kit)],
      handoffs: [lib.handoff(billing, { inputFilter: withoutToolItems })],
      model: kit.model(
        [message("Looking."), call("search", { query: "a" }, "c1")],
        [call("transfer_to_Billing", {}, "h1")],
      ),
    });
    const result = await lib.run(agent, "Pay.");
    kit.report(result);
  });

  parity("shows a filter what there is, and takes what it makes", async (lib, kit) => {
    const filter: HandoffInputFilter = (data: HandoffInputData) => {
      kit.print(
        data.inputHistory,
        data.preHandoffItems.map(({ type }) => type),
      );
      kit.print(
        data.newItems.map(({ type }) => type),
        data.runContext?.context,
      );
      return {
        ...data,
        inputHistory: [lib.user("A customer wants to pay."), lib.assistant("I see.")],
        preHandoffItems: [],
        newItems: data.newItems,
      };
    };
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [search(lib, kit)],
      handoffs: [lib.handoff(billing, { inputFilter: filter })],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("search", { query: "b" }, "c2"), call("transfer_to_Billing", {}, "h1")],
      ),
    });
    kit.report(await lib.run(agent, "Pay.", { context: { user: "Ann" } }));
  });

  parity("takes a text for a history, over a reload", async (lib, kit) => {
    const weather = new lib.Agent({
      name: "Weather",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Warm.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [
        lib.handoff(weather, {
          inputFilter: (data) => ({
            ...data,
            inputHistory: "How warm is it in Rome?",
            newItems: data.newItems.slice(0, 1),
          }),
        }),
      ],
      model: kit.model([message("One moment."), call("transfer_to_Weather", {}, "h1")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    const state = await lib.RunState.fromString(agent, result.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("keeps a decision for good from the next agent", async (lib, kit) => {
    const getTemperature = temperature(lib, kit);
    const second = new lib.Agent({
      name: "Second",
      tools: [getTemperature],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c2")], [message("Warm.")]),
    });
    const agent = new lib.Agent({
      name: "First",
      tools: [getTemperature],
      handoffs: [second],
      model: kit.model(
        [call("get_temperature", { city: "Oslo" }, "c1")],
        [call("transfer_to_Second", {}, "h1")],
      ),
    });
    let result = await lib.run(agent, "Temp?");
    result.state.approve(interruptionOf(result, "c1"), { alwaysApprove: true });
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("filters for all handoffs of a runner that have no filter", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [search(lib, kit)],
      handoffs: [billing],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("transfer_to_Billing", {}, "h1")],
      ),
    });
    const runner = new lib.Runner({ handoffInputFilter: withoutToolItems });
    kit.report(await runner.run(agent, [lib.user("Pay."), lib.user("Now.")]));
  });

  parity("writes its items as JSON", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [search(lib, kit)],
      handoffs: [billing],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("transfer_to_Billing", {}, "h1")],
      ),
    });
    const { newItems } = await lib.run(agent, "Pay.");
    for (const item of newItems) kit.print(JSON.stringify(item));
  });

  parity("goes through three agents and back", async (lib, kit) => {
    const first = new lib.Agent({
      name: "First",
      model: kit.model([call("transfer_to_Second", {}, "h1")], [message("Back.")]),
    });
    const second = new lib.Agent({
      name: "Second",
      model: kit.model([call("transfer_to_Third", {}, "h2")]),
    });
    const third = new lib.Agent({
      name: "Third",
      handoffs: [first],
      model: kit.model([call("transfer_to_First", {}, "h3")]),
    });
    second.handoffs.push(third);
    first.handoffs.push(second);
    kit.report(await lib.run(first, "Go round."));
  });

  parity("takes the first of two handoffs", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const sales = new lib.Agent({ name: "Sales", model: kit.model([message("Sold.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [billing, sales],
      model: kit.model([
        call("transfer_to_Sales", {}, "h1"),
        call("transfer_to_Billing", {}, "h2"),
      ]),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("streams the first of two handoffs", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const sales = new lib.Agent({ name: "Sales", model: kit.model([message("Sold.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [billing, sales],
      tools: [search(lib, kit)],
      model: kit.model([
        call("transfer_to_Sales", {}, "h1"),
        call("search", { query: "a" }, "c1"),
        call("transfer_to_Billing", {}, "h2"),
      ]),
    });
    await kit.watch(await lib.run(agent, "Go.", { stream: true }));
  });

  parity("waits for a gated call before it hands off", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [temperature(lib, kit)],
      handoffs: [billing],
      model: kit.model([
        call("transfer_to_Billing", {}, "h1"),
        call("get_temperature", { city: "Rome" }, "c1"),
      ]),
    });
    let result = await lib.run(agent, "Go.");
    kit.report(result);
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, await lib.RunState.fromString(agent, result.state.toString()));
    kit.report(result);
  });

  parity("waits in the agent that it handed off to", async (lib, kit) => {
    const weather = new lib.Agent({
      name: "Weather",
      tools: [temperature(lib, kit)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Warm.")]),
    });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [weather],
      model: kit.model([call("transfer_to_Weather", {}, "h1")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    const state = await lib.RunState.fromString(agent, result.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("drops the second handoff where a gated call comes first", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing", model: kit.model([message("Paid.")]) });
    const sales = new lib.Agent({ name: "Sales", model: kit.model([message("Sold.")]) });
    const agent = new lib.Agent({
      name: "Desk",
      tools: [temperature(lib, kit)],
      handoffs: [billing, sales],
      model: kit.model([
        call("get_temperature", { city: "Rome" }, "c1"),
        call("transfer_to_Sales", {}, "h1"),
        call("transfer_to_Billing", {}, "h2"),
      ]),
    });
    let result = await lib.run(agent, "Go.");
    result.state.reject(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("offers handoffs only where they are enabled", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing" });
    const sales = new lib.Agent({ name: "Sales" });
    const legal = new lib.Agent({ name: "Legal" });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [
        lib.handoff(billing, { isEnabled: false }),
        lib.handoff(sales, {
          isEnabled: ({ runContext }) => (runContext.context as { sales: boolean }).sales,
        }),
        legal,
      ],
      model: kit.model([message("One.")], [message("Two.")]),
    });
    kit.report(await lib.run(agent, "Go.", { context: { sales: true } }));
    kit.report(await lib.run(agent, "Go.", { context: { sales: false } }));
  });

  parity("fails where the model takes a handoff that is not enabled", async (lib, kit) => {
    const billing = new lib.Agent({ name: "Billing" });
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [lib.handoff(billing, { isEnabled: false })],
      model: kit.model([call("transfer_to_Billing", {}, "h1")]),
    });
    await kit.failure(() => lib.run(agent, "Pay."));
  });

  parity("forces tools anew for each agent", async (lib, kit) => {
    const second = new lib.Agent({
      name: "Second",
      modelSettings: { toolChoice: "search" },
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "b" }, "c2")], [message("Done.")]),
    });
    const agent = new lib.Agent({
      name: "First",
      modelSettings: { toolChoice: "required" },
      tools: [search(lib, kit)],
      handoffs: [second],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("transfer_to_Second", {}, "h1")],
      ),
    });
    kit.report(await lib.run(agent, "Go."));
  });

  parity("tells the model what was transferred", async (lib, kit) => {
    const agent = new lib.Agent({ name: "Billing Desk", handoffDescription: "Bills." });
    kit.print(lib.getTransferMessage(agent));
    const { toolName, toolDescription, agentName, inputJsonSchema } = lib.getHandoff(agent);
    kit.print(toolName, "|", toolDescription, "|", agentName, inputJsonSchema);
  });
});
