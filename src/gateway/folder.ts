import * as z from "zod";

import type { DriverEntry, EntryKind } from "../engine/entries.ts";
import { base, intention } from "../engine/entry-schemas.ts";
import { rootFrame } from "../engine/frames.ts";
import type { Folder, Frame, Run } from "../engine/state.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { lazy } from "../lib/lazy.ts";
import { textMember } from "../lib/text-member.ts";

/** What a run of the gateway begins with: whose tool is called, and for which wish. */
const startSchema = lazy(() =>
  z.object({
    server: z.string(),
    /** As its server calls it. */
    tool: z.string(),
    /** What came with the call besides its arguments. */
    meta: z.record(z.string(), z.json()).optional(),
    /** The wish; absent where the tool changes nothing. */
    key: z.string().optional(),
    /** Why a person is asked whatever rules say. */
    mustAsk: z.string().optional(),
    /** What whoever is asked should know of earlier calls. */
    notes: z.array(z.string()).optional(),
    /** What the server asks a person, in place of a call of a tool of it. */
    asks: z
      .object({
        message: z.string(),
        /** JSON Schema of the fields, flat. */
        schema: z.record(z.string(), z.json()),
        /** What answers are sealed for: the gateway that asks, while it lives. */
        key: z.string(),
        /** The calls of the server that were running then, by name. */
        during: z.array(z.string()),
      })
      .optional(),
  }),
);

export type GatewayStart = z.infer<ReturnType<typeof startSchema>>;
export type Asks = NonNullable<GatewayStart["asks"]>;

const forms = {
  /** The same call came once more while the first one stood open on the same connection. */
  wish_added: () => z.object({ ...base(), type: z.literal("wish_added") }),
  /** A process waits besides the one whose client made the call first, or is told what came of it. */
  caller_joined: () => z.object({ ...base(), type: z.literal("caller_joined"), by: z.string() }),
  /** In a process nobody waits any longer: the call was given up, or answered with a ticket. */
  caller_left: () =>
    z.object({
      ...base(),
      type: z.literal("caller_left"),
      why: z.enum(["cancelled", "ticket"]),
      /** The process; absent in the first journals. */
      by: z.string().optional(),
    }),
  /** A person wants to be asked again about a call that was rejected. */
  asked_again: () => z.object({ ...base(), type: z.literal("asked_again"), by: z.string() }),
  /** What ended an activation; it is gone on with when the call is made again. */
  gateway_stopped: () =>
    z.object({
      ...intention(),
      type: z.literal("gateway_stopped"),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
    }),
};

type Forms = typeof forms;
type CallerLeft = z.infer<ReturnType<Forms["caller_left"]>>;
type GatewayEntry = z.infer<ReturnType<Forms[keyof Forms]>>;

const kinds: Readonly<Record<keyof Forms, EntryKind>> = {
  wish_added: "word",
  caller_joined: "word",
  caller_left: "word",
  asked_again: "word",
  gateway_stopped: "intention",
};

/** The process whose client made a call first. */
const FIRST = "";

/** What the gateway keeps of a run. */
export interface GatewayData {
  readonly start: GatewayStart;
  /** Of the like calls that share it besides the first one, the `seq` of each. */
  readonly wishedAt: number[];
  /** When its client was given a ticket last, ISO 8601 UTC. */
  ticketAt: string | undefined;
  /** Which processes wait for it, as far as is known; where it was made first is `FIRST`. */
  readonly waits: Set<string>;
  /** Which process made it again last, and when, ISO 8601 UTC. */
  joined: { readonly by: string; readonly at: string } | undefined;
  /** When the last who waited for it gave it up, as far as is known; ISO 8601 UTC. */
  gaveUpAt: string | undefined;
  askAgain: boolean;
}

export type GatewayFrame = Frame<GatewayData>;

/** The name by which runs of the gateway say that they are. */
export const GATEWAY = "gateway";

