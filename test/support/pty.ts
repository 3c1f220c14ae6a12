import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";

import { childEnv, commandFile } from "./command.ts";

/** Whether this machine has what makes a terminal of a pipe, as util-linux has it. */
export const hasTerminal = process.platform === "linux" && existsSync("/usr/bin/script");

/**
 * Runs `holdpoint` on a terminal of 24 lines where somebody has typed this; all that is shown. It is
 * a terminal of its own, not below what started the servers of the test, unless `below` says what it
 * is to be below of: a program, which is given the command to run.
 */
export async function onTerminal(
  args: readonly string[],
  {
    typed,
    env = {},
    cwd = homedir(),
    below,
    file = commandFile,
    columns = 80,
  }: {
    typed: string;
    columns?: number;
    env?: Record<string, string>;
    cwd?: string;
    below?: readonly string[];
    /** The command's file; default the built one. */
    file?: string;
  },
): Promise<{ exitCode: number | null; screen: string }> {
  const words = [process.execPath, file, ...args].map((word) => `'${word}'`).join(" ");
  const command = `stty rows 24 cols ${columns}; ${words}; echo "[exit $?]"`;
  const script = ["/usr/bin/script", "-qec", command, "/dev/null"];
  const [program = "", ...rest] = below ?? ["/usr/bin/setsid", "--fork"];
  const child = spawn(program, [...rest, ...script], {
    env: childEnv(env),
    cwd,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  child.stdin.write(typed);
  await once(child, "close");
  const [ending, code] = /\[exit (\d+)\]\r?\n/.exec(screen) ?? [];
  const shown = screen.replace(ending ?? "", "").replaceAll("\r\n", "\n");
  return { exitCode: code === undefined ? null : Number(code), screen: shown };
}
