import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { writePrivately } from "../lib/private-files.ts";
import type { HostId } from "./host-files.ts";

const record = z.object({
  version: z.literal(1),
  file: z.string(),
  before: z.string(),
  after: z.string(),
  put: z.string(),
  taken: z.string(),
  /** Whom the file was open to, where it was closed to others. */
  mode: z.number().optional(),
});

/** What was done to a host's file; it holds the host's secrets, and is this user's only. */
export type HostRecord = z.infer<typeof record>;

export function readRecord(stateDirectory: string, id: HostId): HostRecord | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(recordFile(stateDirectory, id), "utf8")));
  } catch {
    return undefined;
  }
}

export function writeRecord(stateDirectory: string, id: HostId, done: HostRecord): void {
  writePrivately(recordFile(stateDirectory, id), JSON.stringify(done));
}

export function removeRecord(stateDirectory: string, id: HostId): void {
  rmSync(recordFile(stateDirectory, id), { force: true });
}

/** Where a record lies. */
export function recordFile(stateDirectory: string, id: HostId): string {
  return join(stateDirectory, "hosts", `${id}.json`);
}
