import { once } from "node:events";

import { isSharedStore } from "../../lib/store-name.ts";
import { deskStore } from "../../app/app.ts";
import { stateDirectory } from "../../app/open-store.ts";
import type { RunService } from "../../runs/run-service.ts";
import { appOptions, withDesk } from "../desk.ts";
import { askForLink } from "../inbox-links.ts";
import type { Given } from "../literals.ts";
import { callerHere, provePerson, type TerminalCaller } from "../person.ts";
import { findServers } from "../running-servers.ts";
import { beFound, openInbox } from "../serve-inbox.ts";
import type { CommandContext } from "../terminal.ts";

/**
 * Gives a link to the inbox that a running server has; where none has one, serves one until the
 * person ends it.
 */
export async function run(given: Given<"inbox">, context: CommandContext): Promise<number> {
  const { port } = given;
  const { terminal } = context;
  // What such a server keeps is out of reach, but not its inbox.
  const store = deskStore(appOptions(given, context));
  if (store !== undefined && !isSharedStore(store)) return linkTo(context, store);
  return withDesk(context, given, async (service) => {
    const caller = await proveHere(context, service.location);
    const link =
      port === undefined ? await linkOfServer(context, service.location, caller) : undefined;
    if (link === undefined) return serveOwn(context, { service, port, caller });
    terminal.print(describeLink(link));
    return 0;
  });
}

async function linkTo(context: CommandContext, location: string): Promise<number> {
  const link = await linkOfServer(context, location, await proveHere(context, location));
  context.terminal.print(
    link === undefined ? "No server with a store in memory has an inbox now." : describeLink(link),
  );
  return link === undefined ? 1 : 0;
}

async function proveHere(context: CommandContext, location: string): Promise<TerminalCaller> {
  const here = callerHere(context, location);
  const caller = await provePerson(here, { context, isWanted: true });
  if (caller.level === "person") return caller;
  const why = caller.why ?? "nobody showed to be a person";
  context.terminal.error(`Decisions there count as the client's: ${why}.`);
  return caller;
}

function describeLink(link: string): string {
  return `Sign in to the inbox with this link, which works once, for ten minutes:\n  ${link}`;
}

async function linkOfServer(
  { env }: CommandContext,
  location: string,
  { level }: TerminalCaller,
): Promise<string | undefined> {
  for (const { links } of findServers(stateDirectory(env), location)) {
    const link = links === undefined ? undefined : await askForLink(links, level);
    if (link !== undefined) return link;
  }
  return undefined;
}

async function serveOwn(
  context: CommandContext,
  {
    service,
    port,
    caller: { level },
  }: { service: RunService; port: number | undefined; caller: TerminalCaller },
): Promise<number> {
  const { terminal } = context;
  const tell = (): void => terminal.print(describeLink(inbox.link(level)));
  const inbox = await openInbox({ ...context, service, port, onSignIn: tell });
  const forget = await beFound({ ...context, service }, inbox);
  tell();
  terminal.print("Decisions made there are carried out by the server that has the agent.");
  terminal.print("Ctrl+C ends it.");
  const ended = new AbortController();
  const { signal } = ended;
  await Promise.race([once(process, "SIGINT", { signal }), once(process, "SIGTERM", { signal })]);
  ended.abort();
  forget();
  await inbox.close();
  return 0;
}
