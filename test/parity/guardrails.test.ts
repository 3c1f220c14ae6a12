import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { FunctionTool, InputGuardrail, OutputGuardrail } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

function inputGuardrail(kit: Kit, name: string, trips: boolean): InputGuardrail {
  return {
    name,
    execute: async ({ agent, input, context }) => {
      kit.print("guardrail", name, agent.name, JSON.stringify(input), context.context);
      return { tripwireTriggered: trips, outputInfo: { by: name } };
    },
  };
}

function outputGuardrail(kit: Kit, name: string, trips: boolean): OutputGuardrail {
  return {
    name,
    execute: async ({ agent, agentOutput }) => {
      kit.print("guardrail", name, agent.name, agentOutput);
      return { tripwireTriggered: trips, outputInfo: name };
    },
  };
}

/** A tool with guardrails on both sides, which say when they run. */
function guardedTool(
  lib: Library,
  kit: Kit,
  verdicts: { input?: string; output?: string },
): FunctionTool {
  const { allow, rejectContent, throwException } = lib.ToolGuardrailFunctionOutputFactory;
  const judge = (verdict: string | undefined, text: string) => {
    if (verdict === "reject") return rejectContent(text, { rejected: true });
    return verdict === "throw" ? throwException({ thrown: true }) : allow({ allowed: true });
  };
  return temperature(lib, kit, {
    needsApproval: async (_context, input) => {
      kit.print("policy", input);
      return (input as { city: string }).city === "Rome";
    },
    inputGuardrails: [
      lib.defineToolInputGuardrail({
        name: "before",
        run: async ({ toolCall, agent }) => {
          kit.print("before", agent.name, toolCall.name, toolCall.arguments);
          return judge(verdicts.input, "not this city");
        },
      }),
    ],
    outputGuardrails: [
      lib.defineToolOutputGuardrail({
        name: "after",
        run: async ({ toolCall, output }) => {
          kit.print("after", toolCall.callId, output);
          return judge(verdicts.output, "withheld");
        },
      }),
    ],
  });
}

async function throwing(): Promise<never> {
  throw new TypeError("boom");
}

