import fc from "fast-check";

import type { Entry, EntryDraft } from "../../src/agents/entries.ts";
import { answerOutcomes, approvalKinds, callKinds } from "../../src/engine/vocabulary.ts";
import { kindOf } from "./journal.ts";
import type { JsonValue } from "../../src/lib/json.ts";

const at = "2026-01-01T00:00:00.000Z";

/** Few names, so that entries refer to each other more often than not. */
const callId = fc.constantFrom("c1", "c2", "c3", "");
const approvalId = fc.constantFrom("apr_1", "apr_2", "apr_3");
const agent = fc.constantFrom("clerk", "chief");
const toolName = fc.constantFrom("pay", "look");
const path = fc.constantFrom(undefined, undefined, undefined, ["c1"], ["c2"], ["c1", "c2"]);
const text = fc.constantFrom("", "Hello", '{"amount":1}', "{");
const json: fc.Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const attempt = fc.constantFrom(1, 2, 3);

const outputText = fc.record({ type: fc.constant("output_text"), text });

// Items are not checked further than that they are objects with a type, if they have one.
const outputItem = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("function_call"),
      callId,
      name: toolName,
      arguments: text,
    }),
  },
  fc.record({
    type: fc.constant("message"),
    role: fc.constant("assistant"),
    status: fc.constant("completed"),
    content: fc.array(outputText, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant("compaction"), encrypted_content: text }),
  fc.constantFrom<object[]>(
    { type: "reasoning", content: [] },
    { type: "hosted_tool_call", name: "web_search" },
    { type: "function_call" },
    { type: "message", role: "assistant" },
    { role: "assistant", content: null },
    {},
  ),
);

const inputItem = fc.oneof(
  fc.record({ type: fc.constant("message"), role: fc.constant("user"), content: text }),
  outputItem,
);
const items = fc.array(inputItem, { maxLength: 3 });
const itemRefs = fc.array(fc.oneof(fc.nat({ max: 4 }), items), { maxLength: 3 });

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const usage = fc.record(
  {
    requests: fc.constantFrom(1, 2),
    inputTokens: fc.nat({ max: 9 }),
    outputTokens: fc.nat({ max: 9 }),
    totalTokens: fc.nat({ max: 9 }),
    inputTokensDetails: fc.constantFrom({ cached: 1 }, [{ cached: 2 }]),
    requestUsageEntries: fc.constant([{ inputTokens: 1, outputTokens: 2, totalTokens: 3 }]),
  },
  { requiredKeys: [] },
);

