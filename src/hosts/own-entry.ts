import type { JsonObject } from "../lib/json.ts";

/** How this program was started, for those who start it again. */
export interface OwnStart {
  platform: NodeJS.Platform;
  /** The Node that runs. */
  node: string;
  /** The file of the command, as it is really called. */
  script: string;
  version: string;
}

/** Program and arguments that start this very program: hosts have no shell, and a path of their own. */
export function ownCommand({ platform, node, script, version }: OwnStart): string[] {
  // What npx unpacked is gone some day; npx itself finds it again.
  if (!isOfNpx(script)) return [node, script];
  const npx = ["npx", "-y", `holdpoint@${version}`];
  // Windows starts no .cmd without its shell.
  return platform === "win32" ? ["cmd", "/c", ...npx] : npx;
}

/** Whether npx unpacked it for this one time. */
export function isOfNpx(script: string): boolean {
  return /[\\/]_npx[\\/]/.test(script);
}

/** The one server that stands in a host: the gateway, with the values that its servers need. */
export function ownEntry(
  start: OwnStart,
  {
    config,
    given,
    type,
  }: { config: string; given: Readonly<Record<string, string>>; type: boolean },
): JsonObject {
  const [command = "", ...args] = ownCommand(start);
  return {
    ...(type ? { type: "stdio" } : {}),
    command,
    args: [...args, "gateway", "--config", config],
    ...(Object.keys(given).length === 0 ? {} : { env: { ...given } }),
  };
}
