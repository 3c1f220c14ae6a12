import * as agents from "@openai/agents";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { call, createScriptedModel, message } from "../../src/testing.ts";
import type { FunctionTool, RunContext, Tool } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { temperature } from "./pieces.ts";

const amount = z.object({ amount: z.number() });

function pay(lib: Library, kit: Kit) {
  return lib.tool({
    name: "pay",
    description: "Pays.",
    parameters: amount,
    execute: ({ amount: dollars }) => {
      kit.print("paying", dollars);
      return `paid ${dollars}`;
    },
  });
}

type Invoke = FunctionTool["invoke"];

/** A limit that somebody puts around a tool. */
function limited(invoke: Invoke, kit: Kit): Invoke {
  return async (context, input, details) => {
    kit.print("asked for", input, details?.toolCall?.callId);
    const { amount: dollars } = JSON.parse(input) as { amount: number };
    return dollars > 1000 ? "refused: over the limit" : invoke(context, input, details);
  };
}

async function payTwice(lib: Library, kit: Kit, tools: Tool[]): Promise<void> {
  const agent = new lib.Agent({
    name: "Clerk",
    tools,
    model: kit.model(
      [call("pay", { amount: 999_999 }, "c1"), call("pay", { amount: 5 }, "c2")],
      [message("Done.")],
    ),
  });
  kit.report(await lib.run(agent, "Pay."));
}

const wrappings: [name: string, wrap: (tool: FunctionTool, kit: Kit) => FunctionTool][] = [
  ["in a copy", (tool, kit) => ({ ...tool, invoke: limited(tool.invoke, kit) })],
  ["in the tool itself", (tool, kit) => Object.assign(tool, { invoke: limited(tool.invoke, kit) })],
  [
    "in an object made from it",
    (tool, kit) =>
      Object.assign(Object.create(tool) as FunctionTool, { invoke: limited(tool.invoke, kit) }),
  ],
  ["in a copy of a copy", (tool, kit) => ({ ...tool, ...{ invoke: limited(tool.invoke, kit) } })],
];

describe("an invoke that a program wrapped", () => {
  for (const [name, wrap] of wrappings) {
    parity(`is what is called, ${name}`, async (lib, kit) => {
      await payTwice(lib, kit, [wrap(pay(lib, kit), kit)]);
    });
  }

  parity("is called with what was approved, after the approval", async (lib, kit) => {
    const measured = temperature(lib, kit);
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [
        {
          ...measured,
          async invoke(context: RunContext, input: string) {
            kit.print("invoked with", input);
            return `for ${input}: ${String(await measured.invoke(context, input))}`;
          },
        },
      ],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("Warm.")]),
    });
    const paused = await lib.run(agent, "Temp?");
    kit.print("waits", paused.interruptions.length);
    const state = await lib.RunState.fromString(agent, paused.state.toString());
    for (const interruption of state.getInterruptions()) state.approve(interruption);
    kit.report(await lib.run(agent, state));
  });

  parity("fails the run where it throws", async (lib, kit) => {
    const tool = { ...pay(lib, kit), invoke: () => Promise.reject(new Error("over the limit")) };
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [tool],
      model: kit.model([call("pay", { amount: 1 }, "c1")], [message("Done.")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Pay."));
    kit.print(error instanceof lib.ToolCallError, "error" in error && String(error.error));
  });

  it("is refused on an agent used as a tool, whose run it would not stand before", async () => {
    const inner = new ours.Agent({ name: "Inner" });
    const tool = { ...inner.asTool(), invoke: async () => "refused" };
    const agent = new ours.Agent({ name: "Clerk", tools: [tool] });
    await expect(ours.run(agent, "Pay.")).rejects.toThrow(
      'Cannot run tool "Inner": it is an agent used as a tool, whose run is not what invoke does',
    );
  });
});

