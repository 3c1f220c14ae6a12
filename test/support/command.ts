import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

import { afterEach } from "vitest";

import { assertNoCanary } from "./canaries.ts";

/** The built command; its tests want `npm run build` first. */
export const commandFile = fileURLToPath(new URL("../../dist/cli/holdpoint.js", import.meta.url));

/** What hosts hand on to a server, and little more: nothing of the tester's own settings. */
export function childEnv(changes: Record<string, string> = {}): Record<string, string> {
  const names = ["PATH", "HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_STATE_HOME", "TMPDIR"];
  const kept = [...names, "SYSTEMROOT", "TEMP", "NODE_COMPILE_CACHE"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...changes };
}

export interface CommandOptions {
  /** What is typed; after it the input ends. */
  input?: string;
  env?: Record<string, string>;
  /** Default: one where no configuration lies about. */
  cwd?: string;
  /** What runs it; default the Node of the tests. */
  node?: readonly string[];
}

export interface Finished {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs `holdpoint` with these arguments to its end. */
export async function holdpoint(
  args: readonly string[],
  { node = [process.execPath], ...options }: CommandOptions = {},
): Promise<Finished> {
  const [program = "", ...before] = node;
  return runProgram(program, [...before, commandFile, ...args], { cwd: homedir(), ...options });
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input = "", env = {}, cwd }: Omit<CommandOptions, "node"> = {},
): Promise<Finished> {
  const child = spawn(program, args, { env: childEnv(env), cwd, stdio: "pipe" });
  const output = collect(child);
  // A program that ends without reading is no failure of the test.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  assertNoCanary(output.stdout() + output.stderr(), `the output of ${args.join(" ")}`);
  return { exitCode, signal, stdout: output.stdout(), stderr: output.stderr() };
}

type PipedChild = ChildProcessByStdio<Writable, Readable, Readable>;

function collect({ stdout, stderr }: PipedChild): { stdout(): string; stderr(): string } {
  const texts = { stdout: "", stderr: "" };
  stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.stdout += text;
  });
  stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
  });
  return { stdout: () => texts.stdout, stderr: () => texts.stderr };
}

/** A `holdpoint` that goes on while the test does other things. */
export interface RunningCommand {
  readonly pid: number;
  readonly stdin: Writable;
  /** Its read ends, to be closed by tests of what happens then. */
  readonly outputs: readonly Readable[];
  stdout(): string;
  stderr(): string;
  /** Resolves once it has printed this, on either of the two. @throws Error when it ends before */
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Finished>;
}

/** Starts commands that are ended after the test; to be called where tests are declared. */
export function useCommands(): (
  args: readonly string[],
  options?: Pick<CommandOptions, "env" | "cwd">,
) => RunningCommand {
  const children: PipedChild[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  return (args, { env = {}, cwd = homedir() } = {}) => {
    const command = [commandFile, ...args];
    const child = spawn(process.execPath, command, { env: childEnv(env), cwd, stdio: "pipe" });
    children.push(child);
    return toRunning(child);
  };
}

function toRunning(child: PipedChild): RunningCommand {
  const { stdin, stdout, stderr } = child;
  const output = collect(child);
  stdin.on("error", () => {});
  const ended = once(child, "close").then(([exitCode, signal]): Finished => {
    const how = { exitCode, signal } as Pick<Finished, "exitCode" | "signal">;
    return { ...how, stdout: output.stdout(), stderr: output.stderr() };
  });
  return {
    pid: child.pid ?? 0,
    stdin,
    outputs: [stdout, stderr],
    ...output,
    ended,
    kill: (signal) => void child.kill(signal),
    async printed(text) {
      const hasPrinted = (): boolean => `${output.stdout()}\n${output.stderr()}`.includes(text);
      const over = ended.then(() => "over" as const);
      while (!hasPrinted()) {
        const next = Promise.race([once(stdout, "data"), once(stderr, "data")]);
        if ((await Promise.race([next, over])) !== "over" || hasPrinted()) continue;
        throw new Error(`It ended without printing "${text}": ${output.stderr()}`);
      }
    },
  };
}
