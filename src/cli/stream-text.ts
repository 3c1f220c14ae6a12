import type { RunService } from "../runs/run-service.ts";
import { visibleText } from "../runs/shown-text.ts";
import type { Terminal } from "./terminal.ts";

/** More than a model writes in one answer. */
const REMEMBERED = 200_000;

/** Whether an output stands on the terminal already, word for word and as the last thing written. */
export type WasShown = (output: string) => boolean;

/** Shows the words of models as they come. */
export function streamText(
  service: Pick<RunService, "listen">,
  terminal: Pick<Terminal, "write">,
): WasShown {
  let shown = "";
  service.listen((_runId, event) => {
    if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") return;
    shown = (shown + event.data.delta).slice(-REMEMBERED);
    terminal.write(visibleText(event.data.delta));
  });
  return (output) => output !== "" && shown.endsWith(output);
}
