import * as z from "zod";

import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { isEngineEntry, type EntryOf, type StoredFields } from "./entries.ts";
import { kindIn } from "./entry-kinds.ts";
import { engineForms } from "./entry-schemas.ts";
import { frameKey, isAnswered, isRunning } from "./frames.ts";
import type { Folders, Run } from "./state.ts";

/**
 * Format 1, which is read for ever: intentions have no epoch, calls no kind, what a driver begins
 * with stands beside the rest, and `tool_finished` says also what was decided instead of running a
 * call. Stored lines stay as they are; the fold takes each as what it would have been in format 2.
 */
const DRIVER = "agents";

/** The form that entries of format 1 have, by type. */
export function formatOneForms(folders: Folders): [type: string, make: () => z.ZodType][] {
  const folder = folders.get(DRIVER);
  const forms = { ...engineForms, ...folder?.forms };
  return Object.entries(forms).map(([type, make]) => [
    type,
    () => loosened(type, make() as z.ZodObject, folder?.start()),
  ]);
}

function loosened(type: string, schema: z.ZodObject, start: z.ZodType | undefined): z.ZodType {
  if (type === "run_claimed") return schema;
  const shape: z.ZodRawShape = schema.shape;
  const missing = ["epoch", "driver"].filter((name) => name in shape);
  const optional = missing.map((name) => [name, z.optional(shape[name] as z.ZodType)]);
  const open = schema.extend(Object.fromEntries(optional));
  if (type === "run_started" && start !== undefined) return z.intersection(open.loose(), start);
  if (type !== "tool_finished") return open;
  return open.extend({
    attempt: z.int().min(1).optional(),
    outcome: z.enum(["ran", "rejected", "expired", "denied", "invalid", "stated", "failed"]),
  });
}

/** Stands for an entry that says nothing in any claim: no claim has this number. */
const NEVER = -1;

/** What an entry of format 1 means at the end of `run`, in the words of format 2. */
export function upgrade(run: Run, entry: StoredFields): StoredFields {
  if (isEngineEntry(entry)) {
    if (entry.type === "tool_finished") return upgradeFinished(run, entry);
    if (entry.type === "run_started" || entry.type === "run_claimed")
      return upgradeStart(run, entry);
  }
  if (kindIn(run, entry) !== "intention") return entry;
  return { epoch: run.epoch, ...entry };
}

/** What the driver begins with stood beside the rest. */
function upgradeStart(run: Run, entry: EntryOf<"run_started" | "run_claimed">): StoredFields {
  if (entry.start !== undefined) return entry;
  const folder = run.folders.get(DRIVER);
  const fields: JsonObject = isJsonObject(entry) ? entry : {};
  const start = Object.fromEntries(
    (folder?.startFields() ?? []).flatMap((name) => (name in fields ? [[name, fields[name]]] : [])),
  ) as JsonObject;
  if (entry.type === "run_claimed") return { ...entry, start };
  return { ...entry, driver: DRIVER, epoch: entry.epoch ?? run.epoch, start };
}

type OldFinished = Omit<EntryOf<"tool_finished">, "outcome" | "attempt"> & {
  outcome: EntryOf<"tool_finished">["outcome"] | EntryOf<"call_answered">["outcome"];
  attempt?: number | undefined;
};

function upgradeFinished(run: Run, entry: OldFinished): StoredFields {
  const call = run.frames.get(frameKey(entry.path))?.calls.get(entry.callId);
  const { outcome, attempt } = entry;
  if (outcome === "failed" || (outcome === "ran" && attempt !== undefined)) {
    return { ...entry, outcome, attempt: attempt ?? 1, type: "tool_finished" };
  }
  const { error: _error, attempt: _attempt, ...rest } = entry;
  // A process that had been overtaken wrote its answer over a body that ran elsewhere.
  const isOvertaken =
    attempt === undefined &&
    outcome !== "stated" &&
    call !== undefined &&
    !isAnswered(call) &&
    isRunning(call, run.epoch);
  return {
    ...rest,
    type: "call_answered",
    outcome: outcome === "ran" ? "collected" : outcome,
    epoch: isOvertaken ? NEVER : run.epoch,
  };
}
