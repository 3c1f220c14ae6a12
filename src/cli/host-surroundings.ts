import { homedir } from "node:os";

import { deskStore, type AppOptions } from "../app/app.ts";
import type { Surroundings } from "../app/connect.ts";
import { hostIds, type HostId } from "../hosts/host-files.ts";
import { HoldpointError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { stateDirectory, storeFile } from "../app/open-store.ts";
import { ownStart } from "./own-start.ts";

/** What connecting and looking at hosts needs to know of this machine. */
export function hostSurroundings(
  options: Pick<AppOptions, "store" | "configFile" | "noConfig" | "env">,
): Surroundings {
  const { env } = options;
  return {
    platform: process.platform,
    env,
    home: homedir(),
    directory: process.cwd(),
    stateDirectory: stateDirectory(env),
    store: storeFile(deskStore({ ...options, noConfig: true }), env) ?? stateDirectory(env),
    start: ownStart(),
  };
}

/** The hosts that are named; all of them where none is. @throws HoldpointError `invalid_input` */
export function parseHosts(words: readonly string[]): readonly HostId[] {
  if (words.length === 0) return hostIds;
  return words.map((word) => {
    const id = hostIds.find((each) => each === word);
    if (id !== undefined) return id;
    const meant = nearest(word, hostIds);
    const hint =
      meant === undefined ? `: there are ${hostIds.join(", ")}` : `. Did you mean ${meant}?`;
    throw new HoldpointError("invalid_input", `There is no host "${word}"${hint}`);
  });
}
