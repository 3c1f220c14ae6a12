import { z } from "zod";

import type { AgentInputItem, AgentOutputItem, FunctionCallResultItem } from "./items.ts";
import type { UsageInput } from "./usage.ts";
import type { JsonValue } from "../lib/json.ts";

/**
 * The version of the entries written here. A reader refuses newer ones. Every version that was
 * released keeps a stored state among the tests' fixtures, which each later reader must take.
 */
export const FORMAT_VERSION = 2;

// Items pass through unread: only what the fold looks at is checked.
const items = z.array(z.looseObject({ type: z.string().optional() })) as unknown as z.ZodType<
  AgentInputItem[]
>;
const outputItems = items as unknown as z.ZodType<AgentOutputItem[]>;
const toolOutput = z.union([
  z.string(),
  z.looseObject({}),
  z.array(z.looseObject({})),
]) as unknown as z.ZodType<FunctionCallResultItem["output"]>;
const details = z.union([z.looseObject({}), z.array(z.looseObject({}))]).optional();
const usage = z.looseObject({
  requests: z.number().optional(),
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  totalTokens: z.number().optional(),
  inputTokensDetails: details,
  outputTokensDetails: details,
  requestUsageEntries: z.array(z.looseObject({})).optional(),
}) as unknown as z.ZodType<UsageInput>;
const json = z.json() as z.ZodType<JsonValue>;

/** What every entry has. */
const base = {
  seq: z.int().min(0),
  /** ISO 8601 UTC. */
  at: z.iso.datetime(),
  /** SHA-256 of the stored line before this one, base64url; absent in the first. */
  prev: z.string().optional(),
  /** Call ids from the root run down to a nested one; absent in the root run. */
  path: z.array(z.string()).optional(),
};

const failure = z.object({ code: z.string(), message: z.string() });

/** An item of the run by its place, or an item that a filter made. */
const itemRef = z.union([z.int().min(0), items]);

/** Who must decide, from the weakest to the strongest. */
export const approverLevels = ["client", "confirm", "person"] as const;

export const approvalKinds = [
  "tool_call",
  "outcome_unknown",
  "model_outcome_unknown",
  "budget",
] as const;

/** What a call is, by the code of the process that took the response in. */
export const callKinds = ["tool", "agent", "handoff", "unknown"] as const;

/** What a call was answered with where no body ran. */
export const answerOutcomes = [
  "denied",
  "rejected",
  "expired",
  "invalid",
  "stated",
  "collected",
] as const;

/** The same fields for what ran and for what stands in its place. */
const outputFields = {
  /** What the model is shown; a plain text stands for a text output. */
  output: toolOutput.optional(),
  /** The text is what the tool returned as a value: JSON, or "undefined". */
  json: z.literal(true).optional(),
  /** What the tool returned, where that stands for images or files; in place of `output`. */
  returned: json.optional(),
};

/** Of an intention: the claim that it was made under, 0 before the first. */
const intention = { ...base, epoch: z.int().min(0) };

