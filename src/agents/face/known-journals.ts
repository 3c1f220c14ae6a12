import { createKnownRuns } from "../../engine/known-runs.ts";

/** The runs that states of this process are of, whatever texts and stores they came from. */
export const knownRuns = createKnownRuns();