describe("guardrails", () => {
  parity("lets input pass", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      inputGuardrails: [inputGuardrail(kit, "first", false), inputGuardrail(kit, "second", false)],
      model: kit.model([message("Hi.")]),
    });
    kit.report(await lib.run(agent, "Hi.", { context: { a: 1 } }));
  });

  parity("trips on input before the model is asked", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      inputGuardrails: [{ ...inputGuardrail(kit, "first", true), runInParallel: false }],
      model: kit.model([message("Hi.")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Hi."));
    if (error instanceof lib.InputGuardrailTripwireTriggered) kit.print(error.result);
  });

  parity("trips on input beside the model", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      inputGuardrails: [inputGuardrail(kit, "first", true)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
    });
    const error = await kit.failure(() => lib.run(agent, [lib.user("Hi.")]));
    kit.print(error instanceof lib.InputGuardrailTripwireTriggered);
  });

  parity("keeps tools from running until all input has passed", async (lib, kit) => {
    for (const trips of [true, false]) {
      const { promise: wasAsked, resolve: asked } = Promise.withResolvers<void>();
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit)],
        inputGuardrails: [
          {
            name: "slow",
            execute: async () => {
              await wasAsked;
              for (let tick = 0; tick < 100; tick += 1) await Promise.resolve();
              kit.print("guardrail is done");
              return { tripwireTriggered: trips, outputInfo: {} };
            },
          },
        ],
        model: kit.model(() => {
          asked();
          return [call("search", { query: "a" }, "c1")];
        }, [message("Hi.")]),
      });
      const stream = await lib.run(agent, "Hi.", { stream: true });
      if (trips) await kit.failure(() => kit.watch(stream));
      else await kit.watch(stream);
    }
  });

  parity("throws from a stream when input trips", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      inputGuardrails: [{ ...inputGuardrail(kit, "first", true), runInParallel: false }],
      model: kit.model([message("Hi.")]),
    });
    const stream = await lib.run(agent, "Hi.", { stream: true });
    await kit.failure(async () => {
      for await (const event of stream) kit.print(event.type);
    });
    await kit.failure(() => stream.completed);
  });

  parity("looks at input once over a pause, and at the output at the end", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit)],
      inputGuardrails: [inputGuardrail(kit, "before", false)],
      outputGuardrails: [outputGuardrail(kit, "after", false)],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Warm.")]),
    });
    let result = await lib.run(agent, "Temp?");
    kit.report(result);
    const state = await lib.RunState.fromString(agent, result.state.toString());
    state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, state);
    kit.report(result);
  });

  parity("trips on output", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputGuardrails: [
        outputGuardrail(kit, "first", false),
        outputGuardrail(kit, "second", true),
      ],
      model: kit.model([message("A secret.")]),
    });
    kit.hooks("agent", agent);
    const error = await kit.failure(() => lib.run(agent, "Tell."));
    if (error instanceof lib.OutputGuardrailTripwireTriggered) {
      kit.print(error.result.guardrail, error.result.output);
    }
  });

  parity("throws from a stream when the output trips", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputGuardrails: [outputGuardrail(kit, "first", true)],
      model: kit.model([message("A secret.")]),
    });
    const stream = await lib.run(agent, "Tell.", { stream: true });
    await kit.failure(() => kit.watch(stream));
    await kit.failure(() => stream.completed);
  });

  parity("gives output guardrails the structured output", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      outputType: z.object({ degrees: z.number() }),
      outputGuardrails: [outputGuardrail(kit, "first", false)],
      model: kit.model([message('{"degrees":20}')]),
    });
    kit.report(await lib.run(agent, "Temp?"));
  });

  parity("runs the runner's guardrails and the agent's", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      inputGuardrails: [inputGuardrail(kit, "agent's", false)],
      outputGuardrails: [outputGuardrail(kit, "agent's", false)],
      model: kit.model([message("Hi.")]),
    });
    const runner = new lib.Runner({
      inputGuardrails: [inputGuardrail(kit, "runner's", false)],
      outputGuardrails: [outputGuardrail(kit, "runner's", false)],
    });
    kit.report(await runner.run(agent, "Hi."));
  });

  parity(
    "runs the input guardrails of the first agent, and the output ones of the last",
    async (lib, kit) => {
      const second = new lib.Agent({
        name: "Second",
        inputGuardrails: [inputGuardrail(kit, "second", false)],
        outputGuardrails: [outputGuardrail(kit, "second", false)],
        model: kit.model([message("Hi.")]),
      });
      const agent = new lib.Agent({
        name: "First",
        handoffs: [second],
        inputGuardrails: [inputGuardrail(kit, "first", false)],
        outputGuardrails: [outputGuardrail(kit, "first", false)],
        model: kit.model([call("transfer_to_Second", {}, "h1")]),
      });
      kit.report(await lib.run(agent, "Hi."));
    },
  );

  parity("fails where a guardrail throws", async (lib, kit) => {
    const input = new lib.Agent({
      name: "Clerk",
      inputGuardrails: [{ name: "broken", runInParallel: false, execute: throwing }],
      model: kit.model([message("Hi.")]),
    });
    const first = await kit.failure(() => lib.run(input, "Hi."));
    if (first instanceof lib.GuardrailExecutionError) kit.print(first.error.message);
    const output = new lib.Agent({
      name: "Clerk",
      outputGuardrails: [{ name: "broken", execute: throwing }],
      model: kit.model([message("Hi.")]),
    });
    const second = await kit.failure(() => lib.run(output, "Hi."));
    if (second instanceof lib.GuardrailExecutionError) kit.print(second.error.message);
  });

  for (const input of ["allow", "reject", "throw"]) {
    for (const output of ["allow", "reject", "throw"]) {
      if (input !== "allow" && output !== "allow") continue;
      parity(`guards a tool: ${input} its input, ${output} its output`, async (lib, kit) => {
        const agent = new lib.Agent({
          name: "Clerk",
          tools: [guardedTool(lib, kit, { input, output })],
          model: kit.model(
            [call("get_temperature", { city: "Bonn" }, "c1")],
            [call("get_temperature", { city: "Rome" }, "c2")],
            [message("Done.")],
          ),
        });
        kit.hooks("agent", agent);
        const go = async (): Promise<void> => {
          let result = await lib.run(agent, "Temp?");
          result.state.approve(interruptionOf(result, "c2"));
          result = await lib.run(agent, result.state);
          kit.report(result);
        };
        if (input === "throw" || output === "throw") {
          const error = await kit.failure(go);
          kit.print(error instanceof lib.ToolInputGuardrailTripwireTriggered);
          kit.print(error instanceof lib.ToolOutputGuardrailTripwireTriggered);
        } else {
          await go();
        }
      });
    }
  }

  parity("guards the input of a tool before a person is asked, where wanted", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [guardedTool(lib, kit, {})],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    const toolExecution = { preApprovalInputGuardrails: true };
    let result = await lib.run(agent, "Temp?", { toolExecution });
    result.state.approve(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state, { toolExecution });
    kit.report(result);
  });

  parity("asks nobody where a guardrail rejects first", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [guardedTool(lib, kit, { input: "reject" })],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    const toolExecution = { preApprovalInputGuardrails: true };
    kit.report(await lib.run(agent, "Temp?", { toolExecution }));
  });

  parity("runs no guardrail of a tool whose call is rejected", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [guardedTool(lib, kit, {})],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Done.")]),
    });
    kit.hooks("agent", agent);
    let result = await lib.run(agent, "Temp?");
    result.state.reject(interruptionOf(result, "c1"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });
});
