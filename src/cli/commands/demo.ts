import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { ownModule } from "../../lib/own-files.ts";
import { startServer, type ServerProcess } from "../../mcp/stdio-client.ts";
import type { Given } from "../literals.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

const PROMPT = "What is the temperature in Oakland and San Francisco?";
const REASON = "Oakland is off limits today.";

interface Pending {
  approval_id: string;
  tool: string;
  action: string;
}

/** Tells the story of two runs that pause, one approved and one rejected, with a real client. */
export async function run({ ask }: Given<"demo">, { terminal }: CommandContext): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-demo-"));
  const story = createStory(join(folder, "holdpoint.db"), terminal);
  try {
    if (ask) return await story.play("ask");
    const approved = await story.play("approve");
    terminal.print("\n--- Once more, and this time the answer is no ---\n");
    const rejected = await story.play("reject");
    return approved + rejected === 0 ? 0 : 1;
  } finally {
    await story.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function createStory(store: string, { print, confirm, ask }: Terminal) {
  let server: ServerProcess | undefined;

  const start = async (): Promise<ServerProcess> => {
    const command = fileURLToPath(ownModule("cli/holdpoint"));
    const args = [command, "serve", "--no-config", "--store", store];
    server = await startServer(process.execPath, args, dirname(store));
    return server;
  };

  const play = async (verdict: "approve" | "reject" | "ask"): Promise<number> => {
    const first = await start();
    print(`A client starts the server (process ${first.pid}) and asks an agent:`);
    print(`  run_agent "${PROMPT}"`);
    const started = await first.call("run_agent", { input: PROMPT });
    expectStatus(started, "awaiting_approval");
    print(
      `The agent may look up San Francisco, but Oakland is gated. The run is ${String(started["status"])}:`,
    );
    const listed = await first.call("list_pending_approvals");
    const pending = onlyPending(listed);
    print(`  ${pending.approval_id}  ${pending.action}`);

    print("The server is killed (SIGKILL). Nothing runs now; the run is in the store.");
    await first.kill();
    const second = await start();
    print(`A new server starts on the same store (process ${second.pid}).`);

    const yes =
      verdict === "ask" ? ((await confirm("Let it run?")) ?? false) : verdict === "approve";
    const reason = verdict === "ask" && !yes ? ((await ask("Why not? ")) ?? "") : REASON;
    const ended = yes ? await approve(second, pending) : await reject(second, pending, reason);
    expectStatus(ended, "completed");
    const output = String(ended["output"]);
    print(
      `The run is ${String(ended["status"])}, and the agent answers:\n  ${output.replaceAll("\n", "\n  ")}`,
    );
    expectOutput(output, yes ? "Oakland is 20 degrees" : reason);
    expectOutput(output, "San Francisco is 20 degrees");
    await second.close();
    server = undefined;
    return 0;
  };

  const approve = async (
    to: ServerProcess,
    { approval_id, action }: Pending,
  ): Promise<Record<string, unknown>> => {
    print(`The user says yes:\n  approve ${approval_id} ${action}`);
    const result = await to.call("approve", { approval_id, action });
    return result["run"] as Record<string, unknown>;
  };

  const reject = async (
    to: ServerProcess,
    { approval_id }: Pending,
    message: string,
  ): Promise<Record<string, unknown>> => {
    print(`The user says no:\n  reject ${approval_id} "${message}"`);
    const result = await to.call("reject", { approval_id, message });
    return result["run"] as Record<string, unknown>;
  };

  return { play, end: async () => server?.close() };
}

function expectStatus(ended: Record<string, unknown>, status: string): void {
  if (ended["status"] === status) return;
  throw new Error(`The run should be ${status}, and is ${String(ended["status"])}`);
}

function expectOutput(output: string, part: string): void {
  if (output.includes(part)) return;
  throw new Error(`The answer should contain "${part}"`);
}

function onlyPending(listed: Record<string, unknown>): Pending {
  const approvals = listed["approvals"] as Pending[];
  const [first, ...others] = approvals;
  const isOakland = first?.tool === "get_temperature" && first.action.includes("Oakland");
  if (first === undefined || others.length > 0 || !isOakland) {
    throw new Error("Exactly the call for Oakland should wait");
  }
  return first;
}
