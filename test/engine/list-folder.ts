import { z } from "zod";

import type { Folder, Approval, Frame } from "../../src/engine/state.ts";
import type { DriverEntry } from "../../src/engine/entries.ts";
import { base, intention } from "../../src/engine/entry-schemas.ts";
import type { JsonValue } from "../../src/lib/json.ts";

const callSchema = z.object({
  callId: z.string(),
  name: z.string(),
  arguments: (z.json() as z.ZodType<JsonValue>).default({}),
});

/** Calls that are proposed together; `asks`: nothing becomes of them before somebody agreed. */
const batchSchema = z.object({ calls: z.array(callSchema), asks: z.boolean().optional() });

const startSchema = z.object({ batches: z.array(batchSchema) });

export type Batch = z.input<typeof batchSchema>;

const schemas = {
  batch_proposed: z.object({
    ...intention(),
    type: z.literal("batch_proposed"),
    calls: z.array(z.object({ callId: z.string(), name: z.string(), arguments: z.string() })),
  }),
  asker_changed: z.object({
    ...intention(),
    type: z.literal("asker_changed"),
    callId: z.string(),
    to: z.string(),
  }),
  /** The list could not be read on; a person may resume the run. */
  list_stopped: z.object({ ...intention(), type: z.literal("list_stopped"), message: z.string() }),
  /** How many answers of the root were brought to others. */
  list_told: z.object({ ...base(), type: z.literal("list_told"), upTo: z.int() }),
} as const;

type ListEntry = z.infer<(typeof schemas)[keyof typeof schemas]>;

/** What the list keeps of a frame. */
export interface ListData {
  batches: z.infer<typeof batchSchema>[];
  asker: string;
  /** How many batches were proposed, and where the last one was. */
  proposed: number;
  proposedAt: number;
  answered: number;
  told: number;
  late: string[];
}

export type ListFrame = Frame<ListData>;

/** Half one: reads the runs whose calls come from a list. */
export const listFolder: Folder<ListData> = {
  name: "list",
  kinds: {
    batch_proposed: "intention",
    asker_changed: "intention",
    list_stopped: "intention",
    list_told: "outcome",
  },
  forms: Object.fromEntries(Object.entries(schemas).map(([type, form]) => [type, () => form])),
  start: () => startSchema,
  startFields: () => [],
  begin: (_frame, { agent, start }) => ({
    batches: startSchema.parse(start ?? { batches: [] }).batches,
    asker: agent,
    proposed: 0,
    proposedAt: -1,
    answered: 0,
    told: 0,
    late: [],
  }),
  claimed({ data }, start) {
    if (start !== undefined) data.batches.push(...startSchema.parse(start).batches);
  },
  fold(frame, read, tell) {
    const { data } = frame;
    const entry = toListEntry(read);
    switch (entry?.type) {
      case "batch_proposed":
        data.proposed += 1;
        data.proposedAt = entry.seq;
        for (const item of entry.calls) {
          tell.propose({ item, kind: item.name === SWITCH ? "handoff" : "tool" });
        }
        return;
      case "asker_changed": {
        const call = frame.calls.get(entry.callId);
        if (call === undefined || !frame.open.has(call)) return;
        data.asker = entry.to;
        tell.drop(call);
        return;
      }
      case "list_stopped": {
        const { message } = entry;
        tell.stop({ code: "list_stopped", message, retryable: true, path: frame.path });
        return;
      }
      case "list_told":
        data.told = Math.max(data.told, entry.upTo);
        return;
      case undefined:
        return;
    }
  },
  closed: ({ data }) => void (data.answered += 1),
  late: ({ data }, { item }) => void data.late.push(item.callId),
  ended: () => undefined,
  idle(frame) {
    const hold = holdOf(frame);
    if (hold !== undefined) return hold.approval?.decision === undefined ? waitsFor(hold) : "works";
    return frame.open.size === 0 ? "works" : "waits";
  },
  owes: ({ data }) => data.told < data.answered,
  mayBeLost: (_frame, { type }) => type === "list_stopped",
  asker: ({ data }) => data.asker,
};

export const listFolders: ReadonlyMap<string, Folder> = new Map([["list", listFolder as Folder]]);

/** A call of this name makes another agent the one that asks; its arguments name it. */
export const SWITCH = "switch_to";

function toListEntry(entry: DriverEntry): ListEntry | undefined {
  return entry.type in schemas ? (entry as ListEntry) : undefined;
}

export interface Hold {
  readonly approval: Approval | undefined;
}

/** What keeps a batch from being touched: it is still to be asked about, or nobody agreed. */
export function holdOf({ data, open, approvals }: ListFrame): Hold | undefined {
  if (open.size === 0 || data.batches[data.proposed - 1]?.asks !== true) return undefined;
  const approval = approvals.findLast(({ seq }) => seq > data.proposedAt);
  return approval?.decision?.decision === "approved" ? undefined : { approval };
}

function waitsFor({ approval }: Hold): "works" | "held" {
  return approval === undefined ? "works" : "held";
}
