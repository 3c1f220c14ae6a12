import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import type { Model } from "../../src/agents/model.ts";
import type { ToolCallDetails } from "../../src/agents/function-tool.ts";
import { tool } from "../../src/agents/tool.ts";
import { createOfflineModel } from "../../src/models/offline.ts";

export interface Payments {
  readonly agent: Agent;
  /** Amounts that were paid, in order. */
  readonly paid: number[];
}

/** What a payment waits for, or does, before it counts. */
export type BeforePaying = (
  amount: number,
  details: ToolCallDetails | undefined,
) => void | Promise<void>;

/**
 * An agent with the gated `pay {"amount": n}`, and `look_up {"key": "..."}` that is free. What is
 * asked of it in these words it does.
 */
export function createPayments(
  options: { name?: string; model?: Model; before?: BeforePaying } = {},
): Payments {
  const { name = "Payments", model = createOfflineModel(), before } = options;
  const paid: number[] = [];
  const pay = tool({
    name: "pay",
    description: "Pays an amount.",
    parameters: z.object({ amount: z.number() }),
    needsApproval: true,
    async execute({ amount }, _context, details) {
      await before?.(amount, details);
      paid.push(amount);
      return `Paid ${amount}`;
    },
  });
  const lookUp = tool({
    name: "look_up",
    description: "Looks something up.",
    parameters: z.object({ key: z.string() }),
    execute: ({ key }) => `Found ${key}`,
  });
  return { agent: new Agent({ name, model, tools: [pay, lookUp] }), paid };
}
