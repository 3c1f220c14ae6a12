/**
 * A process that dies between a commit and its anchor: `<place> <state directory> <effects> <count>`
 * runs an agent as `crash-process.ts` does, and kills itself in place of so many-th anchor's write.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [place = "", stateDirectory = "", effects = "", given = ""] = process.argv.slice(2);
let left = Number(given);
const { writeSync } = fs;
const ANCHOR = /^[\w-]{36} [1-9]\d* +[\w-]{43} /;
fs.writeSync = ((...parameters: [fd: number, text: string, at: number]) => {
  if (ANCHOR.test(parameters[1])) {
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  }
  return writeSync(...parameters);
}) as typeof writeSync;
syncBuiltinESMExports();

const { answerAll, openCrashSite } = await import("../support/crash-site.ts");
const service = await openCrashSite({ place, effects, stateDirectory });
const runId = await service.start({ input: 'pay {"amount": 1} look_up {"key": "a"}' });
await answerAll(service, runId, () => false);
await service.close();
