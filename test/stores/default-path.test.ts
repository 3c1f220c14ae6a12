import { expect, it } from "vitest";

import { defaultStorePath } from "../../src/stores/default-path.ts";

const home = "/home/ada";
const fallback = "/home/ada/.local/state/holdpoint/holdpoint.db";
const windowsHome = String.raw`C:\Users\ada`;

it.each([
  { platform: "linux", env: {}, home, path: fallback },
  { platform: "freebsd", env: {}, home, path: fallback },
  {
    platform: "linux",
    env: { XDG_STATE_HOME: "/var/ada" },
    home,
    path: "/var/ada/holdpoint/holdpoint.db",
  },
  { platform: "linux", env: { XDG_STATE_HOME: "" }, home, path: fallback },
  { platform: "linux", env: { XDG_STATE_HOME: "state" }, home, path: fallback },
  {
    platform: "darwin",
    env: { XDG_STATE_HOME: "/var/ada" },
    home: "/Users/ada",
    path: "/Users/ada/Library/Application Support/holdpoint/holdpoint.db",
  },
  {
    platform: "win32",
    env: { LOCALAPPDATA: String.raw`D:\Local` },
    home: windowsHome,
    path: String.raw`D:\Local\holdpoint\holdpoint.db`,
  },
  {
    platform: "win32",
    env: { LOCALAPPDATA: "" },
    home: windowsHome,
    path: String.raw`C:\Users\ada\AppData\Local\holdpoint\holdpoint.db`,
  },
] as const)("keeps state at $path on $platform with $env", ({ path, ...surroundings }) => {
  expect(defaultStorePath(surroundings)).toBe(path);
});
