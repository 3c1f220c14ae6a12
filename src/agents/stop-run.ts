import { codeOf } from "../engine/activation.ts";
import type { AgentActivation } from "./activation.ts";
import type { Frame } from "./conversation.ts";

/**
 * Ends the activation where no turn could be made; a person may resume the run.
 *
 * @param options `unanswered`: a request that must not be repeated blindly may have been carried
 * out
 */
export async function stopResumably(
  activation: AgentActivation,
  frame: Frame,
  { error, unanswered = false }: { error: Error; unanswered?: boolean },
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
