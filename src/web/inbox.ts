import type { ApproverLevel } from "../engine/vocabulary.ts";
import { startHttpServer, type Visit, type Site } from "../http/server.ts";
import { createSignIn, type SignedIn } from "../http/sign-in.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import { pageFile } from "./assets.ts";
import { change } from "./change.ts";
import type { Desk, Rejections } from "./desk.ts";
import { LIST_LIMIT } from "./inbox-lists.ts";
import { look } from "./look.ts";
import { createPageEvents } from "./page-events.ts";
import { levelOfSession, type PinDesk, type TrustDesk } from "./prove.ts";

export interface InboxOptions {
  service: RunService;
  log: Log;
  /** Who decides, as decisions name them. */
  by: string;
  /** Default: one that is free. */
  port?: number | undefined;
  /** Told that a link was used. */
  onSignIn?: (() => void) | undefined;
  /** Where browsers that are signed in are kept between starts. */
  sessionsFile?: string | undefined;
  clock?: Clock | undefined;
  /** Default: none is enrolled. */
  pin?: PinDesk | undefined;
  trust?: TrustDesk | undefined;
  rejections?: Rejections | undefined;
}

const noPin: PinDesk = { enrolment: () => undefined, isRight: () => false };

/** A page on this machine where a person decides. */
export interface Inbox {
  /** Where it is; without a link nobody gets in. */
  readonly url: string;
  /** A link by which a browser signs in: once, within ten minutes; what it decides has this level. */
  link(level: ApproverLevel): string;
  /** The same for a page that posts the secret, so that it stands in no address. */
  secret(level: ApproverLevel): string;
  close(): Promise<void>;
}

/** Serves the inbox on the loopback interface. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const { service, log, by, port = 0, clock = systemClock, sessionsFile } = options;
  const { pin = noPin, trust, rejections, onSignIn } = options;
  const signIn = createSignIn({ clock, file: sessionsFile, enrolment: pin.enrolment, log });
  const events = createPageEvents(service);
  const standing = { service, pin, trust, rejections, seen: new Set<RunId>() };
  // The link was shown to whoever is signed in alone.
  const deskOf = (session: SignedIn): Desk => ({
    ...standing,
    caller: { by, channel: "inbox", level: levelOfSession(session, pin) },
  });
  const site: Site = {
    open: openFile,
    look: async ({ request, url }, session) =>
      look(request, url, { ...deskOf(session), session, events }),
    change: async ({ request, url }, session) => change(request, url, deskOf(session)),
  };
  const server = await startHttpServer({ site, port, signIn, sessionsFile, onSignIn, log });
  // How risky each is is found out before somebody looks; what fails is said when they do.
  void service.pending({ limit: LIST_LIMIT }).catch(() => undefined);
  return {
    url: server.url,
    link: server.link,
    secret: signIn.linkToken,
    async close() {
      events.close();
      await server.close();
    },
  };
}

/** The page has what it shows first in it for somebody who is signed in: that is no file. */
async function openFile({ request, url }: Visit, session: SignedIn | undefined) {
  if (request.method !== "GET" || (session !== undefined && url.pathname === "/")) return undefined;
  return pageFile(url.pathname);
}
