import { ownRuns } from "../subjects/holdpoint.ts";

await ownRuns(process.argv[2] ?? "");
