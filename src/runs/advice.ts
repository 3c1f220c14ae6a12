import type { ApprovalId, RunId } from "../lib/ids.ts";

/** Words for a shell that go into a command which is told to somebody. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (process.platform === "win32") return `"${text}"`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function storeOption(location: string): string {
  return location === "memory" ? "" : ` --store ${shellWord(location)}`;
}

/** The command by which a person decides on a terminal. */
export function decideCommand(
  verb: "approve" | "reject",
  approvalId: ApprovalId,
  location: string,
): string {
  return `holdpoint ${verb} ${approvalId}${storeOption(location)}`;
}

/** The command that shows a person everything that waits, in a browser. */
export function inboxCommand(location: string): string {
  return `holdpoint inbox${storeOption(location)}`;
}

/**
 * The command that goes on with a run where its agent is; `undefined` where only the program that
 * started it has it.
 */
export function resumeCommand(
  { runId, source }: { runId: RunId; source: string },
  location: string,
): string | undefined {
  const [, kind, file = ""] = /^(agents|config|demo)(?::(.*))?#/s.exec(source) ?? [];
  if (kind === undefined) return undefined;
  const agents = kind === "demo" ? "" : ` --${kind} ${shellWord(file)}`;
  return `holdpoint resume ${runId}${agents}${storeOption(location)}`;
}
