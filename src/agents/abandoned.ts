import type { Call } from "../engine/state.ts";
import { itemOf, type Frame, type HandedOff } from "./conversation.ts";
import type { EntryOf } from "./entries.ts";
import { resultItem } from "./tool-output.ts";
import { toResultItem } from "./turns.ts";

type EndWithoutOutput = EntryOf<"run_failed" | "run_cancelled">;

/**
 * What the session of a run gets that ends without an output: answers to the calls that it has by
 * then, and nothing that did not pass.
 */
export function abandonTurn(frame: Frame, end: EndWithoutOutput): void {
  const { data } = frame;
  const { turn, savedTo, saving, outputsFrom, transcript } = data;
  const written = Math.max(savedTo, saving?.to ?? 0);
  const isWithheld = turn?.open === 0 && hasBlockedOutput(frame, end);
  // A blocked answer is no part of the conversation; what led to it is.
  if (isWithheld && turn.calls.length === 0) {
    data.transcript = transcript.slice(0, Math.max(written, outputsFrom - turn.items.length));
    return;
  }
  const said = isWithheld ? outputsFrom : written;
  data.transcript = transcript.slice(0, said);
  if (turn === undefined || said < outputsFrom) return;
  const answered = new Set(
    transcript.slice(outputsFrom, said).map((item) => "callId" in item && item.callId),
  );
  for (const call of turn.calls) {
    if (answered.has(call.item.callId)) continue;
    const output = isWithheld
      ? WITHHELD
      : describeAbandoned(data.handoffs.get(call), { call, end });
    const isKnown = call.finished !== undefined && !isWithheld;
    data.transcript.push(isKnown ? toResultItem(call) : resultItem(itemOf(call), output));
  }
}

/** Whether the run failed because its output did not pass. */
function hasBlockedOutput({ guardrails }: Frame, end: EndWithoutOutput): boolean {
  if (end.type !== "run_failed" || end.code !== "guardrail_tripped") return false;
  return guardrails.some(({ kind, tripped }) => kind === "output" && tripped);
}

const WITHHELD = "The output was withheld by a guardrail.";

function describeAbandoned(
  handoff: HandedOff | undefined,
  { call: { started, nested }, end }: { call: Call; end: EndWithoutOutput },
): string {
  if (handoff !== undefined) return handoff.output;
  const ended = end.type === "run_cancelled" ? "was cancelled" : "failed";
  const when =
    started === undefined && !nested
      ? "before this call ran."
      : "while this call ran. What came of it is not known.";
  return `The run ${ended} ${when}`;
}
