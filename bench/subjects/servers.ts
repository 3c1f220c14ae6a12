import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { quantile, type Figures } from "../harness.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Server {
  readonly pid: number;
  /** Asks, and waits for the answer. */
  ask(method: string, params?: object): Promise<string>;
  tell(method: string): void;
  /** Ends its input, as hosts do: what a server keeps for its next start it may keep. */
  close(): Promise<void>;
}

interface ServerOptions {
  /** A script, relative to `bench/`, and what it is given; `DIR` stands for an empty directory. */
  args: readonly [string, ...string[]];
  directory: string;
}

function spawnServer({ args, directory }: ServerOptions): Server {
  const [script, ...rest] = args;
  const given = rest.map((each) => each.replaceAll("DIR", directory));
  const child = spawn(process.execPath, [here(`../${script}`), ...given], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  const waiting = new Map<number, (answer: string) => void>();
  createInterface(child.stdout).on("line", (line) => {
    const { id } = JSON.parse(line) as { id?: number };
    if (id === undefined) return;
    waiting.get(id)?.(line);
    waiting.delete(id);
  });
  const exit = once(child, "exit").then(() => {
    throw new Error(`${script} ended`);
  });
  exit.catch(() => undefined);
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  };
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    async ask(method, params) {
      asked += 1;
      const id = asked;
      const { promise, resolve } = Promise.withResolvers<string>();
      waiting.set(id, resolve);
      send({ id, method, params });
      return Promise.race([promise, exit]);
    },
    tell: (method) => send({ method }),
    async close() {
      const ended = once(child, "exit");
      child.stdin.end();
      const limit = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(limit);
    },
  };
}

const hello = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1.0.0" },
};

/** From the start of a server's process to its answers, and its memory once it rests. */
export async function start(options: ServerOptions): Promise<Figures> {
  const begin = performance.now();
  const server = spawnServer(options);
  await server.ask("initialize", hello);
  const initializeMs = performance.now() - begin;
  server.tell("notifications/initialized");
  const listed = await server.ask("tools/list");
  const toolsMs = performance.now() - begin;
  await sleep(500);
  const status = await readFile(`/proc/${server.pid}/status`, "utf8").catch(() => "");
  const rssMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_000;
  await server.close();
  return { initializeMs, toolsMs, rssMb, toolsKb: listed.length / 1_000 };
}

/** What a server does while nobody asks it anything, after `call`, a tool's call. */
export async function rest({
  call,
  seconds,
  ...options
}: ServerOptions & {
  call: { name: string; arguments: object };
  seconds: number;
}): Promise<Figures> {
  const server = spawnServer(options);
  await server.ask("initialize", hello);
  server.tell("notifications/initialized");
  await server.ask("tools/call", call);
  // What a call leaves to be done at once is not rest.
  await sleep(3_000);
  const before = await cpuSeconds(server.pid);
  await sleep(seconds * 1_000);
  const used = (await cpuSeconds(server.pid)) - before;
  await server.close();
  return { cpuPercent: (100 * used) / seconds };
}

/** User and system time of a process, in the kernel's hundredths of a second. */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name before may hold anything but a closing bracket with what follows.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * The first run of a server whose agent has tools of five others, at once and a while after it was
 * started; `minimal` is their script.
 */
export async function firstRun({
  directory,
  minimal,
  afterMs,
}: ServerOptions & { minimal: string; afterMs: number }): Promise<Figures> {
  const file = join(directory, "holdpoint.json");
  const spec = { command: process.execPath, args: [here(`../${minimal}`)] };
  const mcpServers = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, spec]));
  await writeFile(file, JSON.stringify({ mcpServers }));
  const args = ["../dist/cli/holdpoint.js", "serve", "--config", file, "--store", "DIR/runs.db"];
  const server = spawnServer({ args: args as [string, ...string[]], directory });
  await server.ask("initialize", hello);
  server.tell("notifications/initialized");
  await server.ask("tools/list");
  await sleep(afterMs);
  const begin = performance.now();
  const call = { name: "run_agent", arguments: { input: "hello", wait_seconds: 20 } };
  const answer = await server.ask("tools/call", call);
  const runMs = performance.now() - begin;
  await server.close();
  if (!answer.includes('"status":"completed"')) throw new Error(answer.slice(0, 500));
  return { runMs };
}

/** How long a server that was asked for many runs at once takes to answer a ping. */
export async function ping({
  runs,
  ...options
}: ServerOptions & { runs: number }): Promise<Figures> {
  const server = spawnServer(options);
  await server.ask("initialize", hello);
  server.tell("notifications/initialized");
  const call = { name: "run_agent", arguments: { input: "hello", wait_seconds: 30 } };
  // What a server does behind its start is another row.
  await server.ask("tools/call", call);
  const time = async (): Promise<number> => {
    const begin = performance.now();
    await server.ask("ping");
    return performance.now() - begin;
  };
  const aloneMs = await time();
  let isOver = false;
  const all = Promise.all(Array.from({ length: runs }, () => server.ask("tools/call", call)));
  void all.finally(() => {
    isOver = true;
  });
  const pings = [await time()];
  for (; !isOver; await sleep(5)) pings.push(await time());
  await all;
  await server.close();
  const [firstPingMs = 0] = pings;
  return { aloneMs, firstPingMs, p95PingMs: quantile(pings, 0.95) };
}

/** What starting Node alone costs. */
export async function bareNode(): Promise<Figures> {
  const begin = performance.now();
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return { initializeMs: performance.now() - begin, toolsMs: 0, rssMb: 0, toolsKb: 0 };
}