export const entrySchema = z.discriminatedUnion("type", [
  /** First of a run, and of every nested run. */
  z.object({
    ...intention,
    type: z.literal("run_started"),
    format: z.int(),
    runId: z.string(),
    /** Who proposes the calls of this run, and reads the entries that are its own. */
    driver: z.string(),
    agent: z.string(),
    /** `code`, `demo#name`, `agents:<real path>#name`, `config:<real path>#name`. */
    source: z.string(),
    fingerprint: z.string().optional(),
    input: z.union([z.string(), items]),
    /** `null`: no limit. */
    maxTurns: z.int().nullable(),
    context: json.optional(),
    sessionId: z.string().optional(),
    /** Items that the session held before: of an own session by count and digest. */
    history: z
      .union([z.object({ count: z.int(), digest: z.string() }), z.object({ items })])
      .optional(),
    /** What the model is sent of history and input; a number counts through both. */
    order: z.array(itemRef).optional(),
    /** The provider keeps the history, each response naming the one before it. */
    chained: z.literal(true).optional(),
    conversationId: z.string().optional(),
    previousResponseId: z.string().optional(),
    /** Who started it, where that was not the program itself. */
    by: z.string().optional(),
    channel: z.string().optional(),
    level: z.enum(approverLevels).optional(),
  }),
  /** First of every activation of the loop; only the last claim's owner acts. */
  z.object({
    ...base,
    type: z.literal("run_claimed"),
    /** The format of what follows; absent in format 1. */
    format: z.int().optional(),
    owner: z.string(),
    epoch: z.int().min(1),
    /** A new limit for the root run, given on resume. */
    maxTurns: z.int().nullable().optional(),
    /** Who asked for it, where somebody did. */
    by: z.string().optional(),
    channel: z.string().optional(),
    level: z.enum(approverLevels).optional(),
  }),
  /** Only before a model call that must not be repeated blindly. */
  z.object({ ...intention, type: z.literal("model_requested"), from: z.int().min(0) }),
  z.object({
    ...base,
    type: z.literal("model_responded"),
    /** Number of the turn, from 0: of two answers to one question the first counts. */
    turn: z.int().min(0).optional(),
    responseId: z.string().optional(),
    requestId: z.string().optional(),
    output: outputItems,
    /** Ids of handoff calls besides the first: nothing comes of them, and nobody sees them. */
    ignored: z.array(z.string()).optional(),
    /** What its calls are, by call id; one that is not here is of a tool. */
    kinds: z.record(z.string(), z.enum(callKinds)).optional(),
    /** How many items of added input, the oldest ones, it was sent for the first time. */
    admitted: z.int().min(1).optional(),
    /** How many pieces of late news, the oldest ones, it was sent for the first time. */
    told: z.int().min(1).optional(),
    usage,
    providerData: z.record(z.string(), json).optional(),
  }),
  /** The next turn could not be made; ends the activation, a person may resume. */
  z.object({
    ...intention,
    type: z.literal("model_failed"),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    /** The request before it may have been carried out, its answer lost. */
    unanswered: z.literal(true).optional(),
  }),
  /** Once per run and definition, before its first request. */
  z.object({
    ...intention,
    type: z.literal("tool_defined"),
    tool: z.string(),
    digest: z.string(),
    description: z.string(),
    schema: json,
    /** Of a tool that was borrowed: the hints it came with. */
    annotations: json.optional(),
  }),
  z.object({
    ...intention,
    type: z.literal("approval_requested"),
    approvalId: z.string(),
    kind: z.enum(approvalKinds),
    callId: z.string().optional(),
    agent: z.string(),
    tool: z.string().optional(),
    toolDigest: z.string().optional(),
    argumentsDigest: z.string().optional(),
    /** Only where they differ from those of the call item. */
    arguments: json.optional(),
    approver: z.enum(approverLevels),
    reason: z.string().optional(),
    expiresAt: z.iso.datetime().optional(),
    /** What expiry does; default `reject`. */
    expiry: z.enum(["reject", "fail"]).optional(),
  }),
  /** A person was shown what is asked. */
  z.object({
    ...base,
    type: z.literal("approval_shown"),
    approvalId: z.string(),
    by: z.string(),
    channel: z.string(),
    /** Of the arguments as they were shown. */
    argumentsDigest: z.string().optional(),
    /** Names of the parts that were unfolded. */
    unfolded: z.array(z.string()).optional(),
  }),
  z.object({
    ...base,
    type: z.literal("approval_decided"),
    approvalId: z.string(),
    decision: z.enum(["approved", "rejected", "expired"]),
    by: z.string(),
    channel: z.string(),
    /** How sure that channel is of a person; a program in hand of the run needs none. */
    level: z.enum(approverLevels).optional(),
    /** `always`: also every later call of this agent, tool and definition in this run. */
    scope: z.enum(["once", "always"]),
    message: z.string().optional(),
    /** What runs instead of the proposed arguments. */
    arguments: json.optional(),
    argumentsDigest: z.string().optional(),
  }),
  /** Before the tool's body runs. */
  z.object({
    ...intention,
    type: z.literal("tool_started"),
    callId: z.string(),
    attempt: z.int().min(1),
    /** `seq` of the decision it rests on. */
    decision: z.int().optional(),
    /** By which rule it is free. */
    rule: z.string().optional(),
  }),
  /** What an attempt came to: its body ran. An error without an output leaves the call in doubt. */
  z.object({
    ...base,
    type: z.literal("tool_finished"),
    callId: z.string(),
    attempt: z.int().min(1),
    outcome: z.enum(["ran", "failed"]),
    ...outputFields,
    error: failure.optional(),
  }),
  /** What was decided instead of running a call, or made of a nested run: no body ran. */
  z.object({
    ...intention,
    type: z.literal("call_answered"),
    callId: z.string(),
    outcome: z.enum(answerOutcomes),
    ...outputFields,
  }),
  z.object({
    ...intention,
    type: z.literal("guardrail_ran"),
    guardrail: z.string(),
    kind: z.enum(["input", "output", "tool_input", "tool_output"]),
    callId: z.string().optional(),
    tripped: z.boolean(),
    info: json.optional(),
    /** The text that stands in place of a call or its output. */
    replacement: z.string().optional(),
  }),
  z.object({
    ...intention,
    type: z.literal("handed_off"),
    callId: z.string(),
    from: z.string(),
    to: z.string(),
    output: z.string(),
    /** What an input filter left; input and items in the order that the next agent sees. */
    filter: z
      .object({
        input: z.array(itemRef),
        /** The input is a text: the user's only message. */
        isText: z.literal(true).optional(),
        items: z.array(itemRef),
      })
      .optional(),
  }),
  z.object({ ...intention, type: z.literal("context_changed"), context: json }),
  z.object({ ...base, type: z.literal("input_added"), items }),
  /** Added input that no model has seen is taken back. */
  z.object({ ...base, type: z.literal("input_cleared") }),
  z.object({
    ...intention,
    type: z.literal("session_saving"),
    /** Items of the run's transcript that the write holds; `before` is the session's length. */
    from: z.int().min(0),
    to: z.int().min(0),
    before: z.int().min(0),
  }),
  z.object({ ...base, type: z.literal("session_saved"), to: z.int().min(0) }),
  z.object({
    ...intention,
    type: z.literal("run_completed"),
    /** The last message, the output of a call, or a text of its own. */
    output: z.union([
      z.object({ from: z.literal("message") }),
      z.object({ from: z.literal("call"), callId: z.string() }),
      z.object({
        from: z.literal("text"),
        text: z.string(),
        /** The text is also a message of the run, its last item. */
        message: z.literal(true).optional(),
      }),
    ]),
  }),
  z.object({
    ...intention,
    type: z.literal("run_failed"),
    code: z.string(),
    message: z.string(),
  }),
  z.object({
    ...base,
    type: z.literal("run_cancelled"),
    by: z.string(),
    channel: z.string().optional(),
    level: z.enum(approverLevels).optional(),
    reason: z.string().optional(),
  }),
]);

