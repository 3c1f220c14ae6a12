import { describe, expect, it } from "vitest";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type { Agent } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";

function team(lib: Library, kit: Kit): { clerk: Agent; boss: Agent } {
  return {
    clerk: new lib.Agent({ name: "Clerk", model: kit.model([message("Here.")]) }),
    boss: new lib.Agent({ name: "Boss", model: kit.model([message("No.")]) }),
  };
}

describe("parts of a handoff that a program sets", () => {
  parity("are what is called", async (lib, kit) => {
    const { clerk, boss } = team(lib, kit);
    const handoff = lib.handoff(clerk);
    const before = handoff.onInvokeHandoff;
    handoff.onInvokeHandoff = async (context, input) => {
      kit.print("handing off", context.context, input, (await before(context, input)).name);
      return boss;
    };
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [handoff, boss],
      model: kit.model([call("transfer_to_Clerk", {}, "h1")]),
    });
    kit.report(await lib.run(agent, "Help.", { context: { user: "Ada" } }));
  });

  parity("are those of a copy", async (lib, kit) => {
    const { clerk, boss } = team(lib, kit);
    const handoff = lib.handoff(clerk, { onHandoff: () => kit.print("handing off") });
    const copy = handoff.clone({ agent: boss, toolDescription: "To the boss." });
    kit.print(copy.agentName, copy.toolName, copy.toolDescription, handoff.toolDescription);
    const agent = new lib.Agent({
      name: "Desk",
      handoffs: [copy],
      model: kit.model([call("transfer_to_Clerk", {}, "h1")]),
    });
    kit.report(await lib.run(agent, "Help."));
  });

  it("lead nowhere that cannot be reached", async () => {
    const clerk = new ours.Agent({ name: "Clerk" });
    const handoff = ours.handoff(clerk);
    handoff.onInvokeHandoff = async () => new ours.Agent({ name: "Stranger" });
    const agent = new ours.Agent({
      name: "Desk",
      handoffs: [handoff],
      model: createScriptedModel([[call("transfer_to_Clerk", {}, "h1")]]),
    });
    await expect(ours.run(agent, "Help.")).rejects.toThrow('Cannot hand off to "Stranger"');
  });
});
