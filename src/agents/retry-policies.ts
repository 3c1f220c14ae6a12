/** What a failed model call is known by, whoever made the error. */
export interface ModelRetryNormalizedError {
  /** The HTTP status. */
  statusCode?: number | undefined;
  /** What `retry-after` headers ask for, in milliseconds. */
  retryAfterMs?: number | undefined;
  errorCode?: string | undefined;
  isNetworkError: boolean;
  isAbort: boolean;
}

/** What a model says of a failed call of its own. */
export interface ModelRetryAdvice {
  suggested?: boolean | undefined;
  retryAfterMs?: number | undefined;
  reason?: string | undefined;
  /** Whether the same request may be sent again; absent where that is not known. */
  replaySafety?: "safe" | "unsafe" | undefined;
  responseStarted?: boolean | undefined;
  normalized?: Partial<ModelRetryNormalizedError> | undefined;
}

interface RetryAnswer {
  retry: boolean;
  /** Milliseconds until the next attempt. */
  delayMs?: number | undefined;
  reason?: string | undefined;
  /** Take it that the provider may do the same twice. */
  approveUnsafeReplay?: boolean | undefined;
}

export type RetryDecision = boolean | RetryAnswer;

export interface RetryPolicyContext {
  error: unknown;
  /** The failed attempt, from 1. */
  attempt: number;
  maxRetries: number;
  stream: boolean;
  providerAdvice?: ModelRetryAdvice | undefined;
  normalized: ModelRetryNormalizedError;
  readonly previousResponseId?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly replaySafety?: "safe" | "unsafe" | "unknown";
  readonly responseStarted?: boolean | undefined;
  /** Whether the provider keeps the history of this request. */
  readonly statefulRequest?: boolean;
}

/** Whether a failed model call is made once more. It may be asked again over a crash. */
export type RetryPolicy = (context: RetryPolicyContext) => RetryDecision | Promise<RetryDecision>;

/** Delays where a policy says none: 250 ms, doubled each time, at most 2 s, give or take an eighth. */
export interface ModelRetryBackoffSettings {
  initialDelayMs?: number | undefined;
  maxDelayMs?: number | undefined;
  multiplier?: number | undefined;
  jitter?: boolean | undefined;
}

export interface ModelRetrySettings {
  /** Attempts after the first; none without a `policy`, but for those of an OpenAI client. */
  maxRetries?: number | undefined;
  backoff?: ModelRetryBackoffSettings | undefined;
  policy?: RetryPolicy | undefined;
}

/** What answers mean beside their fields, for policies that are made of others. */
const meanings = new WeakMap<RetryAnswer, "no" | "no_unless_approved" | "safe">();

function meant(answer: RetryAnswer, meaning: "no" | "no_unless_approved" | "safe"): RetryAnswer {
  meanings.set(answer, meaning);
  return answer;
}

export function toAnswer(decision: RetryDecision): RetryAnswer {
  return typeof decision === "boolean" ? { retry: decision } : decision;
}

/** The first answer that wants a retry, a safe one before others; a veto of the provider stands. */
async function anyOf(
  policies: readonly RetryPolicy[],
  context: RetryPolicyContext,
): Promise<RetryDecision> {
  let veto: RetryAnswer | undefined;
  let no: RetryDecision = false;
  let yes: RetryAnswer | undefined;
  let approves = false;
  for (const policy of policies) {
    const decision = await policy(context);
    const answer = toAnswer(decision);
    const meaning = meanings.get(answer);
    if (meaning === "no") return answer;
    if (meaning === "no_unless_approved") veto ??= answer;
    else if (answer.retry) {
      approves ||= answer.approveUnsafeReplay === true;
      if (yes === undefined || (meaning === "safe" && meanings.get(yes) !== "safe")) yes = answer;
    } else if (decision !== false) no = decision;
  }
  const approved = yes && (approves ? { ...yes, approveUnsafeReplay: true } : yes);
  if (veto !== undefined) return approves ? (approved ?? veto) : veto;
  return approved ?? no;
}

/** A retry where every policy wants one; what the last of them says counts. */
async function allOf(
  policies: readonly RetryPolicy[],
  context: RetryPolicyContext,
): Promise<RetryDecision> {
  let veto: RetryAnswer | undefined;
  const merged: RetryAnswer = { retry: policies.length > 0 };
  for (const policy of policies) {
    const answer = toAnswer(await policy(context));
    const meaning = meanings.get(answer);
    if (meaning === "no_unless_approved") veto ??= answer;
    else if (meaning === "no") return answer;
    else if (!answer.retry) return false;
    else {
      const said = Object.entries(answer).filter(([, value]) => value !== undefined);
      Object.assign(merged, Object.fromEntries(said), {
        approveUnsafeReplay: merged.approveUnsafeReplay === true || answer.approveUnsafeReplay,
      });
      if (meaning === "safe") meant(merged, "safe");
    }
  }
  return veto !== undefined && merged.approveUnsafeReplay !== true ? veto : merged;
}

function asSuggested(context: RetryPolicyContext): RetryDecision {
  const { providerAdvice: advice, normalized } = context;
  const { reason } = advice ?? {};
  if (advice?.suggested === false) {
    const isUnsafe = advice.replaySafety === "unsafe";
    return meant({ retry: false, reason }, isUnsafe ? "no_unless_approved" : "no");
  }
  if (advice?.suggested !== true) return false;
  const delayMs = advice.retryAfterMs ?? normalized.retryAfterMs;
  const answer = { retry: true, delayMs, reason };
  return advice.replaySafety === "safe" ? meant(answer, "safe") : answer;
}

/** Policies for `modelSettings.retry.policy`, alone or together. */
export const retryPolicies = {
  never: (): RetryPolicy => () => false,
  /** As the model advises. */
  providerSuggested: (): RetryPolicy => asSuggested,
  networkError:
    (): RetryPolicy =>
    ({ normalized }) =>
      normalized.isNetworkError,
  httpStatus:
    (statuses: readonly number[]): RetryPolicy =>
    ({ normalized: { statusCode } }) =>
      statusCode !== undefined && statuses.includes(statusCode),
  /** Where the provider says when, then. */
  retryAfter:
    (): RetryPolicy =>
    ({ normalized: { retryAfterMs } }) =>
      retryAfterMs !== undefined && { retry: true, delayMs: retryAfterMs },
  any:
    (...policies: RetryPolicy[]): RetryPolicy =>
    (context) =>
      anyOf(policies, context),
  all:
    (...policies: RetryPolicy[]): RetryPolicy =>
    (context) =>
      allOf(policies, context),
} as const;
