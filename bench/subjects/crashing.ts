// What every subject of the crash matrix shares: where it dies, and its effect.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Named points are those that every stack has; a number is the end of that save, from 0. */
export type CrashPoint = string;

export interface Crash {
  directory: string;
  /** Where to die; absent when the run is to be finished. */
  point?: CrashPoint;
}

export interface Killer {
  reached(point: CrashPoint): void;
  /** The tool's body: one line in a file. */
  act(): string;
  effects(): number;
}

export function createKiller({ directory, point }: Crash): Killer {
  const file = join(directory, "effects");
  const reached = (here: CrashPoint): void => {
    if (here === point) process.kill(process.pid, "SIGKILL");
  };
  return {
    reached,
    act() {
      reached("before the effect");
      appendFileSync(file, "done\n");
      reached("after the effect");
      return "Done";
    },
    effects: () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0),
  };
}
