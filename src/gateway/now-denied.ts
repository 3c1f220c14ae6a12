import { judgeBorrowed } from "../downstream/send-call.ts";
import { rootFrame } from "../engine/frames.ts";
import type { Run } from "../engine/state.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { HoldMeans } from "./call-means.ts";
import { gatewayDataOf, GATEWAY } from "./folder.ts";
import { isHeld, RULES } from "./outcome.ts";
import { readArguments } from "./served-tool.ts";

/**
 * Ends a call that a person is asked about, where rules deny it by now: it would not run if they
 * said yes. Of one that has begun, or that somebody decided, nothing is taken back.
 */
export async function endDenied(
  { service, own }: Pick<HoldMeans, "service" | "own">,
  runId: RunId,
): Promise<void> {
  const run = await service.state(runId);
  const call = rootFrame(run)?.calls.get("1");
  const start = gatewayDataOf(run)?.start;
  if (call === undefined || start === undefined || !isAsked(run)) return;
  const served = own.served(start.server, start.tool);
  if (served === undefined) return;
  const { shown } = readArguments(served, call.item.arguments);
  const ruling = await judgeBorrowed(served, { agent: call.agent, arguments: shown }).catch(
    () => undefined,
  );
  if (ruling?.verdict !== "deny") return;
  const reason = `rules deny it now: ${ruling.reason}`;
  await service.say(
    runId,
    [{ type: "run_cancelled", by: RULES, channel: GATEWAY, level: "client", reason }],
    isAsked,
  );
}

/**
 * The same for whoever waits: rules that can be asked at once are, and a server that is starting
 * keeps nobody waiting longer.
 */
export async function endDeniedMeanwhile(
  means: HoldMeans,
  run: Run,
  signal: AbortSignal,
): Promise<void> {
  const { own, log } = means;
  const { runId } = run;
  const start = gatewayDataOf(run)?.start;
  if (runId === undefined || start === undefined) return;
  if (own.served(start.server, start.tool) !== undefined) return endDenied(means, runId);
  own
    .settle(start.server, signal)
    .then(() => endDenied(means, runId))
    .catch((error: unknown) => log.warn(`rules cannot be asked: ${errorMessage(error)}`));
}

function isAsked(run: Run): boolean {
  return run.undecided.size > 0 && isHeld(run);
}
