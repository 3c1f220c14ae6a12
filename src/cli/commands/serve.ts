import { setImmediate as nextTurn } from "node:timers/promises";

import { createApp } from "../../app/app.ts";
import { createMcpServer } from "../../mcp/server.ts";
import { serveStdio, takeStdout } from "../../mcp/stdio.ts";
import { stateDirectory } from "../../app/open-store.ts";
import { packageVersion } from "../../app/package-version.ts";
import type { RunService } from "../../runs/run-service.ts";
import type { Inbox } from "../../web/inbox.ts";
import type { TrustDesk } from "../../web/prove.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { startNotices } from "../notify.ts";
import { openInBrowser } from "../open-inbox.ts";
import { inboxElsewhere } from "../running-servers.ts";
import { beFound, openInbox, type OpenInboxOptions } from "../serve-inbox.ts";
import type { CommandContext } from "../terminal.ts";

/** Hosts ask for the tools at once, and a person waits for them: other servers start after that. */
const WARM_UP_AFTER_MS = 250;

/** Serves MCP until the client is gone. */
export async function run(given: Given<"serve">, { env, log }: CommandContext): Promise<number> {
  const wire = takeStdout();
  const { maxWait: maxWaitSeconds, notify, port } = given;
  const slots = given.noWork ? 0 : undefined;
  const options = { ...appOptions(given, { env, log }), source: given.source, slots };
  const app = await createApp(options);
  const { service } = app;
  for (const note of app.notes) log.info(note);
  const names = service.registry.agents.map(({ agent, source }) => `"${agent.name}" (${source})`);
  log.info(`agents: ${names.join(", ")}`);
  log.info(
    "approve counts as the user's yes: it rests on the confirmation dialog of the MCP host. Never let the host allow it always",
  );
  // Its user has no terminal: the server opens the browser itself.
  const opens = given.inbox === "open";
  const means = { service, env, log, trust: app.trust };
  const inbox = given.inbox === undefined ? undefined : await openOrEnd({ ...means, port });
  const elsewhere = inboxElsewhere(stateDirectory(env), service.location);
  const inboxUrl = (): string | undefined => inbox?.url ?? elsewhere();
  const { approvers = {}, onProgress } = app;
  const deps = { service, log, maxWaitSeconds, approvers, inboxUrl, onProgress };
  const face = createMcpServer(deps, packageVersion());
  // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no events
  face.server.oninitialized = () => void setTimeout(() => app.warmUp(), WARM_UP_AFTER_MS).unref();
  const begun = begin(means, { inbox, opens, notify });
  await serveStdio({
    face,
    log,
    stdin: process.stdin,
    wire,
    async shutDown(graceMs) {
      const end = await begun;
      await end();
      await service.close(graceMs);
    },
  });
  // A tool that ignores its signal must not keep the process: what it did is in doubt then.
  process.exit(0);
}

type InboxMeans = Pick<CommandContext, "env" | "log"> & {
  service: RunService;
  trust: TrustDesk | undefined;
};

/**
 * What a server does besides answering, behind what a host has asked by now: it goes on with runs,
 * and terminals of this user find it, and its inbox where it has one. @returns what ends that
 */
async function begin(
  means: InboxMeans,
  wanted: { inbox: Inbox | undefined; opens: boolean; notify: string | undefined },
): Promise<() => Promise<void>> {
  const { service, log } = means;
  const { inbox, opens, notify } = wanted;
  // The first may end before the input is looked at.
  await nextTurn();
  await nextTurn();
  service.recover();
  if (notify !== undefined) startNotices(service, notify, log);
  if (inbox !== undefined) {
    log.info(
      `the inbox is at ${inbox.url}: holdpoint inbox, on a terminal, gives a link that signs in`,
    );
  }
  const stopOpening = inbox !== undefined && opens ? openInBrowser({ ...means, inbox }) : undefined;
  const forget = await beFound(means, inbox);
  return async () => {
    forget();
    stopOpening?.();
    await inbox?.close();
  };
}

/** A server that cannot have its inbox ends, which a service that is open would not let it. */
async function openOrEnd(options: OpenInboxOptions): Promise<Inbox> {
  try {
    return await openInbox(options);
  } catch (error) {
    await options.service.close(0);
    throw error;
  }
}