/** Half one of the driver whose calls come from an MCP client: one call a run. */
export const gatewayFolder: Folder<GatewayData> = {
  name: GATEWAY,
  kinds,
  forms,
  start: startSchema,
  startFields: () => [],
  begin: (_frame, { start }) => ({
    start: readStart(start),
    wishedAt: [],
    ticketAt: undefined,
    waits: new Set([FIRST]),
    joined: undefined,
    gaveUpAt: undefined,
    askAgain: false,
  }),
  claimed: () => undefined,
  fold(frame, read, tell) {
    const { data } = frame;
    const entry = toGatewayEntry(read);
    switch (entry?.type) {
      case "wish_added":
        // One that comes when all is over is none of this run.
        if (frame.end === undefined) data.wishedAt.push(entry.seq);
        return;
      case "caller_joined":
        data.waits.add(entry.by);
        data.joined = { by: entry.by, at: entry.at };
        data.gaveUpAt = undefined;
        return;
      case "caller_left":
        leave(data, entry);
        return;
      case "asked_again":
        data.askAgain = true;
        return;
      case "gateway_stopped": {
        const { code, message, retryable } = entry;
        tell.stop({ code, message, retryable, path: frame.path });
        return;
      }
      case undefined:
        return;
    }
  },
  closed: () => undefined,
  late: () => undefined,
  ended: () => undefined,
  idle: ({ open }) => (open.size === 0 ? "works" : "waits"),
  owes: () => false,
  mayBeLost: () => false,
  asker: ({ startedBy }) => startedBy,
  question: ({ data: { start } }) => start.asks,
  // What came of it may be delivered, and its wish closed, before its end is written.
  intentKey: (frame) => (isMet(frame) ? undefined : frame.data.start.key),
  times: ({ data }, callId) => (callId === "1" ? wishesOf(data) : 1),
  notes: ({ data: { start, wishedAt, gaveUpAt }, calls: { size } }) => [
    ...(start.asks === undefined ? [] : notesOnQuestion(start.server, start.asks)),
    ...(wishedAt.length > 0 ? [noteOnWishes(wishedAt.length + 1, size)] : []),
    ...(gaveUpAt === undefined
      ? []
      : [`Its client gave the call up at ${gaveUpAt.slice(11, 16)} UTC`]),
  ],
};

function isMet(frame: GatewayFrame): boolean {
  return frame.calls.size > 0 && frame.open.size === 0 && !isAnotherOwed(frame);
}

/** Whether a like call was let run besides those that there are: one that was asked for by then. */
export function isAnotherOwed({ calls, data: { wishedAt } }: GatewayFrame): boolean {
  const decision = calls.get("1")?.approval?.decision;
  if (decision?.decision !== "approved" || decision.scope !== "always") return false;
  return calls.size < 1 + wishedAt.filter((seq) => seq < decision.seq).length;
}

/** How many like calls share a run. */
export function wishesOf({ wishedAt }: Pick<GatewayData, "wishedAt">): number {
  return 1 + wishedAt.length;
}

/** @param begun how often it was begun, this one included */
function noteOnWishes(wishes: number, begun: number): string {
  const asked = `Asked for ${wishes} times at once`;
  return begun > 1
    ? `${asked}, and to run more than once: this is number ${begun}`
    : `${asked}: one decision counts for all, and it runs once unless you say more`;
}

function leave(data: GatewayData, { why, by = FIRST, at }: CallerLeft): void {
  if (why === "ticket") {
    data.ticketAt = at;
    data.gaveUpAt = undefined;
    return;
  }
  if (!data.waits.delete(by)) data.waits.delete(FIRST);
  data.gaveUpAt = data.waits.size === 0 ? at : undefined;
}

/**
 * Whether somebody besides a process that runs a call may be told what comes of it: they wait, or
 * have a ticket. Where it was made first nobody waits, or it would run there.
 */
export function isOwedBeside({ waits, ticketAt }: GatewayData, process: string): boolean {
  const others = [...waits].filter((each) => each !== FIRST && each !== process);
  return others.length > 0 || ticketAt !== undefined;
}

function notesOnQuestion(server: string, { during }: Asks): string[] {
  const running = during.length === 0 ? "" : `, while ${during.join(", ")} runs`;
  return [
    `Server "${server}" asks this${running}. Change fills in the fields, approving sends them to the server, rejecting declines; what is typed is not kept`,
  ];
}

/** For who reads runs of the gateway alone. */
export const gatewayFolders: [string, Folder][] = [[gatewayFolder.name, gatewayFolder]];

function readStart(start: JsonValue | undefined): GatewayStart {
  const read = startSchema().safeParse(start);
  if (read.success) return read.data;
  const unread = isJsonObject(start) ? start : {};
  return { server: textMember(unread, "server"), tool: textMember(unread, "tool") };
}

function toGatewayEntry(entry: DriverEntry): GatewayEntry | undefined {
  return Object.hasOwn(kinds, entry.type) ? (entry as GatewayEntry) : undefined;
}

/** What the gateway keeps of a run of its own. */
export function gatewayDataOf(run: Run): GatewayData | undefined {
  if (run.folder?.name !== gatewayFolder.name) return undefined;
  return (rootFrame(run) as GatewayFrame | undefined)?.data;
}
