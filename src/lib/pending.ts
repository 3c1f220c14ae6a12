/** What may be known at once. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Whether something is still to come, of whichever library. What is known already is gone on with
 * at once: a turn has a hundred places that may wait, and mostly nothing does.
 */
export function isPending<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  const mayBe = (typeof value === "object" || typeof value === "function") && value !== null;
  return mayBe && "then" in value && typeof value.then === "function";
}

/** What `ask` comes to; an error that it throws at once fails as a later one does. */
export function attempt<T>(ask: () => MaybePromise<T>): MaybePromise<T> {
  try {
    return ask();
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Resolves once all that follows from what just happened has been done, as far as nothing of it
 * waits for the world outside: every promise that is settled has been gone on with by then.
 */
export function untilQuiet(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.nextTick(resolve);
  return promise;
}

interface Limit {
  limitMs: number;
  what: string;
  wayOut?: string;
}

/**
 * What `work` comes to, at once where it is known, or an error once it takes longer than that: a
 * function of the user's that never answers keeps nobody waiting. What it does later is not heard.
 *
 * @throws Error which says that `what` did not answer
 */
export function withinTime<T>(work: MaybePromise<T>, limit: Limit): MaybePromise<T> {
  return isPending(work) ? waitedFor(work, limit) : work;
}

function waitedFor<T>(work: PromiseLike<T>, { limitMs, what, wayOut }: Limit): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const late = `${what} did not answer within ${Math.round(limitMs / 1_000)} seconds`;
      reject(new Error(wayOut === undefined ? late : `${late}: ${wayOut}`));
    }, limitMs);
    const failed = (error: unknown): void => {
      clearTimeout(timer);
      reject(error);
    };
    try {
      work.then((value) => {
        clearTimeout(timer);
        resolve(value);
      }, failed);
    } catch (error) {
      failed(error);
    }
  });
}

/** How long functions of the user's may take that only say how something is, or how it is worded. */
const FUNCTION_LIMIT_MS = 60_000;

/**
 * What such a function comes to.
 *
 * @param what names the function, and whose it is
 * @throws Error which says that it did not answer, and what to do
 */
export function answerOf<T>(work: MaybePromise<T>, what: string): MaybePromise<T> {
  return withinTime(work, { limitMs: FUNCTION_LIMIT_MS, what, wayOut: WAY_OUT });
}

const WAY_OUT = "give what it waits for a shorter limit of its own";
