import type { RunId } from "../lib/ids.ts";
import { advanceVerb, type AdvanceVerb } from "./advance.ts";
import { meetTools } from "./agent-report.ts";
import { auditVerbs, type AuditVerbs } from "./audit.ts";
import { drivenVerbs, type DrivenVerbs } from "./driven-runs.ts";
import { grantVerbs, type GrantVerbs } from "./grants/grant-verbs.ts";
import { openRecorder, type ServiceMeans } from "./service-means.ts";
import { statsVerbs, type StatsVerbs } from "./stats/stats-verbs.ts";

/** The verbs that each have a place of their own. */
export interface FurtherVerbs extends AdvanceVerb, AuditVerbs, DrivenVerbs, GrantVerbs, StatsVerbs {
  /** Has the tools of agents be known that come from servers which were never up. */
  meetTools(): Promise<void>;
  /**
   * The text of a run as `@openai/agents` reads it; its agent must be here.
   *
   * @throws HoldpointError `run_not_found`, `unknown_agent`, `state_incompatible`
   */
  exportState(runId: RunId): Promise<string>;
}

export function furtherVerbs(means: ServiceMeans): FurtherVerbs {
  return {
    ...advanceVerb(means),
    ...auditVerbs(means),
    ...drivenVerbs(means),
    ...grantVerbs(means),
    ...statsVerbs(means),
    async exportState(runId) {
      const { exportRun } = await import("./export-run.ts");
      return exportRun((await openRecorder(means, runId)).journal, means.registry);
    },
    meetTools: () => meetTools(means.registry.agents.map(({ agent }) => agent)),
  };
}
