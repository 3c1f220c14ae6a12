import { appendFileSync } from "node:fs";

/** Where diagnostics go: stderr, and a file where one is named. Never stdout: that is the wire. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

export interface LogOptions {
  /** Also append every line to this file; hosts often lose stderr. */
  file?: string | undefined;
  write?: (line: string) => void;
}

export function createLog(options: LogOptions = {}): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const emit = (level: string, message: string): void => {
    const line = `${new Date().toISOString()} holdpoint ${level}: ${message}\n`;
    write(line);
    if (options.file === undefined) return;
    try {
      appendFileSync(options.file, line);
    } catch {
      // A log that cannot be written must not stop a run.
    }
  };
  return {
    info: (message) => emit("info", message),
    warn: (message) => emit("warning", message),
  };
}

/** The log of a library process: warnings to stderr, nothing else. */
export const stderrLog: Log = { ...createLog(), info: () => undefined };
