import { AgentsError } from "./errors.ts";
import type { EntryDraft } from "./entries.ts";
import type { Frame } from "./conversation.ts";
import type { Activation } from "./activation.ts";

/**
 * Ends a frame as failed. A nested run's failure is told to the agent above it; the root's is
 * thrown by `run`.
 *
 * @param options `after`: entries to append together with the end, in front of it
 */
export async function failRun(
  activation: Activation,
  frame: Frame,
  error: Error,
  { after = [] }: { after?: readonly EntryDraft[] } = {},
): Promise<void> {
  const { message } = error;
  const code = codeOf(error);
  await activation.append(frame.path, [...after, { type: "run_failed", code, message }]);
  if (frame.path.length === 0) activation.report(error);
}

/**
 * Ends the activation where no turn could be made; a person may resume the run.
 *
 * @param options `unanswered`: a request that must not be repeated blindly may have been carried
 * out
 */
export async function stopResumably(
  activation: Activation,
  frame: Frame,
  error: Error,
  { unanswered = false }: { unanswered?: boolean } = {},
): Promise<void> {
  const { message } = error;
  const code = codeOf(error);
  const retryable = isRetryable(error);
  const doubt = unanswered ? ({ unanswered } as const) : {};
  await activation.append(frame.path, [
    { type: "model_failed", code, message, retryable, ...doubt },
  ]);
  activation.report(error);
}

/** Whether the same may succeed when it is tried again. */
export function isRetryable(error: Error): boolean {
  return "retryable" in error && error.retryable === true;
}

function codeOf(error: Error): string {
  if (error instanceof AgentsError) return error.code;
  return "code" in error && typeof error.code === "string" ? error.code : "model_failed";
}
