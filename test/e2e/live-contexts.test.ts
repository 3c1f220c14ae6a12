import { writeFile, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { holdpoint } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

/** An agents file whose tool needs a client of the process, and counts in the context. */
const agentsFile = (effects: string, createContext: string): string => `
import { appendFileSync } from "node:fs";
import { Agent, tool } from "holdpoint";
import { z } from "zod";

class Ledger {
  #file = ${JSON.stringify(effects)};
  add(line) {
    appendFileSync(this.#file, line + "\\n");
  }
}

const pay = tool({
  name: "pay",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute({ amount }, { context }) {
    context.paid += 1;
    context.ledger.add([amount, "number", context.paid, "of", context.bornIn, "by", process.pid].join(" "));
    return "Paid.";
  },
});

export default new Agent({ name: "Payments", model: "offline", tools: [pay] });
${createContext}
`;

const withLedger = `
export async function createContext({ runId, agent }) {
  if (!runId.startsWith("run_") || agent !== "Payments") throw new Error("asked for another run");
  return { paid: 0, bornIn: process.pid, ledger: new Ledger() };
}`;

describe("a live context on a server", () => {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();

  async function openSite(createContext: string) {
    const directory = await realpath(await tempDirectory());
    const effects = join(directory, "effects.txt");
    const file = join(directory, "agents.mjs");
    await writeFile(effects, "");
    await writeFile(file, agentsFile(effects, createContext));
    return { file, effects, args: ["--store", join(directory, "runs.db"), "--agents", file] };
  }

  it("is made by the agents file, and goes on in another process after a crash", async () => {
    const { effects, args } = await openSite(withLedger);
    const owner = await startServer({ args });
    const started = await owner.call("run_agent", { input: 'pay {"amount": 1} pay {"amount": 2}' });
    const run_id = String(started["run_id"]);
    const [one, two] = started["pending_approvals"] as JsonObject[];
    const decide = (item: JsonObject | undefined) => {
      const { approval_id = "", action = "" } = item ?? {};
      return { approval_id, action, wait_seconds: 20 };
    };
    expect(await owner.call("approve", decide(one))).toMatchObject({
      run: { pending_count: 1 },
    });
    await owner.kill();
    const other = await startServer({ args });
    await other.call("approve", decide(two));
    expect(await other.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    const lines = (await readFile(effects, "utf8")).trim().split("\n");
    expect(lines).toEqual([
      `1 number 1 of ${owner.pid} by ${owner.pid}`,
      `2 number 2 of ${owner.pid} by ${other.pid}`,
    ]);
  });

  it("is an error in words, and starts nothing, where it cannot be made", async () => {
    const { args } = await openSite(
      'export const createContext = () => { throw new Error("no db") };',
    );
    const server = await startServer({ args });
    const said = await server.failure("run_agent", { input: 'pay {"amount": 1}' });
    expect(said).toContain(
      'Cannot make a context for a run of "Payments": createContext failed: no db',
    );
    expect(await server.call("list_runs", {})).toMatchObject({ runs: [] });
  });

  it("is refused where the file exports something else of that name", async () => {
    const { args, file } = await openSite("export const createContext = {};");
    const { stderr, exitCode } = await holdpoint(["serve", ...args]);
    expect(stderr).toContain(
      `Cannot load agents from ${file}: what it exports as createContext must be a function`,
    );
    expect(exitCode).not.toBe(0);
  });
});
