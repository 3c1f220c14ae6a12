import { appendFileSync } from "node:fs";

import type { RunId } from "../../src/lib/ids.ts";
import type { Log } from "../../src/lib/log.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import type { RunReport } from "../../src/runs/run-report.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { openPlace } from "./open-place.ts";
import { createPayments } from "./payments.ts";

/** Where a process can die: behind an entry, by its number, or inside the tool. */
export type CrashPoint = number | "before the effect" | "after the effect";

export interface CrashSiteOptions {
  /** A file, or the URL of a store in PostgreSQL. */
  place: string;
  /** Gets a line an effect. */
  effects: string;
  /** Where commits are noted, outside of the store; nowhere when absent. */
  stateDirectory?: string;
  log?: Log;
  /** Called at every point that is reached. */
  reached?: (point: CrashPoint) => void;
}

/** A service whose agent pays into a file; its tool calls are `pay` (gated) and `look_up`. */
export async function openCrashSite({
  place,
  effects,
  stateDirectory,
  log = { info() {}, warn() {} },
  reached = () => {},
}: CrashSiteOptions): Promise<RunService> {
  const { agent } = createPayments({
    before(amount) {
      reached("before the effect");
      appendFileSync(effects, `${amount}\n`);
      reached("after the effect");
    },
  });
  const store = await openPlace(place, { stateDirectory, log });
  const told: RunStore = {
    ...store,
    async append(batch) {
      await store.append(batch);
      batch.lines.forEach((_, index) => reached(batch.fromSeq + index));
    },
  };
  const registry = createAgentRegistry([{ agent, source: `test#${agent.name}` }], {});
  return createRunService({ store: told, registry, log });
}

/** Waits for a run and answers what it asks, until it asks no more. */
export async function answerAll(
  service: RunService,
  runId: RunId,
  hasHappened: () => boolean,
): Promise<RunReport> {
  const who = { by: "tester", channel: "terminal", level: "person" } as const;
  for (;;) {
    const report = await service.wait(runId, { timeoutMs: 20_000 });
    if (report.status !== "awaiting_approval") return report;
    for (const { approvalId, kind, presentation } of report.approvals) {
      // Who is asked what came of a call looks, and says so.
      const isDone = kind === "outcome_unknown" && hasHappened();
      await service.decide(
        approvalId,
        isDone
          ? { ...who, decision: "rejected", message: "It was paid" }
          : { ...who, decision: "approved", typed: presentation.typed.text },
      );
    }
  }
}
