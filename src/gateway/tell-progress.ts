import type { CallerContext } from "./call-means.ts";

const PROGRESS_MS = 10_000;

/** Says every ten seconds that a call is held; the numbers grow, and leave room for the tool's. */
export function tellProgress(
  name: string,
  { context: { progress }, holdMs }: { context: CallerContext; holdMs: number },
): () => void {
  if (progress === undefined) return () => undefined;
  const since = performance.now();
  const timer = setInterval(() => {
    const ms = performance.now() - since;
    const message = `waits for a person: ${name} (${spanOf(ms)} of ${spanOf(holdMs)})`;
    progress({ progress: ms / 1e9, message });
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

function spanOf(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} seconds`;
  const minutes = Math.round(ms / 60_000);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
