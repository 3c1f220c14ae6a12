import { isPending } from "../lib/pending.ts";
import { argumentsToRun, editOf } from "./arguments.ts";
import type { CallSite } from "./call-site.ts";
import { FORMAT_VERSION, type DraftOf } from "./entries.ts";
import { recordOutput } from "./execute.ts";
import { nestedFrame } from "./frames.ts";
import { isStillNext } from "./steps.ts";

/** Starts the nested run that is a call's body; from then on it goes on by itself. */
export async function startNested(site: CallSite, value: unknown): Promise<void> {
  const { activation, frame, call, tool } = site;
  const opening = activation.bound.open(site, value);
  const opened = isPending(opening) ? await opening : opening;
  if ("output" in opened) {
    tool.started();
    return recordOutput(site, { output: opened.output, end: { answer: "collected" } });
  }
  const { runId, driver, source } = activation.state;
  const started: DraftOf<"run_started"> = {
    type: "run_started",
    format: FORMAT_VERSION,
    runId: runId ?? "",
    driver,
    source,
    ...opened.start,
  };
  await activation.append([...frame.path, call.item.callId], [started], () =>
    isStillNext(activation, site.step),
  );
  tool.started();
}

/** Makes the output of the call from the nested run that is over. */
export async function collectNested(site: CallSite): Promise<void> {
  const { activation, frame, call, tool } = site;
  const child = nestedFrame(activation.state, frame, call.item.callId);
  if (child === undefined) return;
  const output = await activation.bound.collect(site, child);
  const ran = editOf(call) === undefined ? undefined : argumentsToRun(tool, call).shown;
  await recordOutput(site, { output, end: { answer: "collected" }, ran });
}