describe("gates that are set after a tool was made", () => {
  const gates: [name: string, gate: unknown][] = [
    ["a function", async (_context: RunContext, { city }: { city: string }) => city === "Rome"],
    [
      "a function that answers at once",
      (_context: RunContext, { city }: { city: string }) => city === "Rome",
    ],
  ];
  for (const [name, gate] of gates) {
    parity(
      `hold: ${name}`,
      async (lib, kit) => {
        const tool = temperature(lib, kit, { needsApproval: false });
        tool.needsApproval = gate as FunctionTool["needsApproval"];
        const agent = new lib.Agent({
          name: "Clerk",
          tools: [tool],
          model: kit.model(
            [
              call("get_temperature", { city: "Rome" }, "c1"),
              call("get_temperature", { city: "Bonn" }, "c2"),
            ],
            [message("Warm.")],
          ),
        });
        const paused = await lib.run(agent, "Temp?");
        kit.report(paused);
        for (const interruption of paused.interruptions) paused.state.approve(interruption);
        kit.report(await lib.run(agent, paused.state));
      },
      { differs: ["outputs_in_call_order"] },
    );
  }

  parity("are functions to whoever reads them", async (lib, kit) => {
    const context = new lib.RunContext();
    for (const needsApproval of [true, false, undefined, async () => true]) {
      const tool = temperature(lib, kit, needsApproval === undefined ? {} : { needsApproval });
      kit.print(await tool.needsApproval(context, { city: "Rome" }, "c1"));
    }
    const agent = new lib.Agent({ name: "Clerk" });
    for (const isEnabled of [true, false, undefined, () => false]) {
      const tool = temperature(lib, kit, isEnabled === undefined ? {} : { isEnabled });
      kit.print(await tool.isEnabled(context, agent));
    }
  });

  it.each([
    ["a text", "yes", /needsApproval must be true, false or a function/],
    ["null", null, /needsApproval must be true, false or a function/],
  ])("are refused where they cannot be understood: %s", async (_name, gate, expected) => {
    const tool = ours.tool({ name: "pay", description: "", parameters: amount, execute: () => "" });
    const agent = new ours.Agent({
      name: "Clerk",
      tools: [{ ...tool, needsApproval: gate } as never],
    });
    await expect(ours.run(agent, "Pay.")).rejects.toThrow(expected);
  });

  parity("hide a tool", async (lib, kit) => {
    const [shown, hidden] = [temperature(lib, kit), pay(lib, kit)];
    hidden.isEnabled = async () => false;
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [shown, hidden],
      model: kit.model([message("Nothing to do.")]),
    });
    kit.report(await lib.run(agent, "Pay."));
  });

  parity("hide a tool in a copy, told context and agent", async (lib, kit) => {
    const tool = pay(lib, kit);
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [
        {
          ...tool,
          isEnabled: (context: RunContext, { name }: { name: string }) => {
            kit.print(context.context, name);
            return false;
          },
        },
      ],
      model: kit.model([message("Nothing to do.")]),
    });
    kit.report(await lib.run(agent, "Pay.", { context: { user: "Ada" } }));
  });
});

/** A tool that nobody's `tool()` made. */
function handMade(kit: Kit, changes: Partial<FunctionTool> = {}): FunctionTool {
  return {
    type: "function",
    name: "pay",
    description: "Pays.",
    parameters: {
      type: "object",
      properties: { amount: { type: "number" } },
      required: ["amount"],
      additionalProperties: false,
    },
    strict: true,
    needsApproval: async () => false,
    isEnabled: async () => true,
    async invoke(_context, input, details) {
      kit.print("paying", input, details?.toolCall?.callId);
      return "paid";
    },
    ...changes,
  };
}

/** The same as an object of a class, with a secret of its own. */
class Payment {
  readonly type = "function";
  readonly name = "pay";
  readonly description = "Pays.";
  readonly strict = true;
  readonly #kit: Kit;
  readonly #limit = 1000;

  constructor(kit: Kit) {
    this.#kit = kit;
  }

