import * as z from "zod";

import type { EngineEntry, EntryKind, WithoutPlace } from "../engine/entries.ts";
import { base, intention } from "../engine/entry-schemas.ts";
import { json } from "../engine/entry-parts.ts";
import { callKinds } from "../engine/vocabulary.ts";
import { lazy } from "../lib/lazy.ts";
import type { AgentInputItem, AgentOutputItem } from "./items.ts";
import type { UsageInput } from "./usage.ts";

// Items pass through unread: only what the fold looks at is checked.
const items = lazy(
  () =>
    z.array(z.looseObject({ type: z.string().optional() })) as unknown as z.ZodType<
      AgentInputItem[]
    >,
);
const usage = lazy(() => {
  const details = z.union([z.looseObject({}), z.array(z.looseObject({}))]).optional();
  return z.looseObject({
    requests: z.number().optional(),
    inputTokens: z.number().optional(),
    outputTokens: z.number().optional(),
    totalTokens: z.number().optional(),
    inputTokensDetails: details,
    outputTokensDetails: details,
    requestUsageEntries: z.array(z.looseObject({})).optional(),
  }) as unknown as z.ZodType<UsageInput>;
});

/** An item of the run by its place, or an item that a filter made. */
const itemRef = lazy(() => z.union([z.int().min(0), items()]));

/** What a context had beside what JSON says of it. */
const contextMarks = lazy(() => ({
  /** Where it had what JSON cannot hold, as JSON pointers: to be given again. */
  givenAgain: z.array(z.string()).optional(),
  /** Where its texts stand for dates. */
  dates: z.array(z.string()).optional(),
  /** It is what the application's own serializer made. */
  serialized: z.literal(true).optional(),
}));

/** What a run of an agent, root or nested, begins with. */
export const startSchema = lazy(() =>
  z.object({
    input: z.union([z.string(), items()]),
    /** `null`: no limit. */
    maxTurns: z.int().nullable(),
    context: json().optional(),
    ...contextMarks(),
    /** Items that the session held before: of an own session by count and digest. */
    history: z
      .union([z.object({ count: z.int(), digest: z.string() }), z.object({ items: items() })])
      .optional(),
    /** What the model is sent of history and input; a number counts through both. */
    order: z.array(itemRef()).optional(),
    /** The provider keeps the history, each response naming the one before it. */
    chained: z.literal(true).optional(),
    conversationId: z.string().optional(),
    previousResponseId: z.string().optional(),
    /** Whether ids of reasoning that the run made are sent and told; without it they are. */
    reasoningItemIdPolicy: z.enum(["preserve", "omit"]).optional(),
  }),
);
export type Start = z.infer<ReturnType<typeof startSchema>>;

/** The form of the entries of an agent's run besides those of every run, by type. */
export const turnForms = {
  /** Only before a model call that must not be repeated blindly. */
  model_requested: () =>
    z.object({ ...intention(), type: z.literal("model_requested"), from: z.int().min(0) }),
  model_responded: () =>
    z.object({
      ...base(),
      type: z.literal("model_responded"),
      /** Number of the turn, from 0: of two answers to one question the first counts. */
      turn: z.int().min(0).optional(),
      responseId: z.string().optional(),
      requestId: z.string().optional(),
      output: items() as unknown as z.ZodType<AgentOutputItem[]>,
      /** Ids of handoff calls besides the first: nothing comes of them, and nobody sees them. */
      ignored: z.array(z.string()).optional(),
      /** What its calls are, by call id; one that is not here is of a tool. */
      kinds: z.record(z.string(), z.enum(callKinds)).optional(),
      /** How many items of added input, the oldest ones, it was sent for the first time. */
      admitted: z.int().min(1).optional(),
      /** How many pieces of late news, the oldest ones, it was sent for the first time. */
      told: z.int().min(1).optional(),
      /**
       * What a filter made of the items that the session does not have, which is what it gets; `from`
       * is how many it had. A number counts from there.
       */
      kept: z.object({ from: z.int().min(0), items: z.array(itemRef()) }).optional(),
      usage: usage(),
      providerData: z.record(z.string(), json()).optional(),
    }),
  /** The next turn could not be made; ends the activation, a person may resume. */
  model_failed: () =>
    z.object({
      ...intention(),
      type: z.literal("model_failed"),
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      /** The request before it may have been carried out, its answer lost. */
      unanswered: z.literal(true).optional(),
    }),
  handed_off: () =>
    z.object({
      ...intention(),
      type: z.literal("handed_off"),
      callId: z.string(),
      from: z.string(),
      to: z.string(),
      output: z.string(),
      /** What an input filter left; input and items in the order that the next agent sees. */
      filter: z
        .object({
          input: z.array(itemRef()),
          /** The input is a text: the user's only message. */
          isText: z.literal(true).optional(),
          items: z.array(itemRef()),
        })
        .optional(),
    }),
  context_changed: () =>
    z.object({
      ...intention(),
      type: z.literal("context_changed"),
      context: json(),
      ...contextMarks(),
    }),
  input_added: () => z.object({ ...base(), type: z.literal("input_added"), items: items() }),
  /** Added input that no model has seen is taken back. */
  input_cleared: () => z.object({ ...base(), type: z.literal("input_cleared") }),
  session_saving: () =>
    z.object({
      ...intention(),
      type: z.literal("session_saving"),
      /** Items of the run's transcript that the write holds; `before` is the session's length. */
      from: z.int().min(0),
      to: z.int().min(0),
      before: z.int().min(0),
    }),
  session_saved: () =>
    z.object({ ...base(), type: z.literal("session_saved"), to: z.int().min(0) }),
};

export type TurnEntry = z.infer<ReturnType<(typeof turnForms)[keyof typeof turnForms]>>;

/** Any entry of an agent's run. */
export type Entry = EngineEntry | TurnEntry;
export type EntryType = Entry["type"];
export type EntryOf<T extends EntryType> = Extract<Entry, { type: T }>;
export type EntryDraft = WithoutPlace<Entry>;
export type DraftOf<T extends EntryType> = Extract<EntryDraft, { type: T }>;

export const turnKinds: Readonly<Record<TurnEntry["type"], EntryKind>> = {
  model_requested: "intention",
  model_responded: "outcome",
  model_failed: "intention",
  handed_off: "intention",
  context_changed: "intention",
  input_added: "word",
  input_cleared: "word",
  session_saving: "intention",
  session_saved: "outcome",
};

/** What ended a run that completed. */
export const outputSchema = lazy(() =>
  z.union([
    z.object({ from: z.literal("message") }),
    z.object({ from: z.literal("call"), callId: z.string() }),
    z.object({
      from: z.literal("text"),
      text: z.string(),
      /** The text is also a message of the run, its last item. */
      message: z.literal(true).optional(),
    }),
  ]),
);
/** The last message, the output of a call, or a text of its own. */
export type RunOutput = z.infer<ReturnType<typeof outputSchema>>;