/** Drafts of every type; what is undefined is absent once it is stored. */
const shapes: Record<Entry["type"], fc.Arbitrary<object>> = {
  run_started: fc.record({
    format: fc.constant(2),
    driver: fc.constant("agents"),
    runId: fc.constant("run_1"),
    agent,
    source: fc.constant("code"),
    start: fc.record({
      input: fc.oneof(text, items),
      maxTurns: fc.constantFrom(null, 1, 10),
      context: optional(json),
      history: optional(
        fc.oneof(
          fc.record({ count: fc.nat({ max: 3 }), digest: fc.constant("d") }),
          fc.record({ items }),
        ),
      ),
      conversationId: optional(fc.constant("conv_1")),
    }),
  }),
  run_claimed: fc.record({
    owner: fc.constantFrom("own_1", "own_2"),
    format: optional(fc.constant(2)),
    epoch: fc.constantFrom(1, 2, 3),
    start: optional(fc.record({ maxTurns: fc.constantFrom(null, 5) })),
  }),
  run_released: fc.record({
    since: fc.constant("2026-01-01T00:00:00.000Z"),
    why: fc.constantFrom("older", "changed"),
    by: fc.constant("somebody"),
  }),
  call_proposed: fc.record({ callId, name: toolName, arguments: text }),
  model_requested: fc.record({ from: fc.nat({ max: 3 }) }),
  model_responded: fc.record({
    turn: optional(fc.nat({ max: 3 })),
    responseId: optional(fc.constantFrom("resp_1", "resp_2")),
    output: fc.array(outputItem, { maxLength: 3 }),
    ignored: optional(fc.array(callId, { maxLength: 2 })),
    kinds: optional(fc.dictionary(callId, fc.constantFrom(...callKinds), { maxKeys: 2 })),
    admitted: optional(fc.constantFrom(1, 2)),
    told: optional(fc.constantFrom(1, 2)),
    usage,
  }),
  model_failed: fc.record({
    code: fc.constant("model_failed"),
    message: text,
    retryable: fc.boolean(),
    unanswered: optional(fc.constant(true)),
  }),
  tool_defined: fc.record({ tool: toolName, digest: text, description: text, schema: json }),
  approval_requested: fc.record({
    approvalId,
    kind: fc.constantFrom(...approvalKinds),
    callId: optional(callId),
    agent,
    tool: optional(toolName),
    toolDigest: optional(text),
    arguments: optional(json),
    approver: fc.constantFrom("client", "confirm", "person"),
    reason: optional(text),
  }),
  approval_decided: fc.record({
    approvalId,
    decision: fc.constantFrom("approved", "rejected", "expired"),
    by: text,
    channel: text,
    scope: fc.constantFrom("once", "always"),
    message: optional(text),
    arguments: optional(json),
  }),
  tool_started: fc.record({ callId, attempt, decision: optional(fc.nat()), rule: optional(text) }),
  tool_finished: fc.record({
    callId,
    attempt,
    outcome: fc.constantFrom("ran", "failed"),
    output: optional(fc.oneof(text, fc.constant({ type: "text", text: "Hello" }))),
    returned: optional(json),
    json: optional(fc.constant(true)),
    error: optional(fc.record({ code: text, message: text })),
  }),
  run_left: fc.constant({}),
  call_answered: fc.record({
    callId,
    outcome: fc.constantFrom(...answerOutcomes),
    output: optional(fc.oneof(text, fc.constant({ type: "text", text: "Hello" }))),
    returned: optional(json),
    json: optional(fc.constant(true)),
  }),
  call_previewed: fc.record({
    approvalId,
    callId,
    tool: toolName,
    arguments: json,
    bind: optional(text),
    digest: optional(text),
    head: optional(text),
    length: optional(fc.nat({ max: 9 })),
    failed: optional(text),
    anew: optional(fc.constantFrom(1, 2)),
    whatever: optional(fc.constant(true)),
  }),
  approval_shown: fc.record({
    approvalId,
    by: text,
    channel: text,
    level: optional(fc.constantFrom("client", "confirm", "person")),
    argumentsDigest: optional(text),
    unfolded: optional(fc.array(text, { maxLength: 2 })),
  }),
  guardrail_ran: fc.record({
    guardrail: text,
    kind: fc.constantFrom("input", "output", "tool_input", "tool_output"),
    callId: optional(callId),
    tripped: fc.boolean(),
    info: optional(json),
    replacement: optional(text),
  }),
  handed_off: fc.record({
    callId,
    from: agent,
    to: agent,
    output: text,
    filter: optional(
      fc.record({ input: itemRefs, isText: optional(fc.constant(true)), items: itemRefs }),
    ),
  }),
  context_changed: fc.record({ context: json }),
  input_added: fc.record({ items }),
  input_cleared: fc.constant({}),
  session_saving: fc.record({
    from: fc.nat({ max: 3 }),
    to: fc.nat({ max: 5 }),
    before: fc.nat({ max: 3 }),
  }),
  session_saved: fc.record({ to: fc.nat({ max: 5 }) }),
  run_completed: fc.record({
    output: fc.oneof(
      fc.constant({ from: "message" }),
      fc.record({ from: fc.constant("call"), callId }),
      fc.record({ from: fc.constant("text"), text, message: optional(fc.constant(true)) }),
    ),
  }),
  run_failed: fc.record({ code: text, message: text }),
  run_cancelled: fc.record({ by: text, reason: optional(text) }),
};

/** Any entry of any type, with or without a meaning where it stands. */
export const anyDraft: fc.Arbitrary<EntryDraft> = fc
  .constantFrom(...Object.entries(shapes))
  .chain(([type, shape]) =>
    fc.tuple(shape, path).map(([fields, where]) => {
      const draft = { type, ...fields, ...(where === undefined ? {} : { path: where }) };
      return JSON.parse(JSON.stringify(draft)) as EntryDraft;
    }),
  )
  .chain((draft) =>
    kindOf(draft) !== "intention" || draft.type === "run_claimed"
      ? fc.constant(draft)
      : fc.constantFrom(0, 0, 1, 2).map((epoch) => ({ ...draft, epoch })),
  );

/** A journal of any entries: the first starts a run, what follows may make no sense at all. */
export const anyEntries: fc.Arbitrary<Entry[]> = fc
  .tuple(shapes.run_started, fc.array(anyDraft, { maxLength: 40 }))
  .map(([start, drafts]) => {
    const first = JSON.parse(
      JSON.stringify({ type: "run_started", ...start, epoch: 0 }),
    ) as EntryDraft;
    return [first, ...drafts].map((draft, seq) => ({ ...draft, seq, at }) as Entry);
  });
