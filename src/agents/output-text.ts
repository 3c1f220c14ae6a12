import type { Call } from "../engine/state.ts";
import type { Frame } from "./conversation.ts";
import type { RunOutput } from "./entries.ts";
import { isAssistantMessage, messageText, type AgentInputItem } from "./items.ts";

/** The text that ended a frame; `undefined` while it goes on, or when it did not complete. */
export function finalText(frame: Frame): string | undefined {
  if (frame.end?.type !== "run_completed") return undefined;
  return outputText(frame, frame.end.output as RunOutput);
}

/** The text that an output of this frame is. */
export function outputText(frame: Frame, output: RunOutput): string {
  switch (output.from) {
    case "text":
      return output.text;
    case "message":
      return responseText(frame.data.turn?.items ?? []);
    case "call": {
      const call = frame.calls.get(output.callId);
      return call === undefined ? "" : toText(outputValue(call));
    }
  }
}

/** What a tool returned, as the journal holds it. */
export function outputValue(call: Call): unknown {
  const { output = "", returned, json } = call.finished ?? {};
  if (returned !== undefined) return returned;
  if (typeof output !== "string" || json !== true) return output;
  return output === "undefined" ? undefined : (JSON.parse(output) as unknown);
}

/** The text of a response's last message. */
export function responseText(items: readonly AgentInputItem[]): string {
  const message = items.findLast((item) => isAssistantMessage(item));
  return message === undefined ? "" : messageText(message);
}

/** A value as text: strings as they are, the rest as JSON. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? String(value);
}
