import { Writable, type Readable } from "node:stream";

import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

import { errorMessage, errorCode } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { createLineTransport } from "../host/line-transport.ts";
import type { McpFace } from "./server.ts";

const GRACE_MS = 1_500;
const ANSWER_MS = 500;
const PARENT_CHECK_MS = 5_000;

export interface StdioOptions {
  face: Pick<McpFace, "server" | "callsInFlight" | "endWaits">;
  log: Log;
  stdin: Readable;
  /** The wire: taken before anything else could write to stdout. */
  wire: Writable;
  /** Default: lines that nobody else listens to. */
  transport?: Transport | undefined;
  /** Told before the first message comes. */
  connected?: (() => void) | undefined;
  /** What there is to shut down, where that is still being opened; where it fails, this does. */
  opened?: Promise<unknown> | undefined;
  /** Starts nothing new, and after so many milliseconds aborts what runs. */
  shutDown(graceMs: number): Promise<void>;
}

/**
 * Serves MCP over stdin and stdout until the client is gone: end of input, a broken pipe, a signal,
 * or a parent that died without any of these. Resolves when everything is shut down.
 */
export async function serveStdio(options: StdioOptions): Promise<void> {
  const { face, log, stdin, wire } = options;
  const gone = new Promise<string>((resolve) => {
    stdin.once("end", () => resolve("end of input"));
    stdin.once("close", () => resolve("input closed"));
    // Without a listener a broken pipe would end the process in the middle of a run.
    wire.on("error", (error) => resolve(`output: ${errorMessage(error)}`));
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal));
    }
    watchParent(() => resolve("the parent process is gone"));
  });
  const { transport = createLineTransport(stdin, wire) } = options;
  await face.server.connect(transport);
  options.connected?.();
  const why = await gone;
  await options.opened;
  log.info(`shutting down: ${why}`);
  await finishCalls(face, GRACE_MS);
  face.endWaits();
  await finishCalls(face, ANSWER_MS);
  await options.shutDown(GRACE_MS);
  await face.server.close();
  await flush(wire);
}

/** Lets calls that are being answered finish, for a while. */
async function finishCalls(face: StdioOptions["face"], limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (face.callsInFlight() > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What was answered is on its way before the process ends, unless nobody reads it. */
async function flush(wire: Writable): Promise<void> {
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, GRACE_MS);
    wire.end(() => {
      clearTimeout(limit);
      resolve();
    });
  });
}

/** Some hosts neither close the input nor send a signal. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && isThere(parent)) return;
    clearInterval(timer);
    gone();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** On Windows a process goes on naming a parent that is gone. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/**
 * Takes stdout for the protocol alone: whatever else is written there, by this program or a
 * library, goes to stderr from now on.
 */
export function takeStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  const wire = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, callback) {
      write(chunk, encoding, callback);
    },
  });
  stdout.on("error", (error) => wire.destroy(error));
  // A host that is gone, or reads no log, must not end what runs here.
  stderr.on("error", () => {});
  return wire;
}
