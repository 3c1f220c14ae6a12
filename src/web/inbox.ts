import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { ApproverLevel } from "../engine/vocabulary.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { sha256Hex } from "../lib/digest.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Caller } from "../runs/caller.ts";
import type { RunService } from "../runs/run-service.ts";
import { pageFile } from "./assets.ts";
import { change } from "./change.ts";
import { byAddress, cookiesOf, foreignRequest, isFromFile, isFromPage } from "./guard.ts";
import { LIST_LIMIT } from "./inbox-lists.ts";
import { listenOnLoopback } from "./listen.ts";
import { look, type Rejections } from "./look.ts";
import { createPageEvents } from "./page-events.ts";
import { levelOfSession, type PinDesk, type TrustDesk } from "./prove.ts";
import {
  errorReply,
  jsonReply,
  notFound,
  problemReply,
  readBody,
  redirectReply,
  send,
  type Reply,
} from "./reply.ts";
import { createSignIn, SESSION_MS, type InboxSession } from "./sign-in.ts";

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
  const { pin = noPin, trust, rejections } = options;
  // Whoever is signed in: the link was shown to them alone.
  const callerOf = (session: InboxSession): Caller => ({
    by,
    channel: "inbox",
    level: levelOfSession(session, pin),
  });
  const signIn = createSignIn({ clock, file: sessionsFile, enrolment: pin.enrolment });
  const events = createPageEvents(service);
  const seen = new Set<RunId>();
  let authority = "";
  let cookieName = "";

  const answer = async (request: IncomingMessage): Promise<Reply | "events"> => {
    if (isFromFile(request, authority)) return redeemForm(request);
    const elsewhere = byAddress(request, authority);
    if (elsewhere !== undefined) return redirectReply(elsewhere);
    const foreign = foreignRequest(request, authority);
    if (foreign !== undefined) return problemReply(403, { code: "forbidden", message: foreign });
    // Joined and not resolved: `//x` is a path here, and no other host.
    const url = URL.parse(`http://${authority}${request.url ?? "/"}`);
    if (url === null) return notFound;
    // Other services of this host can set cookies of our name: theirs must not stand before ours.
    const [session] = cookiesOf(request, cookieName).flatMap((each) => signIn.find(each) ?? []);
    const isFilled = session !== undefined && url.pathname === "/";
    const file = request.method === "GET" && !isFilled ? await pageFile(url.pathname) : undefined;
    if (file !== undefined) return file;
    if (request.method === "POST" && url.pathname === "/api/sign-in") return redeem(request);
    if (session === undefined) return signedOut;
    const caller = callerOf(session);
    const desk = { service, pin, trust, rejections, caller, seen };
    if (request.method !== "POST") return look(request, url, { ...desk, session });
    if (!isFromPage(request, session)) return notFromPage;
    return change(request, url, desk);
  };

  const redeem = async (request: IncomingMessage): Promise<Reply> => {
    const headers = redeemed(await readBody(request));
    return headers === undefined ? usedLink : jsonReply(200, {}, headers);
  };

  const redeemed = (token: string): Record<string, string> | undefined => {
    const signedIn = signIn.redeem(token);
    if (signedIn === undefined) return undefined;
    options.onSignIn?.();
    const lasts = `Max-Age=${SESSION_MS / 1_000}`;
    const cookie = `${cookieName}=${signedIn.cookie}; HttpOnly; SameSite=Strict; Path=/; ${lasts}`;
    return { "set-cookie": cookie };
  };

  /** From the file that this process wrote for the user's browser: it knows the secret. */
  const redeemForm = async (request: IncomingMessage): Promise<Reply> => {
    const token = new URLSearchParams(await readBody(request)).get("token") ?? "";
    const headers = redeemed(token);
    if (headers === undefined) return usedLink;
    return { status: 200, type: "text/html", body: GO_ON, headers };
  };

  const server = await listenOnLoopback(port, (request, response) => {
    answer(request)
      .catch((error: unknown) => errorReply(error) ?? unforeseen(log, error))
      .then((reply) => (reply === "events" ? events.add(response) : send(response, reply)))
      .catch((error: unknown) => abandon(response, log, error));
  });
  // By its name: browsers keep passkeys for no address.
  authority = `localhost:${server.port}`;
  // Cookies do not tell ports apart: two inboxes must not sign each other's browsers out. Those of
  // one store share who is signed in, over starts and ports.
  cookieName = `holdpoint_${sessionsFile === undefined ? server.port : sha256Hex(sessionsFile).slice(0, 12)}`;
  // How risky each is is found out before somebody looks; what fails is said when they do.
  void service.pending({ limit: LIST_LIMIT }).catch(() => undefined);
  return {
    url: `http://${authority}/`,
    link: (level) => `http://${authority}/sign-in#${signIn.linkToken(level)}`,
    secret: (level) => signIn.linkToken(level),
    async close() {
      events.close();
      await server.close();
    },
  };
}

/** Goes on from here: a redirect would arrive as if the file had asked, which is another site. */
const GO_ON =
  '<!doctype html><meta charset="utf-8"><title>Holdpoint</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Open the inbox</a>';

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
const usedLink = problemReply(401, {
  code: "link_used",
  message:
    "This link was used already, or is older than ten minutes. holdpoint inbox on a terminal gives the next one",
});
const notFromPage = problemReply(403, {
  code: "forbidden",
  message: "The request does not come from the inbox page. Load it again",
});
