import type { IncomingMessage } from "node:http";

import { jsonReply, notFound, type Reply } from "../http/reply.ts";
import type { Takes } from "../http/server.ts";
import type { SignedIn } from "../http/sign-in.ts";
import type { RunId } from "../lib/ids.ts";
import { pageReply } from "./assets.ts";
import type { Desk } from "./desk.ts";
import {
  FIRST_ROWS,
  listDecided,
  listPending,
  showApproval,
  showOffer,
  showStory,
  type FirstLook,
  type PendingList,
  type SessionReport,
} from "./inbox-lists.ts";
import type { PageEvents } from "./page-events.ts";
import { isPinAsked } from "./prove.ts";

/** How many runs that were seen waiting are looked through for decisions. */
const SEEN_LIMIT = 200;
const LISTED = 100;
const STATS_DAYS = 30;

/** What a page wants to see. */
export async function look(
  { method }: Pick<IncomingMessage, "method">,
  { pathname, searchParams }: URL,
  desk: Desk & { session: SignedIn; events: PageEvents },
): Promise<Reply | Takes> {
  if (method !== "GET") return notFound;
  const { service, caller, seen } = desk;
  const [, id, part] = /^\/api\/approvals\/([\w-]+)(\/offer|\/story)?$/.exec(pathname) ?? [];
  if (id !== undefined && part !== undefined) {
    const show = part === "/offer" ? showOffer : showStory;
    return jsonReply(200, await show(service, { id, caller }));
  }
  if (id !== undefined) return jsonReply(200, await showApproval(desk, id));
  switch (pathname) {
    case "/":
      return pageReply("/", async () => firstLook(desk));
    case "/api/session":
      return jsonReply(200, sessionReport(desk));
    case "/api/trust":
      return jsonReply(200, { question: desk.trust?.question() });
    case "/api/pending": {
      const limit = Number(searchParams.get("limit") ?? LISTED);
      return jsonReply(200, await lookThrough(desk, { limit }));
    }
    case "/api/decided":
      return jsonReply(200, await listDecided(service, { seen, caller }));
    case "/api/grants":
      return jsonReply(200, { grants: await service.grants(caller) });
    case "/api/stats": {
      const days = Number(searchParams.get("days") ?? STATS_DAYS);
      return jsonReply(200, await service.stats({ days, ...caller }));
    }
    case "/api/events":
      return desk.events.add;
    default:
      return notFound;
  }
}

async function lookThrough(
  { service, caller, seen }: Desk,
  of: { limit: number; riskiest?: boolean },
): Promise<PendingList> {
  const list = await listPending(service, { ...of, caller });
  for (const { runId } of list.approvals) noteSeen(seen, runId);
  return list;
}

/** Where the list cannot be had, the page says so when it asks again. */
async function firstLook(desk: Desk & { session: SignedIn }): Promise<FirstLook> {
  const pending = await lookThrough(desk, { limit: FIRST_ROWS, riskiest: true }).catch(
    () => undefined,
  );
  return { session: sessionReport(desk), pending };
}

function sessionReport({
  session,
  service,
  caller,
  pin,
}: Desk & { session: SignedIn }): SessionReport {
  return {
    csrfToken: session.csrfToken,
    by: caller.by,
    store: service.location,
    asksPin: isPinAsked(caller, pin),
  };
}

function noteSeen(seen: Set<RunId>, runId: RunId): void {
  seen.delete(runId);
  seen.add(runId);
  for (const oldest of seen) {
    if (seen.size <= SEEN_LIMIT) break;
    seen.delete(oldest);
  }
}