export type Entry = z.infer<typeof entrySchema>;
export type EntryType = Entry["type"];
export type EntryOf<T extends EntryType> = Extract<Entry, { type: T }>;

type WithoutPlace<T> = T extends { type: "run_claimed" }
  ? Omit<T, "seq" | "at" | "prev">
  : T extends { epoch: number }
    ? Omit<T, "seq" | "at" | "prev" | "epoch"> & { epoch?: number }
    : T extends unknown
      ? Omit<T, "seq" | "at" | "prev">
      : never;

/** An entry that has no place in a journal yet; an intention gets its epoch with its place. */
export type EntryDraft = WithoutPlace<Entry>;

/** Whether a decision of one level will do where another one is needed. */
export function reaches(level: ApproverLevel, needed: ApproverLevel): boolean {
  return approverLevels.indexOf(level) >= approverLevels.indexOf(needed);
}

export type ApprovalKind = (typeof approvalKinds)[number];
export type ApproverLevel = (typeof approverLevels)[number];
export type Decision = EntryOf<"approval_decided">["decision"];

export type CallKind = (typeof callKinds)[number];

/**
 * What an entry is to whoever writes it: an outcome happened outside and is never dropped, whoever
 * owns the run by now; an intention is of the claim's owner, and changes nothing once another claim
 * stands; a word comes from outside, and needs no claim.
 */
export type EntryKind = "outcome" | "intention" | "word";

const kinds: Readonly<Record<EntryType, EntryKind>> = {
  run_started: "intention",
  run_claimed: "intention",
  model_requested: "intention",
  model_responded: "outcome",
  model_failed: "intention",
  tool_defined: "intention",
  approval_requested: "intention",
  approval_shown: "word",
  approval_decided: "word",
  tool_started: "intention",
  tool_finished: "outcome",
  call_answered: "intention",
  guardrail_ran: "intention",
  handed_off: "intention",
  context_changed: "intention",
  input_added: "word",
  input_cleared: "word",
  session_saving: "intention",
  session_saved: "outcome",
  run_completed: "intention",
  run_failed: "intention",
  run_cancelled: "word",
};

export function kindOf({ type }: { type: EntryType }): EntryKind {
  return kinds[type];
}

export function isOutcome(entry: { type: EntryType }): boolean {
  return kinds[entry.type] === "outcome";
}
