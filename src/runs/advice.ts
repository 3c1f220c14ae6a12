import type { ApprovalId, RunId } from "../lib/ids.ts";
import { isSharedStore } from "../lib/store-name.ts";

/** Words for a shell that go into a command which is told to somebody. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (process.platform === "win32") return `"${text}"`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function storeOption(location: string): string {
  return isSharedStore(location) ? ` --store ${shellWord(location)}` : "";
}

/** The command by which a person decides on a terminal. */
export function decideCommand(
  verb: "approve" | "reject",
  approvalId: ApprovalId,
  location: string,
): string {
  return `holdpoint ${verb} ${approvalId}${storeOption(location)}`;
}

/** What is offered to a run that used up its turns. */
const MORE_TURNS = 10;

interface Stopped {
  runId: RunId;
  source: string;
  turns?: number;
  error?: { code: string } | undefined;
}

/**
 * The command that goes on with a run where its agent is, with more turns if it lacks those;
 * `undefined` where only the program that started it has it.
 */
export function resumeCommand(
  { runId, source, turns = 0, error }: Stopped,
  location: string,
): string | undefined {
  const [, kind, file = ""] = /^(agents|config|demo)(?::(.*))?#/s.exec(source) ?? [];
  if (kind === undefined) return undefined;
  const agents = kind === "demo" ? "" : ` --${kind} ${shellWord(file)}`;
  const isSpent = error?.code === "max_turns_exceeded";
  const more = isSpent ? ` --max-turns ${turns + MORE_TURNS}` : "";
  return `holdpoint resume ${runId}${more}${agents}${storeOption(location)}`;
}
