import { spawn } from "node:child_process";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { verifyLines } from "../journal.ts";
import { fold, type RunFold } from "../journal.ts";
import type { ResumeOrder, ResumeReport } from "./resume-process.ts";
import type { World } from "./world.ts";

/** Goes on with a stopped run in a process of its own; what it did is added to `world`. */
export async function playOnElsewhere(order: ResumeOrder, world: World): Promise<RunFold> {
  const script = fileURLToPath(new URL("resume-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  child.stdin.end(JSON.stringify(order));
  const report = (await json(child.stdout)) as ResumeReport;
  await closed;
  merge(world.effects, report.effects);
  merge(world.requests, report.requests);
  const { entries }: { entries: string[] } = JSON.parse(report.text);
  return fold(verifyLines(entries).map(({ entry }) => entry));
}

function merge(log: Map<string, string[]>, more: readonly [string, string[]][]): void {
  for (const [place, times] of more) log.set(place, [...(log.get(place) ?? []), ...times]);
}
