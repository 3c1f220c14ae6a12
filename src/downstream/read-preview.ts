import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import type { GatedCall } from "../agents/gate.ts";
import type { Previewed, Reading } from "../engine/entry-parts.ts";
import { headOf } from "../lib/cut-text.ts";
import { sha256 } from "../lib/digest.ts";
import { errorMessage } from "../lib/errors.ts";
import { canonicalJson, type JsonValue } from "../lib/json.ts";
import { saysMissingFile } from "../lib/missing-file.ts";
import { withinTime } from "../lib/pending.ts";
import { strikeSecrets } from "../lib/strike-secrets.ts";
import { valueAt } from "../policy/json-place.ts";
import { borrowedOf, type BorrowedParts } from "./borrowed-parts.ts";
import type { PreviewLook, PreviewPlan } from "./preview-plan.ts";
import { judgeBorrowed, sendCall } from "./send-call.ts";
import { toDifference } from "./text-change.ts";

/** How long a look may take, and how many bytes it may bring. */
const LIMIT_MS = 5_000;
const MOST_BYTES = 256 * 1_024;
/** How many characters of what was read are kept. */
const HEAD = 16_000;

export interface ReadPreviewOptions {
  call: GatedCall;
  /** @throws Error where the call has not what is to be asked with */
  plan(): PreviewPlan | undefined;
  /** Whether approvals of calls of the tool are bound, even where nothing is read of this one. */
  binds: boolean;
  signal: AbortSignal;
  before?: Previewed | undefined;
}

/** Looks at what a call would change. Nothing is sent that rules do not let pass unasked. */
export async function readPreview(
  parts: BorrowedParts,
  { call, plan: toPlan, binds, signal, before }: ReadPreviewOptions,
): Promise<Reading> {
  const strike = (text: string): string =>
    parts.connection
      .redact(text)
      .split("\n")
      .map((line) => strikeSecrets(line))
      .join("\n");
  let reading: Reading = { tool: "", arguments: {}, ...(binds ? { bind: "" } : {}) };
  try {
    const plan = toPlan();
    if (plan === undefined) return { ...reading, failed: "a rule shows nothing of this call" };
    const [{ tool, args }] = plan.looks;
    const { bind } = plan;
    reading = { tool, arguments: args, ...(bind === undefined ? {} : { bind }) };
    const values = await look(parts, plan, { agent: call.agent, signal });
    return { ...reading, ...toReading(plan, { values, strike, before }) };
  } catch (error) {
    return { ...reading, failed: headOf(strike(errorMessage(error)), 300) };
  }
}

/** What all looks bring, in the time that there is. */
async function look(
  parts: BorrowedParts,
  plan: PreviewPlan,
  { agent, signal }: { agent: string; signal: AbortSignal },
): Promise<JsonValue[]> {
  const timeout = new AbortController();
  const within = AbortSignal.any([signal, timeout.signal]);
  const work = async (): Promise<JsonValue[]> => {
    const values: JsonValue[] = [];
    for (const [index, each] of plan.looks.entries()) {
      // One after the other: each may fail the rest.
      // oxlint-disable-next-line no-await-in-loop
      values.push(
        await valueOf(parts, each, { plan, agent, signal: within, isFirst: index === 0 }),
      );
    }
    return values;
  };
  try {
    return await withinTime(work(), { limitMs: LIMIT_MS, what: plan.looks[0].tool });
  } finally {
    timeout.abort(new Error("the look is over"));
  }
}

async function valueOf(
  parts: BorrowedParts,
  { tool, args, mayBeAbsent }: PreviewLook,
  {
    plan,
    agent,
    signal,
    isFirst,
  }: { plan: PreviewPlan; agent: string; signal: AbortSignal; isFirst: boolean },
): Promise<JsonValue> {
  const reader = readerOf(parts, tool);
  const { sent } = reader.policy.prepare(borrowedOf(reader), args);
  const ruling = await judgeBorrowed(reader, { agent, arguments: sent });
  if (ruling.verdict !== "allow") {
    const why = ruling.reason === undefined ? "" : `: ${ruling.reason}`;
    throw new Error(
      ruling.verdict === "deny"
        ? `the rules deny ${tool} with these arguments${why}`
        : `the rules ask before ${tool}${why}`,
    );
  }
  const options = { isExact: true, timeoutMs: LIMIT_MS, signal };
  const result = await sendCall(reader, { name: tool, value: sent, ...options });
  if (result.isError !== true) return partOf(result, { tool, part: plan.part });
  if (mayBeAbsent === true && saysMissingFile(textOf(result))) return "";
  if (isFirst) throw new Error(`${tool} answered: ${textOf(result)}`);
  return "nothing that can be read";
}

/** The tool that looks. @throws Error where it is not known to change nothing */
function readerOf(parts: BorrowedParts, tool: string): BorrowedParts {
  const { name } = parts.connection;
  const reader = parts.sibling(tool);
  if (reader === undefined) throw new Error(`server "${name}" has no tool ${tool}`);
  const borrowed = borrowedOf(reader);
  if (!borrowed.isTrustedReadOnly && reader.policy.changesNothing?.(borrowed) !== true) {
    throw new Error(
      `${tool} of server "${name}" is not trusted to change nothing: that takes "trusted": true and readOnlyHint`,
    );
  }
  if (reader.drifted !== undefined) throw new Error(`${tool} was not accepted: ${reader.drifted}`);
  return reader;
}

function partOf(
  result: CallToolResult,
  { tool, part }: { tool: string; part: string | undefined },
): JsonValue {
  const value = part === undefined ? textOf(result) : valueAt(result as JsonValue, part);
  if (value === undefined) throw new Error(`the answer of ${tool} has nothing at ${part ?? "$"}`);
  if (Buffer.byteLength(textFrom(value)) <= MOST_BYTES) return value;
  throw new Error(`${tool} brought more than ${MOST_BYTES / 1_024} kB`);
}

/** A server may answer with anything. */
function textOf({ content }: CallToolResult): string {
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function textFrom(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}

function toReading(
  plan: PreviewPlan,
  {
    values,
    strike,
    before,
  }: { values: JsonValue[]; strike: (text: string) => string; before: Previewed | undefined },
): Omit<Reading, "tool" | "arguments"> {
  const { looks, bind, clean = asIs, shown = asIs } = plan;
  const texts = values.map((value) => clean(textFrom(value)));
  const [first = "", ...others] = texts;
  const text =
    others.length === 0
      ? shown(first)
      : texts.map((each, at) => `${targetOf(looks[at])}\n${each}`).join("\n\n");
  const after = plan.after?.(text);
  const head = headOf(strike(text), HEAD);
  const since = before?.head === undefined ? undefined : toDifference(before.head, head, strike);
  return {
    // What was asked is part of it: the same text at another place is another thing.
    ...(bind === undefined ? {} : { digest: sha256(canonicalJson([looks, texts])) }),
    head,
    length: text.length,
    ...(after === undefined ? {} : { change: toDifference(text, after, strike) }),
    ...(since === undefined ? {} : { since }),
  };
}

function targetOf(asked: PreviewLook | undefined): string {
  return Object.values(asked?.args ?? {})
    .map((value) => textFrom(value))
    .join(", ");
}

function asIs(text: string): string {
  return text;
}
