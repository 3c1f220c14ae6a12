import { errorMessage } from "../lib/errors.ts";
import { copyJson, type JsonValue } from "../lib/json.ts";
import { isPending, type MaybePromise } from "../lib/pending.ts";
import { failFrame } from "./activation.ts";
import { editNote, editOf, isTooLong, sentInstead } from "./arguments.ts";
import type { CallSite } from "./call-site.ts";
import type { AnyDraft, DraftOf } from "./entries.ts";
import { runGuards } from "./guard.ts";
import { readsDifferently } from "./preview.ts";
import { isStillNext } from "./steps.ts";
import type { Arguments } from "./tool.ts";
import { ARGUMENTS_LIMIT, MESSAGE_LIMIT } from "./vocabulary.ts";

/** Why a call may run: a decision, or a rule that says it is free. */
export interface Ground {
  decision?: number | undefined;
  rule?: string | undefined;
  /** The attempt before this one. */
  attempt?: number | undefined;
}

/** Whether the call may go on to its body; when not, it has its answer or the frame its failure. */
export function passesGuards(site: CallSite): MaybePromise<boolean> {
  return site.tool.guards.input.length === 0 || isLetPass(site);
}

async function isLetPass(site: CallSite): Promise<boolean> {
  const { activation, frame, call, tool } = site;
  const { callId } = call.item;
  const kind = "tool_input";
  const guarded = await runGuards(tool.guards.input, { kind, callId, looksAt: undefined });
  const { ran } = guarded;
  if (guarded.type === "replaced") {
    const output = guarded.text;
    const answered = { type: "call_answered", callId, outcome: "denied", output };
    await activation.append(frame.path, [...ran, answered]);
    tool.started();
    tool.ended(output);
    return false;
  }
  if (guarded.type === "tripped") {
    tool.ended(guarded.error);
    await failFrame(activation, frame, { error: tool.toError(guarded.error), after: ran });
    return false;
  }
  if (ran.length > 0) await activation.append(frame.path, ran);
  if (guarded.type === "passed") return true;
  tool.ended(guarded.thrown);
  throw tool.toError(guarded.thrown);
}

/**
 * Runs a tool's body, at most once: the start is recorded before it (S4), the outcome after it. What
 * a crash leaves between the two is in doubt, and a person is asked.
 */
export async function executeTool(
  site: CallSite,
  { args, ground }: { args: Arguments; ground: Ground },
): Promise<void> {
  const { activation, frame, call, tool } = site;
  const attempt = (ground.attempt ?? 0) + 1;
  const place = (tool.slots ?? activation.slots).take();
  const release = isPending(place) ? await place : place;
  try {
    // Last, and as late as can be.
    const isBound = ground.decision !== undefined && site.asked?.preview !== undefined;
    if (isBound && (await readsDifferently(site, args))) return;
    const started: DraftOf<"tool_started"> = {
      type: "tool_started",
      callId: call.item.callId,
      attempt,
      ...(ground.decision === undefined ? {} : { decision: ground.decision }),
      ...(ground.rule === undefined ? {} : { rule: ground.rule }),
      // A request says it of what was asked about.
      ...(call.approval === undefined && tool.isRuled
        ? sentInstead(tool, call.item.arguments, args)
        : {}),
    };
    await activation.append(frame.path, [started], () => isStillNext(activation, site.step));
    tool.started();
    await finishExecution(site, { attempt, args });
  } finally {
    release();
  }
}

async function finishExecution(
  site: CallSite,
  { attempt, args }: { attempt: number; args: Arguments },
): Promise<void> {
  const { activation, frame, call, tool } = site;
  const { callId } = call.item;
  const path = [...frame.path, callId].join("/");
  const key = `${activation.state.runId ?? ""}/${path}`;
  // As they are now: the body may change what it is given.
  const ran = editOf(call) === undefined ? undefined : copyJson(args.shown);
  let output: unknown;
  try {
    output = await tool.execute(args.value, { key, signal: activation.abort });
  } catch (error) {
    const isUnclear = tool.isUnclear(error);
    const code = activation.abort.aborted
      ? "aborted"
      : isUnclear
        ? "outcome_unknown"
        : "tool_failed";
    await activation.append(frame.path, [
      failedAttempt(callId, attempt, { error, code }),
      ...activation.bound.beside(activation),
    ]);
    tool.ended(error);
    if (code === "tool_failed") activation.report(tool.toError(error));
    return;
  }
  await recordOutput(site, { output, end: { attempt }, ran });
}

