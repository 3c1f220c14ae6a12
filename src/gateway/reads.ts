import { sha256 } from "../lib/digest.ts";
import type { OutputFields } from "../engine/tool.ts";
import { createJournal, type Journal } from "../engine/journal.ts";
import { advance } from "../engine/loop.ts";
import { createRecorder } from "../engine/recorder.ts";
import { rootFrame } from "../engine/frames.ts";
import type { Clock } from "../lib/clock.ts";
import { createRunId } from "../lib/ids.ts";
import type { Answer } from "./answers.ts";
import type { WaitingCall } from "./callers.ts";
import { bindGateway, type GatewayOwn } from "./driver.ts";
import { gatewayFolders } from "./folder.ts";
import { draftsOf, type Proposed } from "./meet.ts";

/** So much of a result of a tool that changes nothing is kept, in characters. */
const HEAD = 2_000;
const folders = new Map(gatewayFolders);

/** What came of a call in memory: its answer, and the journal to be kept of it. */
export interface Read {
  /** Absent where it was not run, or must be asked about after all. */
  readonly answer: Answer | undefined;
  readonly journal: Journal;
}

/**
 * Runs a call of a tool that changes nothing, which rules let pass: in memory, and kept in a store
 * afterwards, since nothing is lost with it.
 */
export async function readThrough(
  own: GatewayOwn,
  call: Proposed,
  { clock, owner, caller }: { clock: Clock; owner: string; caller: WaitingCall },
): Promise<Read> {
  const journal = createJournal(folders);
  const recorder = createRecorder(journal, { clock });
  await recorder.append(draftsOf(createRunId(), call));
  let answer: Answer | undefined;
  const here: GatewayOwn = {
    ...own,
    waiting: () => caller,
    summarize(given) {
      answer = given;
      return headOf(given);
    },
  };
  await advance({ recorder, bound: bindGateway(here), own: here, owner });
  const finished = rootFrame(journal.state)?.calls.get("1")?.finished;
  return { answer: finished?.type === "tool_finished" ? answer : undefined, journal };
}

/** What a journal keeps of a result that nobody will ask it for. */
function headOf(answer: Answer): OutputFields {
  const text = JSON.stringify(answer);
  if (text.length <= HEAD) return { returned: JSON.parse(text) };
  return {
    returned: { head: text.slice(0, HEAD), characters: text.length, digest: sha256(text) },
  };
}
