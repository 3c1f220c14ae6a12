import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";

import { childEnv, commandFile } from "./command.ts";

/** Whether this machine has what makes a terminal of a pipe, as util-linux has it. */
export const hasTerminal = process.platform === "linux" && existsSync("/usr/bin/script");

/** Runs `holdpoint` on a terminal of 24 lines where somebody has typed this; all that is shown. */
export async function onTerminal(
  args: readonly string[],
  {
    typed,
    env = {},
    cwd = homedir(),
  }: {
    typed: string;
    env?: Record<string, string>;
    cwd?: string;
  },
): Promise<{ exitCode: number | null; screen: string }> {
  const words = [process.execPath, commandFile, ...args].map((word) => `'${word}'`).join(" ");
  const command = `stty rows 24 cols 80; exec ${words}`;
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
    env: childEnv(env),
    cwd,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  child.stdin.write(typed);
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, screen: screen.replaceAll("\r\n", "\n") };
}
