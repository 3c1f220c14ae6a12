import type { EngineEntryType, EntryKind } from "./entries.ts";
import type { Run } from "./state.ts";

const engineKinds: Readonly<Record<EngineEntryType, EntryKind>> = {
  run_started: "intention",
  run_claimed: "intention",
  run_left: "intention",
  call_proposed: "intention",
  tool_defined: "intention",
  approval_requested: "intention",
  call_previewed: "intention",
  approval_shown: "word",
  approval_decided: "word",
  tool_started: "intention",
  tool_finished: "outcome",
  call_answered: "intention",
  guardrail_ran: "intention",
  run_completed: "intention",
  run_failed: "intention",
  run_cancelled: "word",
  run_released: "word",
};

const kindsByType: Readonly<Record<string, EntryKind | undefined>> = engineKinds;

/** What an entry is to whoever writes it. */
export function kindIn({ folder }: Run, { type }: { type: string }): EntryKind {
  return kindsByType[type] ?? folder?.kinds[type] ?? "word";
}

export function isOutcome(run: Run, draft: { type: string }): boolean {
  return kindIn(run, draft) === "outcome";
}
