import * as z from "zod";

import { lazy } from "../lib/lazy.ts";
import { approvalItem, runSnapshot } from "./snapshot.ts";

/** What tools list of it that return one: it stands whole where `get_run` is listed. */
export const listedSnapshot = lazy(() =>
  z
    .object({ run_id: z.string(), status: z.string(), next: z.string() })
    .describe("A run, as get_run returns it"),
);

/** What tools list of an approval: what a model acts on. */
export const listedItem = lazy(() =>
  approvalItem().omit({
    agent: true,
    arguments_truncated: true,
    reason: true,
    created_at: true,
    expires_at: true,
  }),
);

/** What `get_run` lists: what a model acts on; approvals stand where they are listed. */
export const listedRun = lazy(() =>
  runSnapshot()
    .omit({ created_at: true, updated_at: true, session_id: true, turns: true, usage: true })
    .extend({
      status: z.string(),
      pending_approvals: z
        .array(z.object({ approval_id: z.string(), action: z.string() }))
        .describe("At most 10, as list_pending_approvals returns them; pending_count tells all"),
    }),
);

/** A run beside something else. */
export const listedBeside = lazy(() => z.looseObject({}).describe("A run, as get_run returns it"));
