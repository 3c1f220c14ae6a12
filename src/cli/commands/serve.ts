import { setImmediate as nextTurn } from "node:timers/promises";

import { prepareApp, type PreparedApp } from "../../app/app.ts";
import { holdBack, type HeldBack } from "../../host/hold-back.ts";
import { createLineTransport } from "../../host/line-transport.ts";
import { describeError } from "../../mcp/error-text.ts";
import { createMcpServer, STORELESS, type McpFace } from "../../mcp/server.ts";
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
export async function run(given: Given<"serve">, context: CommandContext): Promise<number> {
  const { env, log } = context;
  const wire = takeStdout();
  const slots = given.noWork ? 0 : undefined;
  const options = { ...appOptions(given, { env, log }), source: given.source, slots };
  const prepared = await prepareApp(options);
  const face = createMcpServer({ log, approvers: prepared.approvers ?? {} }, packageVersion());
  const transport = createLineTransport(process.stdin, wire);
  let held: HeldBack | undefined;
  const release = (): void => held?.release();
  // What can be seen to fail, or may well, is told before anything is answered.
  const isBehind = prepared.seemsFine && given.port === undefined;
  const opening = openRest(prepared, { given, context, face, release, isBehind });
  if (!isBehind) await opening;
  const served = serveStdio({
    face,
    log,
    stdin: process.stdin,
    wire,
    transport,
    connected() {
      if (isBehind) held = holdBack(transport, STORELESS);
    },
    opened: opening,
    async shutDown(graceMs) {
      const { end, service } = await opening;
      await end();
      await service.close(graceMs);
    },
  });
  // It fails where opening does, of which is told below.
  served.catch(() => undefined);
  try {
    await opening;
  } catch (error) {
    await held?.refuse(() => describeError(error, log));
    await face.server.close();
    throw error;
  }
  await served;
  // A tool that ignores its signal must not keep the process: what it did is in doubt then.
  process.exit(0);
}

interface OpeningMeans {
  given: Given<"serve">;
  context: CommandContext;
  face: McpFace;
  /** Lets the server answer what waited for that. */
  release(): void;
  /** Whether what a host has asked by now, and needs no store, is answered first. */
  isBehind: boolean;
}

interface Opened {
  service: RunService;
  /** Ends what goes on beside the answers. */
  end(): Promise<void>;
}

/** Opens the store, and begins what needs it. */
async function openRest(
  prepared: PreparedApp,
  { given, context, face, release, isBehind }: OpeningMeans,
): Promise<Opened> {
  const { env, log } = context;
  const initialized = new Promise<void>((resolve) => {
    // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no events
    face.server.oninitialized = resolve;
  });
  if (isBehind) await afterInput();
  const app = await prepared.open();
  const { service, approvers = {}, onProgress } = app;
  for (const note of app.notes) log.info(note);
  const names = service.registry.agents.map(({ agent, source }) => `"${agent.name}" (${source})`);
  log.info(`agents: ${names.join(", ")}`);
  log.info(
    "approve counts as the user's yes: it rests on the confirmation dialog of the MCP host. Never let the host allow it always",
  );
  const { port, notify, maxWait: maxWaitSeconds } = given;
  const means = { service, env, log, trust: app.trust };
  const inbox = given.inbox === undefined ? undefined : await openOrEnd({ ...means, port });
  const elsewhere = inboxElsewhere(stateDirectory(env), service.location);
  const inboxUrl = (): string | undefined => inbox?.url ?? elsewhere();
  face.serve({ service, log, maxWaitSeconds, approvers, inboxUrl, onProgress });
  void initialized.then(() => setTimeout(() => app.warmUp(), WARM_UP_AFTER_MS).unref());
  // Its user has no terminal: the server opens the browser itself.
  const opens = given.inbox === "open";
  const end = await begin(means, { inbox, opens, notify });
  release();
  // What waited is being answered by then, also where the input has ended.
  await nextTurn();
  return { service, end };
}

/** Lets what waits on the input be read and answered. */
async function afterInput(): Promise<void> {
  // The first may end before the input is looked at.
  await nextTurn();
  await nextTurn();
}

type InboxMeans = Pick<CommandContext, "env" | "log"> & {
  service: RunService;
  trust: TrustDesk | undefined;
};

/**
 * What a server does besides answering: it goes on with runs, and terminals of this user find it,
 * and its inbox where it has one. @returns what ends that
 */
async function begin(
  means: InboxMeans,
  wanted: { inbox: Inbox | undefined; opens: boolean; notify: string | undefined },
): Promise<() => Promise<void>> {
  const { service, log } = means;
  const { inbox, opens, notify } = wanted;
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
