import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import type { Figures } from "../harness.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Server {
  readonly pid: number;
  /** Asks, and waits for the answer. */
  ask(method: string, params?: object): Promise<void>;
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
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  };
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    async ask(method, params) {
      asked += 1;
      send({ id: asked, method, params });
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`${script} ended`);
        if ((JSON.parse(value) as { id?: number }).id === asked) return;
      }
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
  await server.ask("tools/list");
  const toolsMs = performance.now() - begin;
  await sleep(500);
  const status = await readFile(`/proc/${server.pid}/status`, "utf8").catch(() => "");
  const rssMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_000;
  await server.close();
  return { initializeMs, toolsMs, rssMb };
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

/** What starting Node alone costs. */
export async function bareNode(): Promise<Figures> {
  const begin = performance.now();
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return { initializeMs: performance.now() - begin, toolsMs: 0, rssMb: 0 };
}
