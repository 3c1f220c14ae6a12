import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { stateDirectory } from "../app/open-store.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { errorMessage } from "../lib/errors.ts";
import { makeDirectory } from "../lib/make-directory.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Inbox } from "../web/inbox.ts";
import type { TrustDesk } from "../web/prove.ts";
import { childProcess } from "./child-process.ts";
import { isEnrolled } from "./pin.ts";
import type { CommandContext } from "./terminal.ts";

/** How many waiting calls are looked at. */
const LOOKED_AT = 100;
const FILE_MS = 60_000;

export interface OpenInBrowser extends Pick<CommandContext, "env" | "log"> {
  service: RunService;
  inbox: Inbox;
  /** Where a configuration waits to be trusted: that is asked at once. */
  trust?: TrustDesk | undefined;
}

/**
 * Opens the user's browser for those who have no terminal: once for each call that waits for a
 * person, and for a configuration that nobody trusted. The secret that signs it in is in a file of this user's, which posts it: it stands in no
 * list of arguments, log or answer.
 *
 * @returns what ends that
 */
export function openInBrowser({ service, inbox, env, log, trust }: OpenInBrowser): () => void {
  const state = stateDirectory(env);
  const opened = new Set<ApprovalId>();
  const files = new Set<string>();
  const look = async (): Promise<void> => {
    const { approvals } = await service.pending({ limit: LOOKED_AT });
    const fresh = approvals.filter(
      ({ approver, approvalId }) => approver === "person" && !opened.has(approvalId),
    );
    for (const { approvalId } of fresh) opened.add(approvalId);
    if (fresh.length > 0) show();
  };
  const show = (): void => {
    const file = writePage(state, inbox, isEnrolled(state) ? "confirm" : "person");
    files.add(file);
    setTimeout(() => rmSync(file, { force: true }), FILE_MS).unref();
    openFile(file, (error) => log.warn(`cannot open the browser: ${errorMessage(error)}`));
  };
  const start = (): void => {
    look().catch((error: unknown) => log.warn(`cannot open the inbox: ${errorMessage(error)}`));
  };
  const unlisten = service.onChange(start);
  if (trust?.question() !== undefined) show();
  start();
  return () => {
    unlisten();
    for (const file of files) rmSync(file, { force: true });
  };
}

function writePage(state: string, inbox: Inbox, level: ApproverLevel): string {
  const directory = join(state, "inbox");
  makeDirectory(directory);
  const file = join(directory, `open-${randomBytes(12).toString("hex")}.html`);
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Holdpoint</title>
<form method="post" action="${inbox.url}sign-in-by-file"><input type="hidden" name="token" value="${inbox.secret(level)}"><button>Open the inbox</button></form>
<script>document.forms[0].submit()</script>
`;
  writeFileSync(file, page, { mode: 0o600, flag: "wx" });
  return file;
}

function openFile(file: string, failed: (error: unknown) => void): void {
  const url = pathToFileURL(file).href;
  const [command, ...args] = opener(url);
  const child = childProcess().spawn(command ?? "", args, { stdio: "ignore", detached: true });
  child.on("error", failed);
  child.unref();
}

function opener(url: string): string[] {
  if (process.platform === "darwin") return ["open", url];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return ["xdg-open", url];
}
