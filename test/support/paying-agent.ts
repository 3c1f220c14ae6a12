import { z } from "zod";

import { Agent, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

/**
 * An agent that makes one gated payment after the other, 1, 2 and so on, and then is done; another
 * process that has one goes on in the same way.
 */
export function createPayingAgent(
  payments: number,
  before: (amount: number) => void | Promise<void> = () => {},
): { agent: Agent; paid: number[] } {
  const paid: number[] = [];
  const pay = tool({
    name: "pay",
    description: "Pays.",
    parameters: z.object({ amount: z.number() }),
    needsApproval: true,
    async execute({ amount }) {
      await before(amount);
      paid.push(amount);
      return `Paid ${amount}`;
    },
  });
  const model = createScriptedModel(({ input }) => {
    const items = typeof input === "string" ? [] : input;
    const made = items.filter(({ type }) => type === "function_call").length;
    if (made === payments) return [message("Done.")];
    return [call("pay", { amount: made + 1 }, `c${made + 1}`)];
  });
  return { agent: new Agent({ name: "Payer", model, tools: [pay] }), paid };
}
