/**
 * A process of its own that uses a store, for tests:
 *
 * - `create <count> <directory>`: says "ready", and once stdin ends opens `0.db` and so on and
 *   starts a run in each.
 * - `append <place> <count>`: says "ready", and once stdin ends appends to the run `run_shared`,
 *   retrying after each conflict until `count` of its own entries are in; each counts one call.
 * - `converse <path> <count>`: says "ready", and once stdin ends adds `count` items of a run of its
 *   own, one by one, and those of the run `run_shared`, again and again, to the session `shared`.
 * - `claim <place> <owner>`: claims a runnable run of the source `code` for ten minutes, says "ready",
 *   and keeps it until it is killed.
 * - `start <place>`: starts a run.
 * - `start-unprivileged <path>`: the same, but not as root.
 *
 * A place is what `openPlace` takes, a file or a URL. An error ends it with code 1 and its code and message on stdout.
 */
import { once } from "node:events";
import { join } from "node:path";
import { stdin, stdout } from "node:process";

import { user, type AgentInputItem } from "../../src/agents/items.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import { SQLiteSession } from "../../src/sessions/sqlite.ts";
import { atMinute, nextOf, startOf } from "./journal-lines.ts";
import { openPlace } from "./open-place.ts";

const NOBODY = 65_534;
const MOST_CONFLICTS = 10_000;

async function waitForStart(): Promise<void> {
  stdout.write("ready\n");
  await once(stdin.resume(), "end");
}

async function start(place: string): Promise<void> {
  const store = await openPlace(place);
  await store.append(startOf(`run_${process.pid}`));
  await store.close();
}

async function appendShared(place: string, count: number): Promise<void> {
  const store = await openPlace(place);
  const runId = "run_shared" as RunId;
  let conflicts = 0;
  for (let added = 0; added < count;) {
    const lines = await store.read(runId);
    const batch = lines.length === 0 ? startOf(runId) : nextOf(runId, lines);
    const past = [{ tool: "code\npay", at: atMinute(0), features: [{ key: "call" }] }];
    try {
      await store.append({ ...batch, past });
      added += 1;
    } catch (error) {
      conflicts += 1;
      if (!(error instanceof ConflictError) || conflicts > MOST_CONFLICTS) throw error;
    }
  }
  await store.close();
}

async function claim(place: string, owner: string): Promise<void> {
  const store = await openPlace(place);
  const request = { sources: ["code"], owner, limit: 1, leaseMs: 600_000 };
  const [run] = await store.claim(request);
  stdout.write(`ready ${run?.runId ?? "without a run"}\n`);
  await once(stdin.resume(), "end");
}

async function converse(path: string, count: number): Promise<void> {
  const session = new SQLiteSession({ path, sessionId: "shared" });
  const runId = `run_${process.pid}`;
  const items = (of: string): AgentInputItem[] =>
    Array.from({ length: count }, (_, number) => user(`${of} ${number}`));
  for (let number = 0; number < count; number += 1) {
    await session.addRunItems(runId, number, items(runId).slice(number, number + 1));
    await session.addRunItems("run_shared", 0, items("run_shared").slice(0, number + 1));
  }
  await session.close();
}

async function main([command = "", first = "", second = ""]: readonly string[]): Promise<void> {
  switch (command) {
    case "create":
      await waitForStart();
      for (let index = 0; index < Number(first); index += 1) {
        await start(join(second, `${index}.db`));
      }
      return;
    case "append":
      await waitForStart();
      await appendShared(first, Number(second));
      return;
    case "converse":
      await waitForStart();
      await converse(first, Number(second));
      return;
    case "claim":
      await claim(first, second);
      return;
    case "start":
      await start(first);
      return;
    case "start-unprivileged":
      if (process.getuid?.() === 0) process.setuid?.(NOBODY);
      await start(first);
      return;
    default:
      throw new Error(`Unknown command "${command}"`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  stdout.write(`${JSON.stringify({ code, message })}\n`);
  process.exitCode = 1;
}
