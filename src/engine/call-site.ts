import type { Place } from "./driver.ts";
import type { Approval } from "./state.ts";
import type { CallStep } from "./steps.ts";
import type { Tool } from "./tool.ts";

/** A call, with everything that its settling needs. */
export interface CallSite extends Place {
  readonly tool: Tool;
  /** Why it is settled so; a start is recorded only while that is still what is to be done. */
  readonly step: CallStep;
  /** The request that it runs by, where one was made of it or of the same call before. */
  readonly asked: Approval | undefined;
}
