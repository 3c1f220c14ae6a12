import { advanceVerb, type AdvanceVerb } from "./advance.ts";
import { meetTools } from "./agent-report.ts";
import { auditVerbs, type AuditVerbs } from "./audit.ts";
import { drivenVerbs, type DrivenVerbs } from "./driven-runs.ts";
import { grantVerbs, type GrantVerbs } from "./grants/grant-verbs.ts";
import type { ServiceMeans } from "./service-means.ts";
import { statsVerbs, type StatsVerbs } from "./stats/stats-verbs.ts";

/** The verbs that each have a place of their own. */
export interface FurtherVerbs extends AdvanceVerb, AuditVerbs, DrivenVerbs, GrantVerbs, StatsVerbs {
  /** Has the tools of agents be known that come from servers which were never up. */
  meetTools(): Promise<void>;
}

export function furtherVerbs(means: ServiceMeans): FurtherVerbs {
  return {
    ...advanceVerb(means),
    ...auditVerbs(means),
    ...drivenVerbs(means),
    ...grantVerbs(means),
    ...statsVerbs(means),
    meetTools: () => meetTools(means.registry.agents.map(({ agent }) => agent)),
  };
}
