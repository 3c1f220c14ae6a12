import { answerOf } from "../lib/pending.ts";
import { UserError, ModelTimeoutError } from "./errors.ts";
import { LONGEST_TIMER_MS } from "../lib/clock.ts";
import {
  isRefusedCall,
  isRepeatable,
  type Model,
  type ModelRequest,
  type ModelResponse,
} from "./model.ts";
import { normalizeFailure } from "./normalize-failure.ts";
import {
  toAnswer,
  type ModelRetryAdvice,
  type ModelRetryBackoffSettings,
  type RetryPolicyContext,
} from "./retry-policies.ts";
import { Usage } from "./usage.ts";

/** One model call, which may be made of several requests. */
export interface ModelCall {
  model: Model;
  request: ModelRequest;
  stream: boolean;
  /** Sends one request. */
  send(request: ModelRequest): Promise<ModelResponse>;
  /** Whether anybody was told something of the answer: then it is not asked for again. */
  wasTold(): boolean;
}

/**
 * Asks a model, each time no longer than `timeoutMs`, and again as often as the retry policy wants.
 *
 * @throws ModelTimeoutError; what the last request threw; the reason of the request's signal
 */
export async function askPatiently(asking: ModelCall): Promise<ModelResponse> {
  const { request } = asking;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await sendInTime(asking);
      return attempt === 1 ? response : { ...response, usage: usageOf(response, attempt - 1) };
    } catch (error) {
      request.signal?.throwIfAborted();
      const delayMs = await delayBefore(asking, { error, attempt });
      if (delayMs === undefined) throw error;
      await pause(delayMs, request.signal);
    }
  }
}

/** Failed requests count, their tokens are not known. */
function usageOf({ usage: given }: ModelResponse, failed: number): Usage {
  const usage = new Usage(given);
  const { inputTokens, outputTokens, totalTokens } = usage;
  const endpoint = usage.requestUsageEntries?.[0]?.endpoint;
  usage.requestUsageEntries ??= [
    {
      inputTokens,
      outputTokens,
      totalTokens,
      inputTokensDetails: usage.inputTokensDetails[0] ?? {},
      outputTokensDetails: usage.outputTokensDetails[0] ?? {},
      endpoint,
    },
  ];
  const nothing = { inputTokens: 0, outputTokens: 0, totalTokens: 0, endpoint };
  const sum = new Usage();
  for (let count = 0; count < failed; count += 1) {
    sum.add(new Usage({ requests: 1, requestUsageEntries: [nothing] }));
  }
  sum.add(usage);
  return sum;
}

async function sendInTime({ request, send }: ModelCall): Promise<ModelResponse> {
  const { timeoutMs } = request.modelSettings;
  if (timeoutMs === undefined) return send(request);
  checkTimeout(timeoutMs);
  const controller = new AbortController();
  const late = (cause?: unknown): ModelTimeoutError => new ModelTimeoutError({ timeoutMs, cause });
  const timer = setTimeout(() => controller.abort(late()), timeoutMs);
  const { signal: given } = request;
  const signal =
    given === undefined ? controller.signal : AbortSignal.any([given, controller.signal]);
  try {
    const response = await send({ ...request, signal });
    controller.signal.throwIfAborted();
    return response;
  } catch (error) {
    if (!controller.signal.aborted || error === controller.signal.reason) throw error;
    throw late(error);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws UserError */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS) return;
  throw new UserError(
    `Cannot call a model with modelSettings.timeoutMs ${String(timeoutMs)}: it must be a positive number of milliseconds, at most ${LONGEST_TIMER_MS}`,
  );
}

/** How long to wait before the next request; `undefined` where there is none. */
async function delayBefore(
  { model, request, stream, wasTold }: ModelCall,
  { error, attempt }: { error: unknown; attempt: number },
): Promise<number | undefined> {
  const { policy, maxRetries = 0, backoff } = request.modelSettings.retry ?? {};
  const hasTimedOut = error instanceof ModelTimeoutError;
  const advice = await adviceOf(model, { request, error, stream, attempt });
  if (policy === undefined || attempt > maxRetries) return undefined;
  const context = contextOf({ request, stream, advice }, { error, attempt, maxRetries });
  const { replaySafety, statefulRequest, normalized } = context;
  if (normalized.isAbort || wasTold()) return undefined;
  if (stream && replaySafety === "unsafe" && !hasTimedOut) return undefined;
  const answer = toAnswer(await answerOf(policy(context), "The retry policy"));
  if (!answer.retry) return undefined;
  const isApproved = answer.approveUnsafeReplay === true;
  if (replaySafety === "unsafe" && !isApproved) return undefined;
  if (statefulRequest === true && replaySafety === "unknown") return undefined;
  // A hosted tool that can act may have acted.
  const mayHaveActed = !isRepeatable(request) && !isRefusedCall(error);
  if (mayHaveActed && replaySafety !== "safe" && !isApproved) return undefined;
  return answer.delayMs ?? normalized.retryAfterMs ?? backoffDelay(attempt, backoff);
}

/** What the model says, else what its error says of itself. */
async function adviceOf(
  model: Model,
  failed: { request: ModelRequest; error: unknown; stream: boolean; attempt: number },
): Promise<ModelRetryAdvice | undefined> {
  const { error } = failed;
  const given = await answerOf(model.getRetryAdvice?.(failed), "getRetryAdvice of the model");
  const advice = given ?? ownAdvice(error);
  if (!(error instanceof ModelTimeoutError) || advice?.replaySafety === "safe") return advice;
  return { ...advice, replaySafety: "unsafe" };
}

function ownAdvice(error: unknown): ModelRetryAdvice | undefined {
  if (!(error instanceof Error) || error.name !== "ModelError") return undefined;
  const suggested = "retryable" in error && error.retryable === true;
  return { suggested, ...(isRefusedCall(error) ? { replaySafety: "safe" as const } : {}) };
}

function contextOf(
  {
    request,
    stream,
    advice,
  }: Pick<ModelCall, "request" | "stream"> & { advice: ModelRetryAdvice | undefined },
  { error, attempt, maxRetries }: { error: unknown; attempt: number; maxRetries: number },
): RetryPolicyContext {
  const { previousResponseId, conversationId, signal } = request;
  const isTimeout = error instanceof ModelTimeoutError;
  const aborted = signal?.aborted === true;
  const normalized = normalizeFailure(error, { aborted, advice });
  return {
    error,
    attempt,
    maxRetries,
    stream,
    providerAdvice: advice,
    normalized: isTimeout ? { ...normalized, isAbort: false } : normalized,
    previousResponseId,
    conversationId,
    replaySafety: advice?.replaySafety ?? "unknown",
    responseStarted: advice?.responseStarted,
    statefulRequest: (previousResponseId ?? conversationId) !== undefined,
  };
}

function backoffDelay(attempt: number, backoff: ModelRetryBackoffSettings | undefined): number {
  const { initialDelayMs = 250, maxDelayMs = 2_000, multiplier = 2, jitter = true } = backoff ?? {};
  const delayMs = Math.min(initialDelayMs * multiplier ** (attempt - 1), maxDelayMs);
  // So that those who failed together do not come again together.
  return jitter ? Math.round(delayMs * (0.875 + Math.random() / 4)) : delayMs;
}

/** @throws the signal's reason */
async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (!(delayMs > 0)) return;
  await new Promise<void>((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
      Math.min(delayMs, LONGEST_TIMER_MS),
    );
    signal?.addEventListener("abort", leave, { once: true });
  });
}
