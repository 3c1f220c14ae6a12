import type * as z from "zod";

import type { GivenDecision } from "../engine/vocabulary.ts";
import type { ForeignDecision } from "./foreign-run.ts";
import type { record } from "./shapes.ts";

/** What a record of decisions is about, and the reasons that stand beside it. */
interface Scope extends Pick<ForeignDecision, "agent" | "tool"> {
  /** Why calls were rejected, by their ids. */
  messages: ReadonlyMap<string, string>;
  /** Why every later call is rejected. */
  stickyMessage: string | undefined;
}

/** The decisions that one record of a tool holds: on calls, and on every later call. */
export function decisionsIn(
  { approved, rejected }: z.infer<typeof record>,
  { agent, tool, messages, stickyMessage }: Scope,
): ForeignDecision[] {
  const exact = (ids: string[] | boolean, decision: GivenDecision): ForeignDecision[] =>
    (Array.isArray(ids) ? ids : []).map((callId) => ({
      agent,
      tool,
      callId,
      decision,
      message: decision === "rejected" ? messages.get(callId) : undefined,
    }));
  const sticky = { agent, tool, callId: undefined };
  return [
    ...exact(approved, "approved"),
    ...exact(rejected, "rejected"),
    // Both at once is no verdict.
    ...(approved === true && rejected !== true
      ? [{ ...sticky, decision: "approved" as const, message: undefined }]
      : []),
    ...(rejected === true && approved !== true
      ? [{ ...sticky, decision: "rejected" as const, message: stickyMessage }]
      : []),
  ];
}
