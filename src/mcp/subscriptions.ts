import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";

import type { RunId } from "../lib/ids.ts";
import { createLooker } from "../lib/looker.ts";
import type { RunService } from "../runs/run-service.ts";

/** Each is read again when something of it may have changed. */
const MOST = 100;

/** The resources of which a client wants to be told when they change. */
export interface Subscriptions {
  /** @throws McpError where there are too many, or it cannot be read */
  add(uri: string): Promise<void>;
  remove(uri: string): void;
}

/**
 * Compares what a client last knew with what is, for as long as it is connected; nobody may depend
 * on being told.
 */
export function createSubscriptions(
  server: Server,
  service: Pick<RunService, "onChange">,
  read: (uri: string) => Promise<string>,
): Subscriptions {
  const known = new Map<string, string>();
  const due = new Set<string>();
  let unlisten: (() => void) | undefined;
  const { look: tell } = createLooker(async () => {
    for (const uri of due) {
      due.delete(uri);
      const before = known.get(uri);
      if (before === undefined) continue;
      const now = await read(uri).catch(() => before);
      if (now === before || !known.has(uri)) continue;
      known.set(uri, now);
      await server.sendResourceUpdated({ uri }).catch(() => undefined);
    }
  });
  const changed = (runId: RunId | undefined): void => {
    for (const uri of known.keys()) if (mayShow(uri, runId)) due.add(uri);
    tell();
  };
  const remove = (uri: string): void => {
    known.delete(uri);
    if (known.size > 0) return;
    unlisten?.();
    unlisten = undefined;
  };
  const { onclose } = server;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has no events
  server.onclose = () => {
    onclose?.();
    for (const uri of known.keys()) remove(uri);
  };
  return {
    async add(uri) {
      if (!known.has(uri) && known.size >= MOST) {
        const text = `No more than ${MOST} resources can be subscribed to: unsubscribe from one first`;
        throw new McpError(ErrorCode.InvalidParams, text);
      }
      const before = known.get(uri);
      // Known from before it is read: what changes meanwhile is told of.
      known.set(uri, before ?? "");
      unlisten ??= service.onChange(changed);
      try {
        const text = await read(uri);
        if (known.has(uri)) known.set(uri, text);
      } catch (error) {
        if (before === undefined) remove(uri);
        throw error;
      }
    },
    remove,
  };
}

/** Whether a change of a run may be one of a resource; any may, where no run is named. */
function mayShow(uri: string, runId: RunId | undefined): boolean {
  const own = /^run:\/\/([\w-]+)/.exec(uri)?.[1];
  return own === undefined || runId === undefined || own === runId;
}
