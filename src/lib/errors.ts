/**
 * Every code a `HoldpointError` can have, and whether the same call may succeed when repeated
 * unchanged. The MCP face shows a code in upper case.
 */
const codes = {
  /** A model that did not answer in time; the original's word. */
  ETIMEDOUT: { retryable: true },
  aborted: { retryable: true },
  action_mismatch: { retryable: false },
  already_decided: { retryable: false },
  approval_expired: { retryable: false },
  approval_not_found: { retryable: false },
  arguments_invalid: { retryable: false },
  conflict: { retryable: true },
  config_invalid: { retryable: false },
  guardrail_failed: { retryable: true },
  guardrail_tripped: { retryable: false },
  idempotency_conflict: { retryable: false },
  intent_open: { retryable: true },
  invalid_cursor: { retryable: false },
  invalid_input: { retryable: false },
  max_turns_exceeded: { retryable: false },
  model_behavior: { retryable: false },
  model_failed: { retryable: true },
  not_allowed: { retryable: false },
  run_not_active: { retryable: false },
  run_not_found: { retryable: false },
  session_busy: { retryable: true },
  session_failed: { retryable: true },
  state_incompatible: { retryable: false },
  store_corrupt: { retryable: false },
  store_unavailable: { retryable: true },
  tool_failed: { retryable: false },
  unknown_agent: { retryable: false },
  user_error: { retryable: false },
} as const;

export type ErrorCode = keyof typeof codes;

/**
 * A broken contract, told so that the reader can act: what was attempted, why it failed, what to
 * do. The message may leave the process: it holds ids and names, never payloads or secrets.
 */
export class HoldpointError extends Error {
  override readonly name: string = "HoldpointError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }
}

/** Somebody else wrote entry number `seq` first. What to do next is decided anew. */
export class ConflictError extends HoldpointError {
  override readonly name = "ConflictError";

  constructor(message: string, options?: ErrorOptions) {
    super("conflict", message, options);
  }
}

/** Whether it was a store that failed, and may work again: full, read-only, locked, broken. */
export function isStoreFault(error: unknown): error is HoldpointError {
  return error instanceof HoldpointError && error.code === "store_unavailable";
}

/** The text of anything thrown; never throws itself. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    return "unknown error";
  }
}

/** What an error is called by who threw it: `ENOENT`, a number of MCP; `undefined` without one. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Anything thrown as an error: itself where it is one. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown), { cause: thrown });
}
