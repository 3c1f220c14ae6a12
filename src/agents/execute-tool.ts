import { InvalidToolInputError, ToolOutcomeUnknownError, ToolTimeoutError } from "./errors.ts";
import type { FunctionCallResultItem } from "./items.ts";
import { ARGUMENTS_LIMIT, cutOutput, OUTPUT_LIMIT } from "./size-limits.ts";
import type { ToolCallDetails } from "./tool.ts";
import { toFunctionCallResult } from "./tool-output.ts";
import { errorMessage } from "../lib/errors.ts";
import { isPlainJson, type JsonValue } from "../lib/json.ts";
import type { EntryDraft } from "./entries.ts";
import type { Activation } from "./activation.ts";
import type { CallArguments } from "./ask.ts";
import { callAsRun, isTooLong } from "./call-arguments.ts";
import { contextChange, frameContext } from "./context.ts";
import { toText } from "./face/run-view.ts";
import type { CallSite } from "./settle-call.ts";
import { tellToolEnd, tellToolStart } from "./tell-hooks.ts";
import { failRun } from "./stop-run.ts";
import { describeThrown, toToolCallError } from "./tool-call-error.ts";
import { guardOutput, passesInputGuardrails } from "./tool-guardrails.ts";

/** Why a call may run: a decision, or a rule that says it is free. */
export interface Ground {
  decision?: number | undefined;
  rule?: string | undefined;
  /** The approver's arguments, where they are not the model's. */
  edited?: JsonValue | undefined;
  /** The attempt before this one. */
  attempt?: number | undefined;
}

/**
 * Runs a tool's body, at most once: the start is recorded before it, the outcome after it. What a
 * crash leaves between the two is in doubt, and a person is asked.
 */
export async function executeTool(
  activation: Activation,
  site: CallSite,
  { value, ground, shown }: { value: unknown; ground: Ground; shown: JsonValue | undefined },
): Promise<void> {
  const { frame, call } = site;
  const { callId } = call.item;
  const attempt = (ground.attempt ?? 0) + 1;
  const release = await activation.slots.take();
  try {
    const started: EntryDraft = {
      type: "tool_started",
      callId,
      attempt,
      ...(ground.decision === undefined ? {} : { decision: ground.decision }),
      ...(ground.rule === undefined ? {} : { rule: ground.rule }),
    };
    await activation.append(frame.path, [started], () => site.isStillNext());
    tellToolStart(activation, site);
    const note = ground.edited === undefined ? undefined : editNote(shown);
    await finishExecution(activation, site, { attempt, note, value });
  } finally {
    release();
  }
}

async function finishExecution(
  activation: Activation,
  site: CallSite,
  { attempt, note, value }: { attempt: number; note: string | undefined; value: unknown },
): Promise<void> {
  const { frame, call } = site;
  const { callId } = call.item;
  let output: unknown;
  try {
    output = await runBody(activation, site, value);
  } catch (error) {
    const code = activation.abort.aborted ? "aborted" : "tool_failed";
    await activation.append(frame.path, [
      failedAttempt(callId, attempt, { error, code }),
      ...contextChange(activation),
    ]);
    tellToolEnd(activation, site, describeThrown(error));
    if (code === "tool_failed" && !(error instanceof ToolOutcomeUnknownError)) {
      activation.report(toToolCallError(error));
    }
    return;
  }
  await recordOutput(activation, site, { output, end: { attempt }, note });
}

/** Records an output once guardrails have seen it, and only then tells the hooks. */
export async function recordOutput(
  activation: Activation,
  site: CallSite,
  {
    output,
    end,
    note,
  }: {
    output: unknown;
    /** Of an attempt whose body ran, or of what stands in its place. */
    end: { attempt: number } | { answer: "collected" | "invalid" };
    note?: string | undefined;
  },
): Promise<void> {
  const { frame, call } = site;
  const { callId } = call.item;
  const guarded = await guardOutput(activation, site, limited(activation, site, output));
  // What a body did is kept, whatever a guardrail says of it.
  const known = (error: Error): EntryDraft[] =>
    "attempt" in end ? [failedAttempt(callId, end.attempt, { error })] : [];
  if (guarded.type === "broke") {
    const drafts = [...known(guarded.error), ...guarded.ran];
    if (drafts.length > 0) await activation.append(frame.path, drafts);
    tellToolEnd(activation, site, describeThrown(guarded.error));
    throw toToolCallError(guarded.error);
  }
  if (guarded.type === "tripped") {
    tellToolEnd(activation, site, describeThrown(guarded.error));
    const after = [...known(guarded.error), ...guarded.ran];
    return failRun(activation, frame, toToolCallError(guarded.error), { after });
  }
  const fields = outputFields(site, guarded.value, note);
  await activation.append(frame.path, [
    ...guarded.ran,
    "attempt" in end
      ? { type: "tool_finished", callId, attempt: end.attempt, outcome: "ran", ...fields }
      : { type: "call_answered", callId, outcome: end.answer, ...fields },
    ...contextChange(activation),
  ]);
  tellToolEnd(activation, site, toText(guarded.value));
}

