/**
 * Lets so many through in a turn of the event loop, in the order they came: a host may send hundreds
 * of calls at once, and a ping behind them is not to wait until all of them have begun.
 */
export function createPace(atOnce: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    for (const go of waiting.splice(0, atOnce)) go();
    if (waiting.length > 0) setImmediate(next);
  };
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (waiting.push(resolve) === 1) setImmediate(next);
    return promise;
  };
}
