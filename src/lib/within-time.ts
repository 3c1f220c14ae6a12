/**
 * What `work` comes to, or an error once it takes longer than that: a function of the user's that
 * never answers keeps nobody waiting. What it does later is not heard.
 *
 * @throws Error which says that `what` did not answer
 */
export async function withinTime<T>(
  work: T | Promise<T>,
  { limitMs, what, wayOut }: { limitMs: number; what: string; wayOut?: string },
): Promise<T> {
  // Of whichever library.
  const isPending = typeof work === "object" && work !== null && "then" in work;
  if (!isPending) return work;
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const late = `${what} did not answer within ${Math.round(limitMs / 1_000)} seconds`;
    reject(new Error(wayOut === undefined ? late : `${late}: ${wayOut}`));
  }, limitMs);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long functions of the user's may take that only say how something is, or how it is worded. */
const FUNCTION_LIMIT_MS = 60_000;

/**
 * What such a function comes to.
 *
 * @param what names the function, and whose it is
 * @throws Error which says that it did not answer, and what to do
 */
export async function answerOf<T>(work: T | Promise<T>, what: string): Promise<T> {
  return withinTime(work, { limitMs: FUNCTION_LIMIT_MS, what, wayOut: WAY_OUT });
}

const WAY_OUT = "give what it waits for a shorter limit of its own";
