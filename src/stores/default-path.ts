import { posix, win32 } from "node:path";

import type { Surroundings } from "../lib/paths.ts";

/**
 * The file that all of a user's processes share when none is configured: in the place that the
 * platform has for state (XDG Base Directory 0.8, Apple File System Guide, Known Folders).
 */
export function defaultStorePath({ platform, env, home }: Surroundings): string {
  if (platform === "win32") {
    const local = env["LOCALAPPDATA"] || win32.join(home, "AppData", "Local");
    return win32.join(local, "holdpoint", "holdpoint.db");
  }
  if (platform === "darwin") {
    return posix.join(home, "Library", "Application Support", "holdpoint", "holdpoint.db");
  }
  const configured = env["XDG_STATE_HOME"] ?? "";
  // XDG: "If an implementation encounters a relative path [...] it should [...] ignore it."
  const state = posix.isAbsolute(configured) ? configured : posix.join(home, ".local", "state");
  return posix.join(state, "holdpoint", "holdpoint.db");
}
