import type { IncomingMessage } from "node:http";

import * as z from "zod";

import { parseBody } from "../http/body.ts";
import { jsonReply, notFound, problemReply, readBody, type Reply } from "../http/reply.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { decideOnPage } from "./decide.ts";
import type { Desk } from "./desk.ts";
import { trustOnPage } from "./prove.ts";

const MOST_PARTS = 50;

const shown = z.strictObject({
  /** Names of what was unfolded. */
  unfolded: z.array(z.string().max(200)).max(MOST_PARTS).optional(),
  forMs: z.int().min(0).optional(),
});

/** What a page that is signed in wants changed. */
export async function change(
  request: IncomingMessage,
  { pathname }: URL,
  { service, pin, trust, rejections, caller }: Desk,
): Promise<Reply> {
  if (request.headers["content-type"] !== "application/json") return notJson;
  const body = await readBody(request);
  if (pathname === "/api/trust" && trust !== undefined) {
    trustOnPage(trust, { caller, pin, body });
    return jsonReply(200, {});
  }
  const [, kind, id = "", verb] =
    /^\/api\/(approvals|grants)\/([\w-]+)\/(\w+)$/.exec(pathname) ?? [];
  switch (`${kind ?? ""} ${verb ?? ""}`) {
    case "approvals decision":
      return jsonReply(200, await decideOnPage(service, { approvalId: id, caller, pin, body }));
    case "approvals shown": {
      const look = parseBody(shown, body, "Nothing was noted");
      await service.noteShown(id as ApprovalId, { ...caller, ...look });
      return jsonReply(200, {});
    }
    case "approvals again": {
      if (rejections === undefined) return notFound;
      await rejections.forget(service, id as ApprovalId, caller.by);
      return jsonReply(200, {});
    }
    case "grants end":
      return jsonReply(200, await service.endGrant(id, caller));
    default:
      return notFound;
  }
}

const notJson = problemReply(415, { code: "invalid_input", message: "The body must be JSON" });
