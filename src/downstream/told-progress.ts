import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import type { Redact } from "./secrets.ts";

/** @param call the call's `idempotencyKey`, `runId/path.../callId` */
export type ProgressListener = (call: string, message: string) => void;

/** What servers tell of how far their calls are, for whoever waits for the runs that made them. */
export interface ToldProgress {
  tell: ProgressListener;
  /** @returns ends it */
  listen(listener: ProgressListener): () => void;
}

const LONGEST = 300;

export function createToldProgress(): ToldProgress {
  const listeners = new Set<ProgressListener>();
  return {
    tell(call, message) {
      for (const listener of listeners) listener(call, message);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** "tool: message (3 of 10)", or as much of it as was told; cut only once secrets are out of it. */
export function progressText(
  tool: string,
  { message, progress, total }: Progress,
  redact: Redact,
): string {
  const count = total === undefined ? `${progress}` : `${progress} of ${total}`;
  const said = message === undefined || message === "" ? count : `${message} (${count})`;
  return redact(`${tool}: ${said}`).slice(0, LONGEST);
}
