import { existsSync, realpathSync } from "node:fs";
import { dirname, posix, resolve, win32 } from "node:path";

import { HoldpointError } from "../lib/errors.ts";
import { contains } from "../lib/paths.ts";
import { checkTrust, describeOtherWriters, type ReadText } from "./trust.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export const CONFIG_NAME = "holdpoint.json";

/** Which configuration counts, if any. */
export type ConfigChoice =
  | { readonly type: "none" }
  /** Somebody named it, or it was trusted: it is obeyed. */
  | {
      readonly type: "use";
      readonly file: string;
      readonly read?: ReadText | undefined;
      /** What is odd about it. */
      readonly warning?: string | undefined;
    }
  /** Found by chance, and not trusted: neither obeyed nor ignored. */
  | { readonly type: "untrusted"; readonly file: string; readonly why: string };

export interface ConfigQuestion {
  /** The one that `--config` names. */
  named?: string | undefined;
  /** `--no-config`: there is none, whatever lies about. */
  none?: boolean | undefined;
  env: Environment;
  /** Where this user's state is: what was trusted stands there. */
  stateDirectory: string;
  /** Where this user's own settings are: what lies there is the user's. */
  userDirectory: string;
}

/**
 * The configuration that was named, or that of `HOLDPOINT_CONFIG`, or `holdpoint.json` of the working
 * directory. The last is there by chance: of one that nobody trusted not a word is read.
 */
export function chooseConfig(question: ConfigQuestion): ConfigChoice {
  const { named, none = false, env, stateDirectory, userDirectory } = question;
  if (none) return { type: "none" };
  const choice = named ?? env["HOLDPOINT_CONFIG"];
  if (choice !== undefined) return useNamed(resolve(choice));
  const file = resolve(CONFIG_NAME);
  if (!existsSync(file)) return { type: "none" };
  const writers = describeOtherWriters(file);
  if (writers !== undefined) {
    return { type: "untrusted", file, why: `cannot be trusted, since ${writers}. Mend that` };
  }
  if (liesIn(file, userDirectory)) return { type: "use", file };
  const read = checkTrust(file, stateDirectory);
  if (typeof read === "function") return { type: "use", file, read };
  const why =
    read === "never"
      ? "is not trusted yet; a person does that once, in a terminal there, with holdpoint trust"
      : "has changed since it was trusted; a person looks at it, in a terminal there, with holdpoint trust";
  return { type: "untrusted", file, why };
}

function useNamed(file: string): ConfigChoice {
  if (!existsSync(file)) return { type: "use", file };
  const writers = describeOtherWriters(file);
  if (writers === undefined) return { type: "use", file };
  return { type: "use", file, warning: `${file} could be changed by others: ${writers}` };
}

/** Why nothing is started, and what somebody does about it once. */
export function untrustedConfig({
  file,
  why,
}: Extract<ConfigChoice, { type: "untrusted" }>): HoldpointError {
  const folder = dirname(file);
  return new HoldpointError(
    "not_allowed",
    `Nothing is started here: ${CONFIG_NAME} in ${folder} ${why} (or name it with --config, or say --no-config)`,
  );
}

/** Where the user's own settings are, by the custom of the platform. */
export function userConfigDirectory({
  platform,
  env,
  home,
}: {
  platform: NodeJS.Platform;
  env: Environment;
  home: string;
}): string {
  if (platform === "win32") {
    return win32.join(env["APPDATA"] ?? win32.join(home, "AppData", "Roaming"), "holdpoint");
  }
  if (platform === "darwin") {
    return posix.join(home, "Library", "Application Support", "holdpoint");
  }
  const configured = env["XDG_CONFIG_HOME"] ?? "";
  const place = posix.isAbsolute(configured) ? configured : posix.join(home, ".config");
  return posix.join(place, "holdpoint");
}

function liesIn(file: string, folder: string): boolean {
  return existsSync(folder) && contains(realpathSync(folder), realpathSync(file));
}
