import { askAboutCall, type CallRequest } from "./ask.ts";
import type { CallSite } from "./call-site.ts";
import type { DraftOf, EngineDraft } from "./entries.ts";
import type { Reading } from "./entry-parts.ts";
import { isAnswered } from "./frames.ts";
import { judgeBy, wanted } from "./gate.ts";
import type { Arguments } from "./tool.ts";

/** How often a call is asked about anew since what it would change reads differently. */
const MOST_ANEW = 2;

const READS_DIFFERENTLY = "What it would change reads differently than when it was approved";
const LOOKS_NO_MORE = "What it would change cannot be looked at any more";

/** Asks about a call with what it would change; both are written, or neither. */
export async function askWithPreview(
  { activation, frame, call, tool }: CallSite,
  { drafts, args, reading }: { drafts: EngineDraft[]; args: Arguments; reading?: Reading },
): Promise<void> {
  const { approval } = call;
  const { callId } = call.item;
  const [requested] = drafts.slice(-1);
  const read = reading ?? (await tool.previews?.read(args, { signal: activation.abort }));
  if (read === undefined || requested?.type !== "approval_requested") {
    await activation.append(frame.path, drafts);
    return;
  }
  const anew = (approval?.preview?.anew ?? 0) + (reading === undefined ? 0 : 1);
  const previewed: DraftOf<"call_previewed"> = {
    type: "call_previewed",
    approvalId: requested.approvalId,
    callId,
    ...read,
    ...(anew === 0 ? {} : { anew }),
    ...(anew < MOST_ANEW || read.bind === undefined ? {} : { whatever: true as const }),
  };
  // Looking takes a while: what came meanwhile goes before the question.
  await activation.append(frame.path, [previewed, ...drafts], () => {
    const now = activation.frame(frame.path).calls.get(callId);
    return now !== undefined && now.approval === approval && !isAnswered(now);
  });
}

/**
 * Looks again, just before an approved call starts, and asks anew where it reads differently than
 * what was approved. False where the call may start.
 */
export async function readsDifferently(site: CallSite, args: Arguments): Promise<boolean> {
  const { activation, call, tool } = site;
  const { state: run, recorder } = activation;
  const { preview: before, kind } = site.asked ?? {};
  if (before?.digest === undefined || before.whatever === true) return false;
  const reading = await tool.previews?.read(args, { signal: activation.abort, before });
  if (reading !== undefined && reading.digest === before.digest) return false;
  const ruled = wanted(await judgeBy(site.tool.ruled, args));
  const why = reading === undefined ? LOOKS_NO_MORE : READS_DIFFERENTLY;
  const request: CallRequest = {
    ...ruled,
    call,
    tool,
    args,
    kind: kind === "outcome_unknown" ? kind : "tool_call",
    reason: ruled.reason === undefined ? why : `${why}. ${ruled.reason}`,
    // What was said of the same call before is no answer to this.
    ...(call.approval === undefined ? { alone: true } : {}),
  };
  const drafts = askAboutCall({ run, clock: recorder.clock }, request);
  await askWithPreview(site, { drafts, args, ...(reading === undefined ? {} : { reading }) });
  return true;
}
