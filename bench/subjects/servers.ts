import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

import type { Figures } from "../harness.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** From the start of a server's process to its answers, and its memory once it rests. */
export async function start({
  args,
  directory,
}: {
  /** A script, relative to `bench/`, and what it is given; `DIR` stands for an empty directory. */
  args: readonly [string, ...string[]];
  directory: string;
}): Promise<Figures> {
  const [script, ...rest] = args;
  const given = rest.map((each) => each.replaceAll("DIR", directory));
  const begin = performance.now();
  const child = spawn(process.execPath, [here(`../${script}`), ...given], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], HOME: directory },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (id: number): Promise<void> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${script} ended`);
      if ((JSON.parse(value) as { id?: number }).id === id) return;
    }
  };
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  };
  send({
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1.0.0" },
    },
  });
  await answer(1);
  const initializeMs = performance.now() - begin;
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/list" });
  await answer(2);
  const toolsMs = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const status = await readFile(`/proc/${child.pid ?? 0}/status`, "utf8").catch(() => "");
  const rssMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_000;
  // As hosts do it: what a server keeps for its next start it may keep.
  const ended = once(child, "exit");
  child.stdin.end();
  const limit = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(limit);
  return { initializeMs, toolsMs, rssMb };
}

/** What starting Node alone costs. */
export async function bareNode(): Promise<Figures> {
  const begin = performance.now();
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return { initializeMs: performance.now() - begin, toolsMs: 0, rssMb: 0 };
}
