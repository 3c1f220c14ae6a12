import { z } from "zod";

import { entrySchema, kindOf, type Entry, type EntryOf } from "../agents/entries.ts";
import type { RunFold } from "../agents/fold.ts";
import { frameKey, isAnswered, type Call } from "../agents/conversation.ts";

/**
 * Format 1, which is read for ever: intentions have no epoch, calls no kind, and `tool_finished`
 * says also what was decided instead of running a call. Stored lines stay as they are; the fold
 * takes each as what it would have been in format 2.
 */

const finished = entrySchema.options.find(
  (option) => option.shape.type.value === "tool_finished",
) as unknown as z.ZodObject;

/** An entry of format 1, as it is stored. */
export const formatOneSchema = z.union(
  entrySchema.options.map((option) => {
    const type = option.shape.type.value;
    if (type === "tool_finished") {
      return finished.extend({
        attempt: z.int().min(1).optional(),
        outcome: z.enum(["ran", "rejected", "expired", "denied", "invalid", "stated", "failed"]),
      });
    }
    const shape: z.ZodRawShape = option.shape;
    const added = ["epoch", "driver"].filter((name) => name in shape && type !== "run_claimed");
    const optional = Object.fromEntries(
      added.map((name) => [name, z.optional(shape[name] as z.ZodType)]),
    );
    return (option as unknown as z.ZodObject).extend(optional);
  }) as unknown as [z.ZodType, z.ZodType],
);

/** Stands for an entry that says nothing in any claim: no claim has this number. */
const NEVER = -1;

/** What an entry of format 1 means at the end of `state`, in the words of this format. */
export function upgrade(state: RunFold, entry: Entry): Entry {
  if (entry.type === "tool_finished") return upgradeFinished(state, entry);
  if (kindOf(entry) !== "intention" || entry.type === "run_claimed") return entry;
  return { epoch: state.epoch, ...entry } as Entry;
}

type OldFinished = Omit<EntryOf<"tool_finished">, "outcome" | "attempt"> & {
  outcome: EntryOf<"tool_finished">["outcome"] | EntryOf<"call_answered">["outcome"];
  attempt?: number | undefined;
};

function upgradeFinished(state: RunFold, entry: OldFinished): Entry {
  const call = state.frames.get(frameKey(entry.path))?.calls.get(entry.callId);
  const { outcome, attempt } = entry;
  if (outcome === "failed" || (outcome === "ran" && attempt !== undefined)) {
    return { ...entry, outcome, attempt: attempt ?? 1, type: "tool_finished" };
  }
  const { error: _error, attempt: _attempt, ...rest } = entry;
  // A process that had been overtaken wrote its answer over a body that ran elsewhere.
  const isOvertaken =
    attempt === undefined && outcome !== "stated" && call !== undefined && isRunning(state, call);
  return {
    ...rest,
    type: "call_answered",
    outcome: outcome === "ran" ? "collected" : outcome,
    epoch: isOvertaken ? NEVER : state.epoch,
  };
}

/** Whether an attempt of the claim that stands is at it. */
function isRunning({ epoch }: RunFold, call: Call): boolean {
  return (
    !isAnswered(call) &&
    call.started !== undefined &&
    call.error === undefined &&
    call.started.epoch === epoch
  );
}
