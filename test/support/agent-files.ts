import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a tool of an agent file may do before it counts as done. */
export interface AgentFileOptions {
  /** Default `Payments`. */
  name?: string;
  /** The agent's model; default the offline one. `""` for the environment's. */
  model?: string;
  /** Address that the tool asks before its effect, for amounts of 100 and more. */
  gate?: string;
  /** How long its calls wait for a person; default as long as it takes. */
  waitSeconds?: number;
  /** Statements that run when the file is loaded, and when the tool runs. */
  noise?: string;
}

/**
 * An agent file in `directory`: its gated `pay {"amount": n}` adds a line `n by <process id>` to
 * `effects`.
 */
export async function writePaymentsFile(
  directory: string,
  { name = "Payments", model = "offline", gate, waitSeconds, noise = "" }: AgentFileOptions = {},
): Promise<{ file: string; effects: string }> {
  const file = join(directory, "agents.ts");
  const effects = join(directory, "effects.txt");
  const wait = gate === undefined ? "" : `if (amount >= 100) await fetch(${JSON.stringify(gate)});`;
  const timeout = waitSeconds === undefined ? "" : `approvalTimeout: { seconds: ${waitSeconds} },`;
  await writeFile(effects, "");
  await writeFile(
    file,
    `import { appendFileSync } from "node:fs";
import { Agent, tool } from "holdpoint";
import { z } from "zod";

interface Payment { amount: number }
${noise}
const pay = tool({
  name: "pay",
  description: "Pays an amount.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  ${timeout}
  async execute({ amount }: Payment): Promise<string> {
    ${noise}
    ${wait}
    appendFileSync(${JSON.stringify(effects)}, \`\${amount} by \${process.pid}\\n\`);
    return \`Paid \${amount}\`;
  },
});

export default new Agent({ name: ${JSON.stringify(name)}, model: ${JSON.stringify(model)}, tools: [pay] });
`,
  );
  return { file: await realpath(file), effects };
}

/** A module with the agent that states of other libraries in the fixtures are of. */
export const weatherAgents = `import { Agent, tool } from "holdpoint";
import { z } from "zod";

const weather = tool({
  name: "get_temperature",
  description: "Temperature of a city",
  parameters: z.object({ city: z.string() }),
  needsApproval: true,
  execute: ({ city }: { city: string }) => "20C in " + city,
});

export default new Agent({ name: "Weather Assistant", model: "offline", tools: [weather] });
`;

/** Amounts that were paid, in order. */
export async function readEffects(effects: string): Promise<{ amount: number; pid: number }[]> {
  const lines = (await readFile(effects, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [amount, pid] = line.split(" by ").map(Number);
    return { amount: amount ?? 0, pid: pid ?? 0 };
  });
}
