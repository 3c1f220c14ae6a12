import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  Agent,
  createAgentRegistry,
  createMemoryRunStore,
  createRunService,
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  run,
  tool,
  ToolGuardrailFunctionOutputFactory,
  type FunctionCallItem,
} from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

const { allow } = ToolGuardrailFunctionOutputFactory;
const parameters = z.object({ to: z.object({ cents: z.number() }) });
type Payment = z.infer<typeof parameters>;
type PayOptions = Partial<Parameters<typeof tool<typeof parameters>>[0]>;

/** An agent that pays once, and what its body got. */
function createPayer(options: PayOptions) {
  const paid: Payment[] = [];
  const pay = tool({
    name: "pay",
    description: "Pays",
    parameters,
    execute(input) {
      paid.push(structuredClone(input));
      return { ...input };
    },
    ...options,
  });
  const payment = call("pay", { to: { cents: 1 } }, "c1");
  const model = createScriptedModel([[payment], [message("Done.")]]);
  return { agent: new Agent({ name: "Payer", model, tools: [pay] }), paid };
}

/** What a function of the user's may do to a call that it is shown. */
function meddle(toolCall: FunctionCallItem): void {
  toolCall.arguments = '{"to":{"cents":900}}';
}

const judges: [string, PayOptions][] = [
  [
    "needsApproval that lets it run",
    {
      needsApproval(_context, input) {
        input.to.cents = 900;
        return false;
      },
    },
  ],
  [
    "needsApproval that asks",
    {
      needsApproval(_context, input) {
        input.to.cents = 900;
        return true;
      },
    },
  ],
  [
    "a guardrail of the input",
    {
      inputGuardrails: [
        defineToolInputGuardrail({
          name: "in",
          run({ toolCall }) {
            meddle(toolCall);
            return allow();
          },
        }),
      ],
    },
  ],
  [
    "a guardrail of the output",
    {
      outputGuardrails: [
        defineToolOutputGuardrail({
          name: "out",
          run({ toolCall, output }) {
            meddle(toolCall);
            (output as Payment).to.cents = 900;
            return allow();
          },
        }),
      ],
    },
  ],
];

describe("functions that judge a call", () => {
  it.each(judges)("change nothing of it: %s", async (_who, options) => {
    const { agent, paid } = createPayer(options);
    let result = await run(agent, "Pay.");
    for (const item of result.interruptions) {
      expect(item.arguments).toBe('{"to":{"cents":1}}');
      result.state.approve(item);
    }
    if (result.interruptions.length > 0) result = await run(agent, result.state);
    expect(paid).toEqual([{ to: { cents: 1 } }]);
    expect(JSON.stringify(result.history)).not.toContain("900");
  });

  it("change nothing of it: a policy of the process", async () => {
    const { agent, paid } = createPayer({});
    const service = createRunService({
      store: createMemoryRunStore(),
      registry: createAgentRegistry([{ agent, source: "test#Payer" }], {}),
      gates: {
        policy(judged) {
          (judged.arguments as unknown as Payment).to.cents = 900;
          return undefined;
        },
      },
      log: { info() {}, warn() {} },
    });
    const runId = await service.start({ input: "Pay." });
    await service.wait(runId, { timeoutMs: 10_000 });
    await service.close();
    expect(paid).toEqual([{ to: { cents: 1 } }]);
  });
});

describe("a body that changes what it is given", () => {
  const strict = { needsApproval: true, execute: spend } as const;

  function spend(input: Payment): string {
    input.to.cents = 900;
    return "paid";
  }

  it("changes nothing of what was approved, nor of what the model is told of it", async () => {
    const { agent } = createPayer(strict);
    const { state, interruptions } = await run(agent, "Pay.");
    state.approve(interruptions[0]!, { arguments: { to: { cents: 5 } } });
    const { history, state: ended } = await run(agent, state);
    const told = 'The approver changed the arguments of this call to: {"to":{"cents":5}}';
    expect(history).toContainEqual(
      expect.objectContaining({ output: { type: "text", text: `${told}\npaid` } }),
    );
    expect(ended.toString()).not.toContain("900");
  });

  it("changes nothing of an approval without a schema of ours", async () => {
    const pay = tool({
      name: "pay",
      description: "Pays",
      parameters: { type: "object", properties: {}, required: [], additionalProperties: true },
      strict: false,
      needsApproval: true,
      execute: (input) => spend(input as Payment),
    });
    const model = createScriptedModel([
      [call("pay", { to: { cents: 1 } }, "c1")],
      [message("Done.")],
    ]);
    const agent = new Agent({ name: "Payer", model, tools: [pay] });
    const { state, interruptions } = await run(agent, "Pay.");
    state.approve(interruptions[0]!, { arguments: { to: { cents: 5 } } });
    expect((await run(agent, state)).state.toString()).not.toContain("900");
  });
});
