import * as z from "zod";

import type { RunId } from "../lib/ids.ts";
import { clientCaller, type CallContext, type McpDeps } from "./mcp-tool.ts";
import { viewerOf } from "./where.ts";
import { toSnapshot, type RunSnapshot, type SnapshotOptions } from "./snapshot.ts";

const PROGRESS_MS = 10_000;

export const waitSeconds = z
  .number()
  .min(0)
  .optional()
  .describe("The longest to wait for it to pause or end");

/** The run once it pauses or ends, or as it is when the time is up; tells progress meanwhile. */
export async function waitForRun(
  runId: RunId,
  {
    deps,
    context,
    seconds,
    options,
    untilChange,
  }: {
    deps: McpDeps;
    context: CallContext;
    seconds: number;
    options?: SnapshotOptions;
    /** Whether a run that waits for decisions is waited for as well. */
    untilChange?: boolean;
  },
): Promise<RunSnapshot> {
  const { service, maxWaitSeconds } = deps;
  const timeoutMs = Math.min(seconds, maxWaitSeconds) * 1_000;
  const timer = setInterval(() => context.progress("still running"), PROGRESS_MS);
  const unlisten = service.listen((of, event) => {
    if (of === runId && event.type === "run_item_stream_event") context.progress(event.name);
  });
  const unhear = deps.onProgress?.((call, message) => {
    if (call.startsWith(`${runId}/`)) context.progress(message);
  });
  try {
    const report = await service.wait(runId, {
      ...clientCaller(context),
      timeoutMs,
      signal: context.signal,
      untilChange,
      steps: options?.steps === true,
    });
    return toSnapshot(report, { service, viewer: viewerOf(deps, context) }, options);
  } finally {
    clearInterval(timer);
    unlisten();
    unhear?.();
  }
}
