import { describe, expect, it } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { Agent } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";

type ToolOptions = NonNullable<Parameters<Agent["asTool"]>[0]>;

/** An agent that asks another one, whose run has settings of its own. */
function desk(
  lib: Library,
  kit: Kit,
  { options, turns }: { options: ToolOptions; turns: Parameters<Kit["model"]> },
): Agent {
  const inner = new lib.Agent({
    name: "Inner",
    instructions: "Inside.",
    tools: [temperature(lib, kit, { needsApproval: false }), search(lib, kit)],
    ...(turns.length === 0 ? {} : { model: kit.model(...turns) }),
  });
  const ask = { toolName: "ask", toolDescription: "Asks.", ...options };
  return new lib.Agent({
    name: "Desk",
    tools: [inner.asTool(ask)],
    model: kit.model([call("ask", { input: "card 1234" }, "o1")], [message("Done.")]),
  });
}

const measure = call("get_temperature", { city: "Rome" }, "i1");

/** One that looks at every input, and lets some through. */
function inputGuardrail(kit: Kit, name: string, tripwireTriggered: boolean) {
  return {
    name,
    runInParallel: false,
    execute: async ({ input, agent }: { input: unknown; agent: { name: string } }) => {
      kit.print(name, agent.name, input);
      return { tripwireTriggered, outputInfo: name };
    },
  };
}

describe("the settings of an agent used as a tool", () => {
  for (const trips of [false, true]) {
    parity(`guard its input${trips ? ", and stop it" : ""}`, async (lib, kit) => {
      const agent = desk(lib, kit, {
        options: { runConfig: { inputGuardrails: [inputGuardrail(kit, "inside", trips)] } },
        turns: [[measure], [message("Warm.")]],
      });
      const runner = new lib.Runner({ inputGuardrails: [inputGuardrail(kit, "outside", false)] });
      kit.report(await runner.run(agent, "Temp?"));
    });

    parity(`guard its output${trips ? ", and stop it" : ""}`, async (lib, kit) => {
      const execute = async ({ agentOutput }: { agentOutput: unknown }) => {
        kit.print("looks at", agentOutput);
        return { tripwireTriggered: trips, outputInfo: {} };
      };
      const agent = desk(lib, kit, {
        options: { runConfig: { outputGuardrails: [{ name: "inside", execute }] } },
        turns: [[message("Warm.")]],
      });
      kit.report(await lib.run(agent, "Temp?"));
    });
  }

  parity("give it a model, and settings over those of the runner", async (lib, kit) => {
    const agent = desk(lib, kit, {
      options: {
        runConfig: {
          model: kit.model([measure], [message("Warm.")]),
          modelSettings: { temperature: 0.1, toolChoice: "auto" },
        },
      },
      turns: [],
    });
    const runner = new lib.Runner({
      modelSettings: { topP: 0.5, temperature: 0.9, toolChoice: "required", maxTokens: 10 },
    });
    kit.report(await runner.run(agent, "Temp?"));
  });

  for (const where of ["runConfig", "runOptions"] as const) {
    parity(`filter what its model is sent, in ${where}`, async (lib, kit) => {
      const agent = desk(lib, kit, {
        options: {
          [where]: {
            callModelInputFilter: ({ modelData }: { modelData: { input: unknown[] } }) => ({
              ...modelData,
              input: JSON.parse(JSON.stringify(modelData.input).replaceAll("1234", "[card]")),
            }),
          },
        },
        turns: [[message("Warm.")]],
      });
      kit.report(await lib.run(agent, "Temp?"));
    });

    parity(`tell its model of unknown tools, in ${where}`, async (lib, kit) => {
      const agent = desk(lib, kit, {
        options: { [where]: { toolNotFoundBehavior: "return_error_to_model" } },
        turns: [[call("unknown", {}, "i1")], [message("Warm.")]],
      });
      kit.report(await lib.run(agent, "Temp?"));
    });
  }

  parity("end it by a handler where it would fail", async (lib, kit) => {
    const agent = desk(lib, kit, {
      options: {
        runOptions: {
          maxTurns: 1,
          errorHandlers: { maxTurns: () => ({ finalOutput: "Took too long." }) },
        },
      },
      turns: [[measure], [message("Warm.")]],
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  for (const where of ["runConfig", "runOptions"] as const) {
    parity(`run so many of its tools at once, in ${where}`, async (lib, kit) => {
      const slow = lib.tool({
        name: "slow",
        description: "Takes its time.",
        parameters: z.object({ n: z.number() }),
        execute: async ({ n }) => {
          kit.print("begins", n);
          await new Promise((resolve) => setImmediate(resolve));
          kit.print("ends", n);
          return String(n);
        },
      });
      const calls = [1, 2, 3].map((n) => call("slow", { n }, `i${n}`));
      const inner = new lib.Agent({
        name: "Inner",
        tools: [slow],
        model: kit.model(calls, [message("Warm.")]),
      });
      const toolExecution = { maxFunctionToolConcurrency: 1 };
      const ask = inner.asTool({ toolName: "ask", [where]: { toolExecution } });
      const agent = new lib.Agent({
        name: "Desk",
        tools: [ask],
        model: kit.model([call("ask", { input: "a" }, "o1")], [message("Done.")]),
      });
      kit.report(await lib.run(agent, "Go."));
    });
  }

  it.each(["runConfig", "runOptions"])("are refused where %s means nothing", (where) => {
    const inner = new ours.Agent({ name: "Inner" });
    const toolExecution = { maxFunctionToolConcurrency: 0 };
    expect(() => inner.asTool({ [where]: { toolExecution } })).toThrow(
      "maxFunctionToolConcurrency must be",
    );
  });

  it.each([
    [{ runOptions: { session: new ours.MemorySession() } }, /runOptions with session: nested runs/],
    [{ runOptions: { context: {} } }, /runOptions with context: nested runs see the context/],
    [{ runOptions: { conversationId: "c" } }, /runOptions with conversationId: /],
    [{ runOptions: { signal: new AbortController().signal } }, /runOptions with signal: /],
    [{ runConfig: { traceId: "t" } }, /runConfig with traceId: there is no tracing yet/],
    [{ runConfig: { sandbox: {} } }, /runConfig with sandbox: there are no sandbox agents/],
    [{ resumeState: { contextStrategy: "replace" } }, /with resumeState: a nested run is part of/],
    [{ onStreamMaxPendingEvents: 10 }, /with onStreamMaxPendingEvents: events are told/],
  ])("are refused by name where nothing would come of them: %o", (options, expected) => {
    const inner = new ours.Agent({ name: "Inner" });
    expect(() => inner.asTool(options as never)).toThrow(expected);
  });
});
