import { HoldpointError } from "../lib/errors.ts";

/** What is opened when it is first needed, and tried again where that failed. */
export interface OpenedLate<T> {
  /** @throws HoldpointError `store_unavailable` once it is closed, and what opening it throws */
  open(): Promise<T>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** @param closed what is said to whoever uses it after that */
export function openLate<T extends { close(): Promise<void> | void }>(
  open: () => Promise<T>,
  closed: string,
): OpenedLate<T> {
  let opening: Promise<T> | undefined;
  let isClosed = false;
  return {
    async open() {
      if (isClosed) throw new HoldpointError("store_unavailable", closed);
      opening ??= open();
      try {
        return await opening;
      } catch (error) {
        // What kept it from being opened may have passed by the next time.
        opening = undefined;
        throw error;
      }
    },
    async close() {
      isClosed = true;
      const opened = await opening?.catch(() => undefined);
      await opened?.close();
    },
  };
}
