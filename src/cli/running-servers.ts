import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { lazy } from "../lib/lazy.ts";
import { writePrivately } from "../lib/private-files.ts";
import { isSharedStore } from "../lib/store-name.ts";
import { hostAmong } from "./ancestors.ts";
import { ancestorsOf, inputOf, startOf } from "./processes.ts";

const processKey = lazy(() => z.object({ pid: z.int(), startedAt: z.string() }));

const record = lazy(() =>
  processKey().extend({
    /** The file of its store. */
    store: z.string(),
    /** What started it, where that was no person. */
    host: processKey().optional(),
    /** Where it gives links of its inbox to this user. */
    links: z.string().optional(),
    /** Where its inbox is: on this machine, and without what signs in. */
    inbox: z
      .string()
      .regex(/^http:\/\/[\w.[\]:]+\/$/)
      .optional()
      .catch(undefined),
  }),
);

/** A server that runs on this machine, for this user. */
export type RunningServer = z.infer<ReturnType<typeof record>>;

/** Lets others of this user find this server while it runs. @returns what ends that */
export function noteServer(
  stateDirectory: string,
  { store, links, inbox }: Pick<RunningServer, "store" | "links" | "inbox">,
): () => void {
  const directory = folderOf(stateDirectory);
  const file = join(directory, `${process.pid}.json`);
  // There it takes a second to look, which nobody shall wait for at a start.
  const isSlow = process.platform === "win32";
  const host = isSlow ? undefined : hostAmong(ancestorsOf(process.pid), inputOf(process.pid));
  const noted: RunningServer = {
    pid: process.pid,
    startedAt: isSlow ? "" : (startOf(process.pid) ?? ""),
    store,
    ...(host === undefined ? {} : { host: { pid: host.pid, startedAt: host.startedAt } }),
    ...(links === undefined ? {} : { links }),
    ...(inbox === undefined ? {} : { inbox }),
  };
  // As a whole: who reads half of it would sweep it away.
  writePrivately(file, JSON.stringify(noted));
  return () => rmSync(file, { force: true });
}

/** The servers of a store, or of all, that run now; notes of others that ended are swept. */
export function findServers(stateDirectory: string, store?: string): RunningServer[] {
  const directory = folderOf(stateDirectory);
  return listFiles(directory).flatMap((name) => {
    const file = join(directory, name);
    const noted = readNote(file);
    if (noted === undefined || !isRunning(noted)) {
      rmSync(file, { force: true });
      return [];
    }
    return store === undefined || noted.store === store ? [noted] : [];
  });
}

const LOOK_AGAIN_MS = 1_000;

/** Says where another server of a store has an inbox now; looks once a second at most. */
export function inboxElsewhere(stateDirectory: string, store: string): () => string | undefined {
  // What is kept in the memory of another process is another store.
  if (!isSharedStore(store)) return () => undefined;
  let known: { at: number; url: string | undefined } | undefined;
  return () => {
    const at = performance.now();
    if (known === undefined || at - known.at > LOOK_AGAIN_MS) {
      const servers = findServers(stateDirectory, store);
      known = { at, url: servers.find(({ inbox }) => inbox !== undefined)?.inbox };
    }
    return known.url;
  };
}

function isRunning({ pid, startedAt }: RunningServer): boolean {
  if (process.platform !== "win32") return startOf(pid) === startedAt;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function folderOf(stateDirectory: string): string {
  return join(stateDirectory, "servers");
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function readNote(file: string): RunningServer | undefined {
  try {
    return record().parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
