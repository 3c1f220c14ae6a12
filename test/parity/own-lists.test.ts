import { describe, expect, it } from "vitest";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type { Agent, Handoff, RunContext, Tool } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";

interface Rights {
  mayMeasure: boolean;
}

/** An agent that shows its tools to some users only. */
function guarded(lib: Library, kit: Kit, ...turns: Parameters<Kit["model"]>): Agent<Rights> {
  const Guarded = class extends lib.Agent<Rights> {
    override async getAllTools(context: RunContext<Rights>): Promise<Tool<Rights>[]> {
      kit.print("tools for", context.context);
      const all = await super.getAllTools(context);
      return all.filter(({ name }) => name !== "get_temperature" || context.context.mayMeasure);
    }
  };
  return new Guarded({
    name: "Guarded",
    tools: [search(lib, kit), temperature(lib, kit)],
    model: kit.model(...turns),
  });
}

const measure = call("get_temperature", { city: "Rome" }, "c1");

describe("agents that say themselves what they offer", () => {
  parity("are asked before every model call, and after a pause", async (lib, kit) => {
    const agent = guarded(
      lib,
      kit,
      [measure],
      [call("search", { query: "a" }, "c2")],
      [message("Warm.")],
    );
    const paused = await lib.run(agent, "Temp?", { context: { mayMeasure: true } });
    kit.report(paused);
    const state = await lib.RunState.fromString(agent, paused.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    kit.report(await lib.run(agent, state));
  });

  parity("run no tool that they do not offer", async (lib, kit) => {
    const agent = guarded(lib, kit, [measure], [message("Warm.")]);
    await kit.failure(() => lib.run(agent, "Temp?", { context: { mayMeasure: false } }));
  });

  parity("tell the model so, where that is wanted", async (lib, kit) => {
    const agent = guarded(lib, kit, [measure], [message("I cannot.")]);
    const runner = new lib.Runner({ toolNotFoundBehavior: "return_error_to_model" });
    kit.report(await runner.run(agent, "Temp?", { context: { mayMeasure: false } }));
  });

  parity("add tools", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Adding",
      tools: [search(lib, kit)],
      model: kit.model([measure], [message("Warm.")]),
    });
    agent.getMcpTools = async () => [temperature(lib, kit, { needsApproval: false })];
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("say whom they hand off to", async (lib, kit) => {
    const clerk = new lib.Agent({ name: "Clerk", model: kit.model([message("Here.")]) });
    const boss = new lib.Agent({ name: "Boss", model: kit.model([message("No.")]) });
    const Careful = class extends lib.Agent {
      override async getEnabledHandoffs(context: RunContext): Promise<Handoff[]> {
        const all = await super.getEnabledHandoffs(context);
        return all.filter(({ agentName }) => agentName === "Clerk");
      }
    };
    const agent = new Careful({
      name: "Desk",
      handoffs: [clerk, boss],
      model: kit.model([call("transfer_to_Clerk", {}, "h1")]),
    });
    kit.report(await lib.run(agent, "Help."));
    const other = agent.clone({});
    kit.print(other.name);
  });

  it("offer one user nothing of what they offer another", async () => {
    const printed: unknown[] = [];
    const kit = { print: (...values: unknown[]) => void printed.push(values.join(" ")) };
    const makeModel = () => createScriptedModel([[measure], [message("Warm.")]]);
    const agent = guarded(ours, { ...kit, model: makeModel } as unknown as Kit);
    agent.tools = [temperature(ours, kit as unknown as Kit, { needsApproval: false })];
    const [may, mayNot] = await Promise.allSettled([
      ours.run(agent.clone({ model: makeModel() }), "Temp?", { context: { mayMeasure: true } }),
      ours.run(agent, "Temp?", { context: { mayMeasure: false } }),
    ]);
    expect([may.status, mayNot.status]).toEqual(["fulfilled", "rejected"]);
    expect(printed.filter((line) => line === "measuring Rome")).toHaveLength(1);
  });

  it.each([
    ["getPrompt", { getPrompt: async () => ({ promptId: "p" }) }],
    ["processFinalOutput", { processFinalOutput: () => "redacted" }],
  ])("are refused with a %s of their own, which nobody would ask", async (name, own) => {
    const agent = Object.assign(new ours.Agent({ name: "Clerk" }), own);
    await expect(ours.run(agent, "Hi.")).rejects.toThrow(`its own ${name} would not be asked`);
  });

  it("are refused with an agent tool that is not in their tools", async () => {
    const inner = new ours.Agent({ name: "Inner" });
    const agent = new ours.Agent({ name: "Clerk", model: createScriptedModel([[message("Hi.")]]) });
    agent.getAllTools = async () => [inner.asTool()];
    await expect(ours.run(agent, "Hi.")).rejects.toThrow(
      'agent tool "Inner", which is not in its tools',
    );
  });
});
