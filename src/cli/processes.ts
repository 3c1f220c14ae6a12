import { readFileSync, readlinkSync } from "node:fs";
import { childProcess } from "./child-process.ts";

/** A process, as the system tells of it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** As the system shows it: a program may give itself another. */
  readonly name: string;
  /** Tells a process from an earlier one of the same number. */
  readonly startedAt: string;
  /** What it was started with, as far as it can be read. */
  readonly words: readonly string[];
  /** The pipe or socket that is its standard input; absent for anything else, or where unseen. */
  readonly input?: string | undefined;
}

/** How many are looked at: no sane tree is deeper. */
const DEEPEST = 64;

/** Those above a process, its parent first; what cannot be seen ends the list. */
export function ancestorsOf(pid: number): ProcessRow[] {
  const find = process.platform === "linux" ? readRow : finderIn(listRows());
  const found: ProcessRow[] = [];
  let next = find(pid)?.parent;
  // The first process is everybody's.
  while (next !== undefined && next > 1 && found.length < DEEPEST) {
    const row = find(next);
    if (row === undefined || found.some((each) => each.pid === row.pid)) break;
    found.push(row);
    next = row.parent;
  }
  return found;
}

/** When a process was started; `undefined` for one that is not there, or cannot be seen. */
export function startOf(pid: number): string | undefined {
  if (process.platform === "linux") return readRow(pid)?.startedAt;
  return listRows().find((row) => row.pid === pid)?.startedAt;
}

/** From `/proc`, as proc(5) has it. */
function readRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold blanks and brackets: it ends with the last one.
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    return {
      pid,
      parent: Number(fields[1]),
      name: stat.slice(stat.indexOf("(") + 1, end),
      startedAt: fields[19] ?? "",
      words: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1),
      input: inputOf(pid),
    };
  } catch {
    return undefined;
  }
}

/** The pipe or socket that a process has as its standard input, where the system tells. */
export function inputOf(pid: number): string | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/0`);
    return /^(pipe|socket):/.test(target) ? target : undefined;
  } catch {
    return undefined;
  }
}

function finderIn(rows: readonly ProcessRow[]): (pid: number) => ProcessRow | undefined {
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  return (pid) => byPid.get(pid);
}

function listRows(): ProcessRow[] {
  return process.platform === "win32" ? listOnWindows() : listByPs();
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;

function listByPs(): ProcessRow[] {
  const { error, stdout } = childProcess().spawnSync(
    "ps",
    ["-axo", "pid=,ppid=,lstart=,command="],
    {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    },
  );
  if (error !== undefined) return [];
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, startedAt = "", command = ""] = PS_LINE.exec(line) ?? [];
    if (pid === undefined) return [];
    const words = command.split(" ");
    return [{ pid: Number(pid), parent: Number(parent), name: words[0] ?? "", startedAt, words }];
  });
}

const WINDOWS_QUERY =
  "Get-CimInstance Win32_Process | ForEach-Object { '{0}|{1}|{2}|{3}|{4}' -f $_.ProcessId,$_.ParentProcessId,$_.CreationDate.Ticks,$_.Name,$_.CommandLine }";

function listOnWindows(): ProcessRow[] {
  const { error, stdout } = childProcess().spawnSync(
    "powershell",
    ["-NoProfile", "-Command", WINDOWS_QUERY],
    {
      encoding: "utf8",
      timeout: 20_000,
    },
  );
  if (error !== undefined) return [];
  return stdout.split(/\r?\n/).flatMap((line) => {
    const [pid, parent, startedAt = "", name = "", ...command] = line.split("|");
    if (parent === undefined) return [];
    const words = [...command.join("|").matchAll(/"([^"]*)"|(\S+)/g)];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        name,
        startedAt,
        words: words.map(([, quoted, plain]) => quoted ?? plain ?? ""),
      },
    ];
  });
}
