import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import type { ApproverLevel } from "../engine/vocabulary.ts";
import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { cookieNameOf, redeem, redeemForm, sessionOf, type Door } from "./door.ts";
import { byAddress, foreignRequest, isFromFile, isFromPage } from "./guard.ts";
import { listenOnLoopback } from "./listen.ts";
import { errorReply, notFound, problemReply, redirectReply, send, type Reply } from "./reply.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";

/** What a browser asks for, in a request that no other site made. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly url: URL;
}

/** Takes a response over, and writes to it for as long as it likes. */
export type Takes = (response: ServerResponse) => void;

/** What stands behind the guards. */
export interface Site {
  /** What everybody may have, as it holds no secret; `undefined` when this is nothing of that kind. */
  open(asked: Visit, session: SignedIn | undefined): Promise<Reply | undefined>;
  look(asked: Visit, session: SignedIn): Promise<Reply | Takes>;
  /** Asked for by a page of this session. */
  change(asked: Visit, session: SignedIn): Promise<Reply>;
}

export interface HttpServerOptions {
  site: Site;
  /** 0 for one that is free. */
  port: number;
  signIn: SignIn;
  /** Where browsers that are signed in are kept between starts. */
  sessionsFile: string | undefined;
  /** Told that a link was used. */
  onSignIn: (() => void) | undefined;
  log: Log;
}

export interface HttpServer {
  /** Where it is; without a link nobody gets in. */
  readonly url: string;
  /** A link by which a browser signs in. */
  link(level: ApproverLevel): string;
  close(): Promise<void>;
}

/** What a server answers from. */
interface Served {
  /** Host and port, as browsers name them; empty, which nobody asks for, until it listens. */
  authority: string;
  readonly door: Door;
  readonly site: Site;
}

/** Serves a site on the loopback interface, to browsers that came in by a link. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { site, port, signIn, sessionsFile: file, onSignIn, log } = options;
  const door: Door = { signIn, cookieName: "", onSignIn };
  const served: Served = { authority: "", door, site };
  const server = await listenOnLoopback(port, (request, response) => {
    answer(served, request)
      .catch((error: unknown) => errorReply(error) ?? unforeseen(log, error))
      .then((reply) => (typeof reply === "function" ? reply(response) : send(response, reply)))
      .catch((error: unknown) => abandon(response, log, error));
  });
  // By its name: browsers keep passkeys for no address.
  served.authority = `localhost:${server.port}`;
  door.cookieName = cookieNameOf(file, server.port);
  return {
    url: `http://${served.authority}/`,
    link: (level) => `http://${served.authority}/sign-in#${signIn.linkToken(level)}`,
    close: server.close,
  };
}

async function answer(served: Served, request: IncomingMessage): Promise<Reply | Takes> {
  const { authority, door, site } = served;
  if (isFromFile(request, authority)) return redeemForm(door, request);
  const elsewhere = byAddress(request, authority);
  if (elsewhere !== undefined) return redirectReply(elsewhere);
  const foreign = foreignRequest(request, authority);
  if (foreign !== undefined) return problemReply(403, { code: "forbidden", message: foreign });
  // Joined and not resolved: `//x` is a path here, and no other host.
  const url = URL.parse(`http://${authority}${request.url ?? "/"}`);
  if (url === null) return notFound;
  const asked: Visit = { request, url };
  const session = sessionOf(door, request);
  const open = await site.open(asked, session);
  if (open !== undefined) return open;
  if (request.method === "POST" && url.pathname === "/api/sign-in") return redeem(door, request);
  if (session === undefined) return signedOut;
  if (request.method !== "POST") return site.look(asked, session);
  return isFromPage(request, session) ? site.change(asked, session) : notFromPage;
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
