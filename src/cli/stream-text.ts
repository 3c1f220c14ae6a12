import type { RunService } from "../runs/run-service.ts";
import { visibleText } from "../runs/shown-text.ts";
import type { Terminal } from "./terminal.ts";

/** More than a model writes in one answer. */
const REMEMBERED = 200_000;

/** Whether an output stands on the terminal already, word for word and as the last thing written. */
export type WasShown = (output: string) => boolean;

/**
 * Shows the words of models as they come.
 *
 * @param begun what comes before this resolves waits for it: something stands above them
 */
export function streamText(
  service: Pick<RunService, "listen">,
  terminal: Pick<Terminal, "write">,
  begun: Promise<void> = Promise.resolve(),
): WasShown {
  let shown = "";
  let held: string[] | undefined = [];
  void begun.then(() => {
    terminal.write(held?.join("") ?? "");
    held = undefined;
  });
  service.listen((_runId, event) => {
    if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") return;
    shown = (shown + event.data.delta).slice(-REMEMBERED);
    const text = visibleText(event.data.delta);
    if (held === undefined) terminal.write(text);
    else held.push(text);
  });
  return (output) => output !== "" && shown.endsWith(output);
}
