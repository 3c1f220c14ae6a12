import { homedir } from "node:os";

import { deskStore } from "../app/app.ts";
import type { ConnectSurroundings } from "../app/connect.ts";
import { stateDirectory, storeFile } from "../app/open-store.ts";
import { ownStart } from "./own-start.ts";
import type { CommandContext } from "./terminal.ts";

/** What connecting and looking at hosts needs to know of this machine. */
export function hostSurroundings({ env }: Pick<CommandContext, "env">): ConnectSurroundings {
  return {
    platform: process.platform,
    env,
    home: homedir(),
    directory: process.cwd(),
    stateDirectory: stateDirectory(env),
    store: storeFile(deskStore({ env, noConfig: true }), env) ?? stateDirectory(env),
    start: ownStart(),
  };
}
