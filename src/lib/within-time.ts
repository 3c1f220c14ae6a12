/**
 * What `work` comes to, or an error once it takes longer than that: a function of the user's that
 * never answers keeps nobody waiting. What it does later is not heard.
 *
 * @throws Error which says that `what` did not answer
 */
export async function withinTime<T>(
  work: T | Promise<T>,
  { limitMs, what }: { limitMs: number; what: string },
): Promise<T> {
  if (!isPending(work)) return work;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not answer within ${Math.round(limitMs / 1_000)} seconds`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** What can be waited for, by whichever library. */
function isPending(work: unknown): boolean {
  if (typeof work !== "object" || work === null) return false;
  return "then" in work && typeof work.then === "function";
}

/** How long functions of the user's may take that only say how something is, or how it is worded. */
export const FUNCTION_LIMIT_MS = 60_000;
