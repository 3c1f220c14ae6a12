import { createLogFile } from "./log-file.ts";

/** Where diagnostics go: stderr, and a file where one is named. Never stdout: that is the wire. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

export interface LogOptions {
  /** Also append every line to this file; hosts often lose stderr. */
  file?: string | undefined;
  write?: (line: string) => void;
  /** Milliseconds, for the rate; default `performance.now`. */
  now?: () => number;
}

/** A line is no longer, and so many bytes are written at once and a second: the rest is counted. */
const LONGEST_LINE = 10_000;
const BURST_BYTES = 1_000_000;
const BYTES_A_SECOND = 20_000;

export function createLog(options: LogOptions = {}): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const file = options.file === undefined ? undefined : createLogFile(options.file);
  const rate = createRate(options.now ?? (() => performance.now()));
  const say = (level: string, message: string): void => {
    const line = `${new Date().toISOString()} holdpoint ${level}: ${message}\n`;
    write(line);
    file?.append(line);
  };
  const emit = (level: string, message: string): void => {
    const text = shortened(message);
    const left = rate.admit(text.length);
    if (left === undefined) return;
    if (left > 0) say("warning", `${left} lines were left out: too many came at once`);
    say(level, text);
  };
  return {
    info: (message) => emit("info", message),
    warn: (message) => emit("warning", message),
  };
}

function shortened(message: string): string {
  if (message.length <= LONGEST_LINE) return message;
  return `${message.slice(0, LONGEST_LINE)} (${message.length - LONGEST_LINE} more characters)`;
}

/** Admits so much a second; says how many lines were not admitted since the last that was. */
function createRate(now: () => number): { admit(bytes: number): number | undefined } {
  let budget = BURST_BYTES;
  let at = 0;
  let refused = 0;
  return {
    admit(bytes) {
      const time = now();
      budget = Math.min(BURST_BYTES, budget + ((time - at) / 1_000) * BYTES_A_SECOND);
      at = time;
      if (budget < bytes) {
        refused += 1;
        return undefined;
      }
      budget -= bytes;
      const left = refused;
      refused = 0;
      return left;
    },
  };
}

/** The log of a library process: warnings to stderr, nothing else. */
export const stderrLog: Log = { ...createLog(), info: () => undefined };
