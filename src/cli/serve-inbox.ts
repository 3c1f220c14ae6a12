import { join } from "node:path";

import { stateDirectory } from "../app/open-store.ts";
import { askAgain, isRejectionRemembered } from "../gateway/ask-again.ts";
import { sha256Hex } from "../lib/digest.ts";
import { errorMessage, HoldpointError, errorCode } from "../lib/errors.ts";
import { isSharedStore } from "../lib/store-name.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Inbox } from "../web/inbox.ts";
import type { TrustDesk } from "../web/prove.ts";
import { serveLinks } from "./inbox-links.ts";
import { terminalUser } from "./person.ts";
import { createPinCheck, enrolmentOf } from "./pin.ts";
import { noteServer } from "./running-servers.ts";
import type { CommandContext } from "./terminal.ts";

export interface OpenInboxOptions extends Pick<CommandContext, "env" | "log"> {
  service: RunService;
  port: number | undefined;
  onSignIn?: (() => void) | undefined;
  /** Where the configuration of this directory waits for somebody to trust it. */
  trust?: TrustDesk | undefined;
}

/**
 * Serves the inbox, and gives links to terminals of this user that ask for one: none is written
 * anywhere. @throws HoldpointError `invalid_input` for a taken port
 */
export async function openInbox({
  service,
  log,
  env,
  port,
  onSignIn,
  trust,
}: OpenInboxOptions): Promise<Inbox> {
  const { startInbox } = await import("../web/inbox.ts");
  const { location } = service;
  const state = stateDirectory(env);
  const isShared = isSharedStore(location);
  const name = `${sha256Hex(location).slice(0, 24)}.json`;
  const sessionsFile = isShared ? join(state, "inbox", name) : undefined;
  try {
    return await startInbox({
      service,
      log,
      port,
      by: terminalUser(),
      onSignIn,
      sessionsFile,
      pin: { enrolment: () => enrolmentOf(state), isRight: createPinCheck(state) },
      trust,
      rejections: { isRemembered: isRejectionRemembered, forget: askAgain },
    });
  } catch (error) {
    throw new HoldpointError("invalid_input", `Cannot serve the inbox: ${whyNot(error, port)}`, {
      cause: error,
    });
  }
}

function whyNot(error: unknown, port = 0): string {
  const code = errorCode(error);
  if (code === "EADDRINUSE") {
    return `port ${port} is taken by another program. Choose another with --port, or leave --port out`;
  }
  if (code === "EACCES") return `this user may not use port ${port}. Choose one above 1024`;
  return errorMessage(error);
}

/** Lets terminals of this user find this process, and its inbox where it has one. */
export async function beFound(
  { service: { location }, env, log }: Pick<OpenInboxOptions, "service" | "env" | "log">,
  inbox: Inbox | undefined,
): Promise<() => void> {
  const state = stateDirectory(env);
  try {
    const links =
      inbox === undefined ? undefined : await serveLinks(state, (level) => inbox.link(level));
    const forget = noteServer(state, {
      store: location,
      links: links?.place,
      inbox: inbox?.url,
    });
    return () => {
      forget();
      links?.close();
    };
  } catch (error) {
    log.warn(`terminals cannot find this server: ${errorMessage(error)}`);
    return () => {};
  }
}
