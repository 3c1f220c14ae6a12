/**
 * A process that dies on the way: `<place> <effects> <point>` runs an agent on a store, approves
 * what it asks for, and kills itself at the point. A run that ends before it is there ends it well.
 */
import { answerAll, openCrashSite } from "../support/crash-site.ts";

const [place = "", effects = "", given = ""] = process.argv.slice(2);
const service = await openCrashSite({
  place,
  effects,
  reached(point) {
    if (String(point) === given) process.kill(process.pid, "SIGKILL");
  },
});
const runId = await service.start({ input: 'pay {"amount": 1} look_up {"key": "a"}' });
await answerAll(service, runId, () => false);
await service.close();