function failedAttempt(
  callId: string,
  attempt: number,
  { error, code }: { error: unknown; code: string },
): DraftOf<"tool_finished"> {
  const message = errorMessage(error).slice(0, MESSAGE_LIMIT);
  return { type: "tool_finished", callId, attempt, outcome: "failed", error: { code, message } };
}

/** Records an output once guards have seen it, and only then tells the hooks. */
export async function recordOutput(
  site: CallSite,
  {
    output,
    end,
    ran,
  }: {
    output: unknown;
    /** Of an attempt whose body ran, or of what stands in its place. */
    end: { attempt: number } | { answer: "collected" | "invalid" };
    /** The approver's arguments that it is the output of; the proposer is told. */
    ran?: JsonValue | undefined;
  },
): Promise<void> {
  const { activation, frame, call, tool } = site;
  const { callId } = call.item;
  const clipped = tool.clip(output);
  const { guards } = tool;
  const looks = runGuards(guards.output, { kind: "tool_output", callId, looksAt: clipped });
  const guarded = isPending(looks) ? await looks : looks;
  const { ran: answers } = guarded;
  if (guarded.type === "tripped" || guarded.type === "broke") {
    const error = guarded.type === "tripped" ? guarded.error : guarded.thrown;
    // What a body did is kept, whatever a guard says of it.
    const code = guarded.type === "tripped" ? "guardrail_tripped" : "guardrail_failed";
    const known = "attempt" in end ? [failedAttempt(callId, end.attempt, { error, code })] : [];
    tool.ended(error);
    return stopAtGuard(site, {
      error,
      isTripped: guarded.type === "tripped",
      after: [...known, ...answers],
    });
  }
  const value = guarded.type === "replaced" ? guarded.text : clipped;
  const fields = tool.toOutput(value, ran === undefined ? undefined : editNote(ran));
  await activation.append(frame.path, [
    ...answers,
    "attempt" in end
      ? { type: "tool_finished", callId, attempt: end.attempt, outcome: "ran", ...fields }
      : { type: "call_answered", callId, outcome: end.answer, ...fields },
    ...activation.bound.beside(activation),
  ]);
  tool.ended(value);
}

/** A guard that tripped fails the frame; one that threw ends the activation. */
async function stopAtGuard(
  { activation, frame, tool }: CallSite,
  { error, isTripped, after }: { error: unknown; isTripped: boolean; after: AnyDraft[] },
): Promise<void> {
  if (isTripped) return failFrame(activation, frame, { error: tool.toError(error), after });
  if (after.length > 0) await activation.append(frame.path, after);
  throw tool.toError(error);
}

const TOO_LONG = `The arguments of this call have more than ${ARGUMENTS_LIMIT} characters, so it was not run. Do it in smaller parts.`;
const UNREADABLE =
  "An error occurred while parsing tool arguments. Please try again with valid JSON.";

/** The arguments cannot be used; where they can be read, the tool says so itself. */
export async function answerInvalid(site: CallSite, { raw, problem }: Arguments): Promise<void> {
  const { activation, frame, call, tool } = site;
  const { callId } = call.item;
  const answered: DraftOf<"call_answered"> = { type: "call_answered", callId, outcome: "invalid" };
  const isLong = isTooLong(call);
  if (raw === undefined || isLong) {
    const output = isLong ? TOO_LONG : UNREADABLE;
    await activation.append(frame.path, [{ ...answered, output }]);
    return;
  }
  if (!(await passesGuards(site))) return;
  tool.started();
  if (tool.failed === undefined) {
    const error = activation.bound.words.invalid(call);
    const output = "The arguments of this call could not be used.";
    tool.ended(error);
    activation.report(tool.toError(error));
    const { message } = error;
    await activation.append(frame.path, [
      { ...answered, output, error: { code: "tool_failed", message } },
    ]);
    return;
  }
  await recordOutput(site, { output: await tool.failed(problem), end: { answer: "invalid" } });
}