  get parameters() {
    return handMade(this.#kit).parameters;
  }

  async needsApproval(_context: RunContext, input: unknown): Promise<boolean> {
    return (input as { amount: number }).amount > this.#limit;
  }

  // The original asks it alone.
  readonly isEnabled = async (): Promise<boolean> => this.#limit > 0;

  async invoke(_context: RunContext, input: string): Promise<string> {
    this.#kit.print("paying", input, this.#limit);
    return "paid";
  }
}

async function payAndApprove(lib: Library, kit: Kit, tool: FunctionTool): Promise<void> {
  const agent = new lib.Agent({
    name: "Clerk",
    tools: [tool],
    model: kit.model(
      [call("pay", { amount: 999_999 }, "c1"), call("pay", { amount: 5 }, "c2")],
      [message("Done.")],
    ),
  });
  let result = await lib.run(agent, "Pay.");
  kit.report(result);
  if (result.interruptions.length === 0) return;
  const state = await lib.RunState.fromString(agent, result.state.toString());
  for (const [index, interruption] of state.getInterruptions().entries()) {
    if (index === 0) state.approve(interruption);
    else state.reject(interruption);
  }
  result = await lib.run(agent, state);
  kit.report(result);
}

describe("tools that tool() did not make", () => {
  parity("run, where their gate is open", (lib, kit) => payAndApprove(lib, kit, handMade(kit)));

  parity("wait, where it is not", (lib, kit) =>
    payAndApprove(lib, kit, handMade(kit, { needsApproval: async () => true })),
  );

  parity(
    "are asked with the arguments",
    (lib, kit) =>
      payAndApprove(
        lib,
        kit,
        handMade(kit, {
          needsApproval: async (_context, input) => (input as { amount: number }).amount > 1000,
        }),
      ),
    { differs: ["outputs_in_call_order"] },
  );

  parity("are run by their guardrails", (lib, kit) =>
    payAndApprove(
      lib,
      kit,
      handMade(kit, {
        inputGuardrails: [
          lib.defineToolInputGuardrail({
            name: "limit",
            run: async ({ toolCall }) =>
              toolCall.arguments.includes("999999")
                ? lib.ToolGuardrailFunctionOutputFactory.rejectContent("too much")
                : lib.ToolGuardrailFunctionOutputFactory.allow(),
          }),
        ],
        outputGuardrails: [
          lib.defineToolOutputGuardrail({
            name: "secret",
            run: async ({ output }) =>
              lib.ToolGuardrailFunctionOutputFactory.rejectContent(`hidden: ${String(output)}`),
          }),
        ],
      }),
    ),
  );

  parity("may be objects of a class", (lib, kit) => payAndApprove(lib, kit, new Payment(kit)), {
    differs: ["outputs_in_call_order"],
  });

  parity(
    "may be those of the OpenAI Agents SDK",
    async (lib, kit) => {
      const tool = agents.tool({
        name: "pay",
        description: "Pays.",
        parameters: amount,
        needsApproval: async (_context, { amount: dollars }) => dollars > 1000,
        execute: ({ amount: dollars }, context) => {
          kit.print("paying", dollars, context?.context);
          return `paid ${dollars}`;
        },
      });
      await payAndApprove(lib, kit, tool as unknown as FunctionTool);
    },
    { differs: ["outputs_in_call_order"] },
  );

  it.each([
    ["without a gate", { needsApproval: undefined }],
    ["whose gate answers neither true nor false", { needsApproval: async () => "no" as never }],
    ["whose gate throws", { needsApproval: () => Promise.reject(new Error("no")) }],
  ])("wait %s", async (_name, changes) => {
    const printed: unknown[] = [];
    const kit = { print: (...values: unknown[]) => void printed.push(values) } as unknown as Kit;
    const agent = new ours.Agent({
      name: "Clerk",
      tools: [handMade(kit, changes as Partial<FunctionTool>)],
      model: createScriptedModel([[call("pay", { amount: 5 }, "c1")], [message("Done.")]]),
    });
    const result = await ours.run(agent, "Pay.");
    expect(result.interruptions.map(({ name }) => name)).toEqual(["pay"]);
    expect(printed).toEqual([]);
  });

  it.each([
    ["no invoke", { invoke: undefined }, /it has no invoke/],
    ["no schema", { parameters: "none" }, /its parameters must be a JSON Schema/],
    [
      "a switch that is none",
      { isEnabled: "no" },
      /its isEnabled must be true, false or a function/,
    ],
    ["deferLoading", { deferLoading: true }, /with deferLoading: there is no tool search/],
    [
      "allowedCallers",
      { allowedCallers: ["direct"] },
      /with allowedCallers: there is no programmatic/,
    ],
    ["customDataExtractor", { customDataExtractor: () => ({}) }, /with customDataExtractor: /],
    ["outputSchema", { outputSchema: {} }, /with outputSchema: check the output inside execute/],
    ["providerData", { providerData: { a: 1 } }, /with providerData: tools are sent by name/],
  ])("are refused for %s", async (_name, changes, expected) => {
    const kit = { print: () => undefined } as unknown as Kit;
    const agent = new ours.Agent({ name: "Clerk", tools: [handMade(kit, changes as never)] });
    await expect(ours.run(agent, "Pay.")).rejects.toThrow(expected);
  });

  it("are refused where they are agents of another library", async () => {
    const inner = new agents.Agent({ name: "Inner" });
    const agent = new ours.Agent({ name: "Clerk", tools: [inner.asTool({}) as never] });
    await expect(ours.run(agent, "Pay.")).rejects.toThrow(
      'Cannot run tool "Inner": it is an agent of another library. Make the agent with this one',
    );
  });

  it.each(["computer", "shell", "apply_patch", "custom"])(
    "are refused of type %s",
    async (type) => {
      const agent = new ours.Agent({ name: "Clerk", tools: [{ type, name: "x" } as never] });
      await expect(ours.run(agent, "Pay.")).rejects.toThrow(
        `tools of type "${type}" are not built`,
      );
    },
  );

  it("are refused where a hosted server's tools would ask for approval", async () => {
    const tool = agents.hostedMcpTool({
      serverLabel: "shop",
      serverUrl: "https://shop.example/mcp",
      requireApproval: "always",
    });
    const agent = new ours.Agent({ name: "Clerk", tools: [tool] });
    await expect(ours.run(agent, "Pay.")).rejects.toThrow(
      "approvals of hosted MCP tools are not built",
    );
  });
});
