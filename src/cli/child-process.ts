import type * as ChildProcess from "node:child_process";

/** Node's own, loaded by whoever starts another program: most commands do not. */
export function childProcess(): typeof ChildProcess {
  return process.getBuiltinModule("node:child_process");
}