function failedAttempt(
  callId: string,
  attempt: number,
  { error, code = "tool_failed" }: { error: unknown; code?: string },
): EntryDraft {
  const message = errorMessage(error).slice(0, 1_000);
  return {
    type: "tool_finished",
    callId,
    attempt,
    outcome: "failed",
    error: { code, message },
  };
}

/** What is kept of an output that is longer than a journal should hold. */
function limited({ config }: Activation, { call }: CallSite, value: unknown): unknown {
  const limit = config.toolExecution?.maxOutputCharacters ?? OUTPUT_LIMIT;
  const { output } = toFunctionCallResult(call.item, value);
  const text = outputText(output);
  if (text !== undefined) return text.length <= limit ? value : cutOutput(text, limit);
  const { length } = JSON.stringify(output);
  if (length <= limit) return value;
  return `This output was left out: it has ${length} characters as JSON, and ${limit} is the most.`;
}

const TOO_LONG = `The arguments of this call have more than ${ARGUMENTS_LIMIT} characters, so it was not run. Do it in smaller parts.`;
const UNREADABLE =
  "An error occurred while parsing tool arguments. Please try again with valid JSON.";

/** The arguments cannot be used; where they can be read, the tool's error function says so. */
export async function answerInvalid(
  activation: Activation,
  site: CallSite,
  { raw, problem }: CallArguments,
): Promise<void> {
  const { frame, call, tool } = site;
  const { callId } = call.item;
  const finish = async (output: string): Promise<void> => {
    await activation.append(frame.path, [
      { type: "call_answered", callId, outcome: "invalid", output },
    ]);
  };
  if (raw === undefined) return finish(isTooLong(call) ? TOO_LONG : UNREADABLE);
  if (!(await passesInputGuardrails(activation, site))) return;
  tellToolStart(activation, site);
  if (tool.errorFunction === null) {
    const error = new InvalidToolInputError(`Invalid input for function tool '${tool.name}'.`);
    tellToolEnd(activation, site, describeThrown(error));
    activation.report(toToolCallError(error));
    return finish("The arguments of this call could not be used.");
  }
  const context = frameContext(activation, frame);
  const output = await tool.errorFunction(context, problem, { toolCall: call.item });
  await recordOutput(activation, site, { output, end: { answer: "invalid" } });
}

async function runBody(activation: Activation, site: CallSite, value: unknown): Promise<unknown> {
  const { frame, call, tool } = site;
  const context = frameContext(activation, frame);
  const path = [...frame.path, call.item.callId].join("/");
  const details: ToolCallDetails = {
    toolCall: callAsRun(call),
    idempotencyKey: `${activation.state.runId ?? ""}/${path}`,
  };
  try {
    return await withTimeout(activation, site, async (signal) => {
      details.signal = signal;
      return await tool.execute(value, context, details);
    });
  } catch (error) {
    if (error instanceof ToolTimeoutError && tool.timeoutBehavior === "error_as_result") {
      return (await tool.timeoutErrorFunction?.(context, error, details)) ?? error.message;
    }
    if (error instanceof ToolTimeoutError || error instanceof ToolOutcomeUnknownError) throw error;
    if (tool.errorFunction === null || activation.abort.aborted) throw error;
    return await tool.errorFunction(context, error, details);
  }
}

async function withTimeout(
  activation: Activation,
  { tool }: CallSite,
  body: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const { timeoutMs, name } = tool;
  if (timeoutMs === undefined) return body(activation.abort);
  const timeout = new AbortController();
  const signal = AbortSignal.any([activation.abort, timeout.signal]);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new ToolTimeoutError({ toolName: name, timeoutMs });
      timeout.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([body(signal), limit]);
  } finally {
    clearTimeout(timer);
  }
}

function outputFields(
  { call }: CallSite,
  value: unknown,
  note: string | undefined,
): Pick<Extract<EntryDraft, { type: "tool_finished" }>, "output" | "returned" | "json"> {
  const { output } = toFunctionCallResult(call.item, value);
  const text = outputText(output);
  if (text !== undefined) {
    if (note !== undefined) return { output: `${note}\n${text}` };
    return isJsonText(value, text) ? { output: text, json: true } : { output: text };
  }
  if (note === undefined) return isPlainJson(value) ? { returned: value } : { output };
  return Array.isArray(output)
    ? { output: [{ type: "input_text", text: note }, ...output] }
    : { output };
}

/** The text of an output that is nothing else. */
function outputText(output: FunctionCallResultItem["output"]): string | undefined {
  if (typeof output === "string") return output;
  return !Array.isArray(output) && output.type === "text" ? output.text : undefined;
}

/** Whether the text tells what the tool returned, which is no text. */
function isJsonText(value: unknown, text: string): boolean {
  if (typeof value === "string") return false;
  if (value === undefined) return text === "undefined";
  try {
    return JSON.stringify(value) === text;
  } catch {
    return false;
  }
}

/** The fixed line that tells the model what ran in place of what it asked for. */
export function editNote(shown: JsonValue | undefined): string {
  return `The approver changed the arguments of this call to: ${JSON.stringify(shown)}`;
}
