import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Inbox } from "../web/inbox.ts";
import { terminalUser } from "./options.ts";

export interface OpenInboxOptions {
  service: RunService;
  log: Log;
  port: number | undefined;
  /** Says something to the person at the terminal, and to no file. */
  say(this: void, text: string): void;
}

/** Serves the inbox and shows its links. @throws HoldpointError `invalid_input` for a taken port */
export async function openInbox({ service, log, port, say }: OpenInboxOptions): Promise<Inbox> {
  const { startInbox } = await import("../web/inbox.ts");
  const onLink = (url: string): void =>
    say(`Sign in to the inbox with this link, which works once:\n  ${url}`);
  try {
    return await startInbox({ service, log, port, by: terminalUser(), onLink });
  } catch (error) {
    throw new HoldpointError("invalid_input", `Cannot serve the inbox: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** @throws HoldpointError `invalid_input` */
export function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new HoldpointError("invalid_input", `--port must be a number up to 65535, not "${text}"`);
}
