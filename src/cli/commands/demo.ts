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
  const story: Story = { store: join(folder, "holdpoint.db"), terminal, server: undefined };
  try {
    if (ask) return await play(story, "ask");
    const approved = await play(story, "approve");
    terminal.print("\n--- Once more, and this time the answer is no ---\n");
    const rejected = await play(story, "reject");
    return approved + rejected === 0 ? 0 : 1;
  } finally {
    await end(story);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A store, and the server that is on it now. */
interface Story {
  readonly store: string;
  readonly terminal: Terminal;
  server: ServerProcess | undefined;
}

async function play(story: Story, verdict: "approve" | "reject" | "ask"): Promise<number> {
  const { confirm, ask } = story.terminal;
  const paused = await pause(story);
  const yes = verdict === "ask" ? ((await confirm("Let it run?")) ?? false) : verdict === "approve";
  const reason = verdict === "ask" && !yes ? ((await ask("Why not? ")) ?? "") : REASON;
  const output = await goOn(story, paused, yes ? undefined : reason);
  expectOutput(output, yes ? "Oakland is 20 degrees" : reason);
  expectOutput(output, "San Francisco is 20 degrees");
  await end(story);
  return 0;
}

async function start(story: Story): Promise<ServerProcess> {
  const { store } = story;
  const command = fileURLToPath(ownModule("cli/holdpoint"));
  const args = [command, "serve", "--no-config", "--store", store];
  story.server = await startServer(process.execPath, args, dirname(store));
  return story.server;
}

async function end(story: Story): Promise<void> {
  await story.server?.close();
  story.server = undefined;
}

/** A call that waits, and the server that knows of it from the store alone. */
interface Paused {
  pending: Pending;
  server: ServerProcess;
}

/** Up to a call that waits, and the death of the server that asked. */
async function pause(story: Story): Promise<Paused> {
  const { print } = story.terminal;
  const first = await start(story);
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
  const server = await start(story);
  print(`A new server starts on the same store (process ${server.pid}).`);
  return { pending, server };
}

/** @returns what the agent answers once the call was approved, or rejected for a reason */
async function goOn(
  { terminal: { print } }: Story,
  { pending, server }: Paused,
  reason: string | undefined,
): Promise<string> {
  const { approval_id, action } = pending;
  let result: Record<string, unknown>;
  if (reason === undefined) {
    print(`The user says yes:\n  approve ${approval_id} ${action}`);
    result = await server.call("approve", { approval_id, action });
  } else {
    print(`The user says no:\n  reject ${approval_id} "${reason}"`);
    result = await server.call("reject", { approval_id, message: reason });
  }
  const ended = result["run"] as Record<string, unknown>;
  expectStatus(ended, "completed");
  const output = String(ended["output"]);
  print(
    `The run is ${String(ended["status"])}, and the agent answers:\n  ${output.replaceAll("\n", "\n  ")}`,
  );
  return output;
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
