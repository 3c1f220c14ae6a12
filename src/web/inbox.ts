import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { ApproverLevel } from "../engine/vocabulary.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Caller } from "../runs/caller.ts";
import type { RunService } from "../runs/run-service.ts";
import { pageFile } from "./assets.ts";
import { change } from "./change.ts";
import { cookieNameOf, redeem, redeemForm, sessionOf, type Door } from "./door.ts";
import { byAddress, foreignRequest, isFromFile, isFromPage } from "./guard.ts";
import { LIST_LIMIT } from "./inbox-lists.ts";
import { listenOnLoopback } from "./listen.ts";
import { look, type Desk, type Rejections } from "./look.ts";
import { createPageEvents } from "./page-events.ts";
import { levelOfSession, type PinDesk, type TrustDesk } from "./prove.ts";
import { errorReply, notFound, problemReply, redirectReply, send, type Reply } from "./reply.ts";
import { createSignIn, type InboxSession } from "./sign-in.ts";

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

/** What an inbox answers from. */
interface Served {
  /** Host and port, as browsers name them; empty, which nobody asks for, until it listens. */
  authority: string;
  readonly door: Door;
  readonly desk: Omit<Desk, "caller">;
  /** Who decides. */
  readonly by: string;
}

/** Serves the inbox on the loopback interface. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const { service, log, by, port = 0, clock = systemClock, sessionsFile: file } = options;
  const { pin = noPin, trust, rejections, onSignIn } = options;
  const signIn = createSignIn({ clock, file, enrolment: pin.enrolment });
  const events = createPageEvents(service);
  const door: Door = { signIn, cookieName: "", onSignIn };
  const desk = { service, pin, trust, rejections, seen: new Set<RunId>() };
  const served: Served = { authority: "", door, desk, by };
  const server = await listenOnLoopback(port, (request, response) => {
    answer(served, request)
      .catch((error: unknown) => errorReply(error) ?? unforeseen(log, error))
      .then((reply) => (reply === "events" ? events.add(response) : send(response, reply)))
      .catch((error: unknown) => abandon(response, log, error));
  });
  // By its name: browsers keep passkeys for no address.
  served.authority = `localhost:${server.port}`;
  door.cookieName = cookieNameOf(file, server.port);
  // How risky each is is found out before somebody looks; what fails is said when they do.
  void service.pending({ limit: LIST_LIMIT }).catch(() => undefined);
  return {
    url: `http://${served.authority}/`,
    link: (level) => `http://${served.authority}/sign-in#${signIn.linkToken(level)}`,
    secret: (level) => signIn.linkToken(level),
    async close() {
      events.close();
      await server.close();
    },
  };
}

async function answer(served: Served, request: IncomingMessage): Promise<Reply | "events"> {
  const { authority, door } = served;
  if (isFromFile(request, authority)) return redeemForm(door, request);
  const elsewhere = byAddress(request, authority);
  if (elsewhere !== undefined) return redirectReply(elsewhere);
  const foreign = foreignRequest(request, authority);
  if (foreign !== undefined) return problemReply(403, { code: "forbidden", message: foreign });
  // Joined and not resolved: `//x` is a path here, and no other host.
  const url = URL.parse(`http://${authority}${request.url ?? "/"}`);
  if (url === null) return notFound;
  const session = sessionOf(door, request);
  const isFilled = session !== undefined && url.pathname === "/";
  const file = request.method === "GET" && !isFilled ? await pageFile(url.pathname) : undefined;
  if (file !== undefined) return file;
  if (request.method === "POST" && url.pathname === "/api/sign-in") return redeem(door, request);
  if (session === undefined) return signedOut;
  const desk = { ...served.desk, caller: callerOf(served, session) };
  if (request.method !== "POST") return look(request, url, { ...desk, session });
  if (!isFromPage(request, session)) return notFromPage;
  return change(request, url, desk);
}

/** Whoever is signed in: the link was shown to them alone. */
function callerOf({ by, desk }: Served, session: InboxSession): Caller {
  return { by, channel: "inbox", level: levelOfSession(session, desk.pin) };
}

function unforeseen(log: Log, error: unknown): Reply {
  const reference = randomBytes(4).toString("hex");
  log.warn(`inbox: ${reference}: ${errorMessage(error)}`);
  const message = `Something went wrong inside; the log of the inbox has it as ${reference}`;
  return problemReply(500, { code: "internal", message });
}

function abandon(response: ServerResponse, log: Log, error: unknown): void {
  log.warn(`inbox: ${errorMessage(error)}`);
  response.destroy();
}

const signedOut = problemReply(401, {
  code: "signed_out",
  message: "Open the link that the terminal shows: this browser is not signed in",
});
const notFromPage = problemReply(403, {
  code: "forbidden",
  message: "The request does not come from the inbox page. Load it again",
});
