import type { Sessions } from "../agents/session.ts";
import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { isOutcome } from "../engine/entry-kinds.ts";
import type { Recorder } from "../engine/recorder.ts";
import { saveSession } from "../agents/save-session.ts";

/**
 * Brings the session up to a run that was ended from outside: the next run of the conversation
 * learns what became of its calls. A session that cannot be written is left as it is.
 */
export async function tellSession(
  { journal, append }: Recorder,
  { sessions, log }: { sessions: Sessions; log: Log },
): Promise<void> {
  const { runId, sessionId } = journal.state;
  if (sessionId === undefined) return;
  try {
    await saveSession({
      session: sessions.session(sessionId),
      journal,
      append: (drafts) =>
        append(
          drafts,
          drafts.every((draft) => isOutcome(journal.state, draft)) ? undefined : () => true,
        ),
    });
  } catch (error) {
    log.warn(`run ${runId ?? ""}: its session could not be written: ${errorMessage(error)}`);
  }
}
