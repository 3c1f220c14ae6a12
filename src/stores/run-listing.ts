import { unfinishedStatuses, type RunStatus } from "../engine/vocabulary.ts";

/** For statements, in the words of the index that has them. */
export const UNFINISHED = unfinishedStatuses.map((status) => `'${status}'`).join(", ");

/** Which runs a page lists, for the statement that reads them. */
export interface RunListing {
  status?: RunStatus | undefined;
  agent?: string | undefined;
  sessionId?: string | undefined;
  isContinued: boolean;
}
