interface Limits {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Whether a limit that was reached is an error; default: then it just resolves. */
  orThrow?: boolean;
}

/** Waits for `work`, at most this long; the work itself goes on. */
export async function until(
  work: Promise<unknown>,
  { timeoutMs, signal, orThrow = false }: Limits,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const limit = new Promise<void>((resolve, fail) => {
    timer = setTimeout(() => {
      if (orThrow) fail(new Error("it did not come up in time"));
      else resolve();
    }, timeoutMs);
  });
  try {
    if (signal?.aborted === true) stop();
    await Promise.race([work, limit, aborted]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
